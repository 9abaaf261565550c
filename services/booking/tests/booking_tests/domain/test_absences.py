"""Absences: they bind the time, and what was booked in them is kept, cancelled, moved or handed over, once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from booking.application import handle_absences
from booking.domain import tags
from booking.domain.agenda import Agenda, Opening
from booking.domain.commands_absences import CloseAbsence, EndAbsence, NoteAbsence, PlanAbsence, SettleAppointment
from booking.domain.commands_practice import BookVisit
from booking.domain.decide_absences import rooms_there, target
from booking.domain.events import AppointmentCancelled, AppointmentMoved, Event
from booking.domain.events_absences import (
    AbsenceEnded,
    AbsenceNoted,
    AbsencePlanned,
    AbsenceSettled,
    Cancel,
    HandOver,
    Keep,
    Move,
    Plan,
)
from booking.domain.events_practice import AppointmentBookedByPractice, AppointmentBookedOverRules
from booking.domain.evolve import fold
from booking.domain.facts import Visit
from booking.domain.rejections import (
    AlreadyOver,
    NoSuchAbsence,
    PersonBusy,
    PractitionerAbsent,
    Rejection,
    SlotHeldByOthers,
    SlotTaken,
)
from booking.domain.states import Booked

from ..given import NINE, NOW, confirm, confirmed, held, hold_slot, minutes, rules, visit, when

UNTIL = NINE + timedelta(days=2)
STRETCH = ("agenda-1", NINE, UNTIL)
COLLEAGUE = Agenda("agenda-2", 1, "practitioner-2", "place-1", "Europe/Paris", ())
LINE = Opening((1, 2, 3, 4, 5, 6, 7), time(0), time(0), date(2027, 1, 1), None, (), ("in_person",), 2)
HAND_OVER = HandOver("agenda-2")


def away(plan: Plan) -> AbsenceNoted:
    return AbsenceNoted(NOW, "absence-1", *STRETCH, plan)


def settle(plan: Plan, *given: Event, at: datetime = NOW, there: Agenda = COLLEAGUE) -> tuple[Event, ...]:
    """The task that the settler makes of the appointment as it is."""
    booked = fold(given).appointments["appointment-1"]
    assert isinstance(booked, Booked)
    task = handle_absences.settle("absence-1", booked, plan, "appointment-new", there)
    return when(task.command(at), *given)


def test_an_absence_is_noted_once() -> None:
    command = NoteAbsence(NOW, "absence-1", *STRETCH, Cancel())
    assert when(command) == (away(Cancel()),)
    assert when(command, away(Cancel())) == ()


def test_nobody_is_booked_during_an_absence_whatever_its_plan() -> None:
    for plan in (Keep(), Cancel(), Move(7), HAND_OVER):
        with pytest.raises(PractitionerAbsent):
            when(hold_slot(), away(plan))
        with pytest.raises(PractitionerAbsent):
            when(confirm(), held(), away(plan))


def test_an_absence_is_from_its_start_to_its_end_on_its_agenda() -> None:
    for free in (
        visit(NINE - minutes(15)),
        visit(UNTIL),
        visit(agenda="agenda-2"),
        visit(NINE - minutes(15), after=10),
    ):
        assert when(hold_slot(visit=free), away(Cancel()))
    for bound in (visit(NINE - minutes(10)), visit(UNTIL - minutes(5))):
        with pytest.raises(PractitionerAbsent):
            when(hold_slot(visit=bound), away(Cancel()))


def test_a_lifted_absence_binds_nobody_and_cancels_nothing_more() -> None:
    (ended,) = when(EndAbsence(NOW, "absence-1"), away(Cancel()))
    assert ended == AbsenceEnded(NOW, "absence-1", *STRETCH)
    assert when(EndAbsence(NOW, "absence-1"), away(Cancel()), ended) == ()
    assert when(EndAbsence(NOW, "absence-1")) == ()
    assert when(hold_slot(), away(Cancel()), ended)
    assert settle(Cancel(), confirmed(), away(Cancel()), ended) == ()


def test_staff_book_during_an_absence_only_over_the_rules() -> None:
    book = BookVisit(NOW, "new", "anna", "alice", visit(), rules())
    with pytest.raises(PractitionerAbsent):
        when(book, away(Keep()))
    (event,) = when(replace(book, sealed_override="1.c2VhbGVk"), away(Keep()))
    assert isinstance(event, AppointmentBookedOverRules)
    assert event.overridden == ("absence",)


def test_an_appointment_is_cancelled_by_the_absence_once() -> None:
    given = confirmed(), away(Cancel())
    (cancelled,) = settle(Cancel(), *given)
    assert cancelled == AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 2, "absence")
    booked = fold(given).appointments["appointment-1"]
    assert isinstance(booked, Booked)
    again = handle_absences.settle("absence-1", booked, Cancel(), "x", None)
    assert when(again.command(NOW), *given, cancelled) == ()


def test_an_appointment_that_is_kept_stays() -> None:
    assert settle(Keep(), confirmed(), away(Keep())) == ()


@pytest.mark.parametrize("elsewhere", [visit(NINE - minutes(15)), visit(UNTIL), visit(agenda="agenda-2")])
def test_an_appointment_outside_the_absence_stays(elsewhere) -> None:  # type: ignore[no-untyped-def]
    assert settle(Cancel(), confirmed(visit=elsewhere), away(Cancel())) == ()


def test_a_visit_that_has_begun_stays() -> None:
    assert settle(Cancel(), confirmed(), away(Cancel()), at=NINE) == ()


def test_an_appointment_is_moved_to_the_same_time_of_another_day() -> None:
    booked = confirmed()
    (moved,) = settle(Move(7), booked, away(Move(7)))
    assert moved == AppointmentMoved(
        NOW, "appointment-1", "bea", "bob", visit(NINE + timedelta(days=7)), booked.rules, booked.visit.stretch, 2,
        "practice",
    )  # fmt: skip


def test_a_move_keeps_the_time_on_the_wall_when_the_clocks_change() -> None:
    """The clocks of Paris go forward on 28 March 2027: 10 o'clock is 9:00 UTC before, 8:00 after."""
    before = visit(datetime(2027, 3, 25, 9, 0, tzinfo=UTC))
    moved = handle_absences.target(Move(7), before, None)
    assert moved is not None
    assert moved.stretch.start == datetime(2027, 4, 1, 8, 0, tzinfo=UTC)
    assert moved.stretch.end == datetime(2027, 4, 1, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("in_the_way", "refusal"),
    [
        (confirmed("carol", "h", appointment="other", person="x", visit=visit(NINE + timedelta(days=7))), SlotTaken),
        (
            confirmed("carol", "h", appointment="other", visit=visit(NINE + timedelta(days=7), agenda="agenda-2")),
            PersonBusy,
        ),
        (held("carol", visit=visit(NINE + timedelta(days=7))), SlotHeldByOthers),
        (
            AbsenceNoted(NOW, "absence-2", "agenda-1", NINE + timedelta(days=7), NINE + timedelta(days=8), Keep()),
            PractitionerAbsent,
        ),
    ],
)
def test_what_cannot_be_moved_is_left(in_the_way: Event, refusal: type[Rejection]) -> None:
    with pytest.raises(refusal):
        settle(Move(7), confirmed(), away(Move(7)), in_the_way)


def test_nothing_is_moved_into_the_past_or_within_the_absence() -> None:
    with pytest.raises(AlreadyOver):
        settle(Move(-2), confirmed(), away(Move(-2)))
    with pytest.raises(PractitionerAbsent):
        settle(Move(1), confirmed(), away(Move(1)))


def test_an_appointment_is_handed_over_to_a_colleague_in_one_decision() -> None:
    booked = confirmed()
    cancelled, new = settle(HAND_OVER, booked, away(HAND_OVER))
    theirs = visit(agenda="agenda-2", practitioner="practitioner-2")
    assert new == AppointmentBookedByPractice(NOW, "appointment-new", "bea", "bob", theirs, booked.rules)
    assert isinstance(cancelled, AppointmentCancelled)
    assert (cancelled.by, cancelled.replaced_by) == ("absence", "appointment-new")
    taken = confirmed("carol", "h", appointment="other", person="x", visit=theirs)
    with pytest.raises(SlotTaken):
        settle(HAND_OVER, booked, away(HAND_OVER), taken)


def test_nobody_is_handed_over_to_an_agenda_that_was_closed() -> None:
    given = confirmed()
    booked = fold([given]).appointments["appointment-1"]
    assert isinstance(booked, Booked)
    closed = replace(COLLEAGUE, closed=True)
    task = handle_absences.settle("absence-1", booked, HAND_OVER, "appointment-new", closed)
    with pytest.raises(AlreadyOver):
        when(task.command(NOW), given, away(HAND_OVER))


def test_staff_choose_what_becomes_of_the_appointments_that_are_left() -> None:
    (planned,) = when(PlanAbsence(NOW, "absence-1", "agenda-1", Move(7)), away(Keep()))
    assert planned == AbsencePlanned(NOW, "absence-1", *STRETCH, Move(7))
    assert when(PlanAbsence(NOW, "absence-1", "agenda-1", Move(7)), away(Keep()), planned) == ()
    assert settle(Cancel(), confirmed(), away(Cancel()), planned) == ()  # a settler that has not heard of it yet
    assert settle(Move(7), confirmed(), away(Cancel()), planned)
    for unknown in (("absence-2", "agenda-1"), ("absence-1", "agenda-2")):
        with pytest.raises(NoSuchAbsence):
            when(PlanAbsence(NOW, *unknown, Cancel()), away(Keep()))
    with pytest.raises(AlreadyOver):
        when(PlanAbsence(UNTIL, "absence-1", "agenda-1", Cancel()), away(Keep()))


def test_an_absence_is_settled_once_with_what_is_left() -> None:
    close = CloseAbsence(NOW, "absence-1", Cancel(), ("b", "a"))
    (settled,) = when(close, away(Cancel()))
    assert settled == AbsenceSettled(NOW, "absence-1", "agenda-1", Cancel(), ("a", "b"))
    assert when(close, away(Cancel()), settled) == ()
    assert when(close, away(Move(7))) == ()
    known = fold((away(Cancel()), settled))
    assert (known.absences["absence-1"].settled, known.absences["absence-1"].left) == (True, ("a", "b"))
    again = AbsencePlanned(NOW, "absence-1", *STRETCH, Move(7))
    assert not fold((away(Cancel()), settled, again)).absences["absence-1"].settled


def test_the_same_plan_is_carried_out_anew_with_those_that_are_left() -> None:
    """What was in their way may have gone meanwhile."""
    again = PlanAbsence(NOW, "absence-1", "agenda-1", Move(7))
    done = AbsenceSettled(NOW, "absence-1", "agenda-1", Move(7), ("appointment-1",))
    (planned,) = when(again, away(Move(7)), done)
    assert planned == AbsencePlanned(NOW, "absence-1", *STRETCH, Move(7))
    assert when(again, away(Move(7)), done, planned) == ()
    assert when(again, away(Move(7)), replace(done, left=())) == ()


def test_whoever_books_in_an_absence_shares_a_tag_with_it() -> None:
    long = AbsenceNoted(NOW, "a", "agenda-1", NINE, NINE + timedelta(days=400), Cancel())
    assert [tag for tag in tags.of(long) if tag.startswith("away:")] == [
        f"away:agenda-1:{year}-{month:02}" for year in (2027, 2028) for month in range(1, 13)
    ][2:16]
    for days in range(0, 400, 7):
        wanted = visit(NINE + timedelta(days=days))
        assert set(tags.around(wanted, rules())) & set(tags.of(long))


def test_what_an_absence_moves_counts_to_no_limit_of_online_booking() -> None:
    week = NINE + timedelta(days=7)
    booked = confirmed(rules=rules(min_days_between=6, max_future_per_patient=1, booking="known_patients"))
    same_day = confirmed("bob", "h", appointment="other", visit=visit(week + minutes(60)))
    assert settle(Move(7), booked, away(Move(7)), same_day)


def test_a_visit_is_handed_over_to_the_place_and_the_zone_of_the_colleague() -> None:
    far = replace(COLLEAGUE, place_id="place-2", zone="Indian/Reunion")
    assert target(HAND_OVER, visit(), far) == visit(
        agenda="agenda-2", practitioner="practitioner-2", place="place-2", zone="Indian/Reunion"
    )


def test_nothing_is_moved_to_the_present_instant() -> None:
    now = SettleAppointment(NOW, "absence-1", "appointment-1", Move(-1), visit(NOW))
    with pytest.raises(AlreadyOver):
        when(now, confirmed(), away(Move(-1)))


def test_rooms_of_a_colleague_that_is_not_there_are_those_of_the_booking() -> None:
    given = fold([confirmed(rules=rules(rooms=("room-1",)))]).appointments["appointment-1"]
    assert isinstance(given, Booked)
    assert rooms_there(HAND_OVER, given, None) == ("room-1",)
    assert rooms_there(Move(7), given, replace(COLLEAGUE, place_id="place-2")) == ("room-1",)


def test_an_absence_that_nobody_noted_is_not_settled() -> None:
    assert when(CloseAbsence(NOW, "absence-1", Cancel(), ())) == ()


@pytest.mark.parametrize(("plan", "elsewhere"), [
    (HAND_OVER, visit(agenda="agenda-2", practitioner="practitioner-2")), (Move(7), visit(NINE + timedelta(days=7))),
])  # fmt: skip
def test_where_a_visit_goes_there_are_as_many_at_once_as_that_agenda_takes_then(plan: Plan, elsewhere: Visit) -> None:
    """It comes from where three may come at once."""
    given = confirmed(rules=rules(capacity=3)), away(plan)
    first = confirmed("carol", "h", appointment="other", person="x", visit=elsewhere)
    with pytest.raises(SlotTaken):
        settle(plan, *given, first)
    *_, gone = settle(plan, *given, first, there=replace(COLLEAGUE, openings=(LINE,)))
    assert isinstance(gone, AppointmentMoved | AppointmentBookedByPractice)
    assert gone.rules.capacity == 2
    second = confirmed("dan", "h2", appointment="another", person="y", visit=elsewhere)
    with pytest.raises(SlotTaken):
        settle(plan, *given, first, second, there=replace(COLLEAGUE, openings=(LINE,)))
