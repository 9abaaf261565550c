"""Moving: the new time is taken and the old one freed in one decision, or all stays as it was."""

from dataclasses import replace
from typing import Literal

import pytest
from booking.domain.actors import Patient, Staff
from booking.domain.commands import CancelAppointment
from booking.domain.commands_practice import RecordAttendance
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, AppointmentMoved, Event, HoldReleased
from booking.domain.events_practice import OnlineBookingStopped
from booking.domain.evolve import fold
from booking.domain.rejections import (
    AlreadyOver,
    AnotherVisit,
    AppointmentChanged,
    BeyondHorizon,
    BookingStopped,
    DayFull,
    KnownPatientsOnly,
    LimitReached,
    NoSuchAppointment,
    NoticeTooShort,
    PersonBusy,
    SlotHeldByOthers,
    SlotTaken,
    TooLate,
    VisitTooClose,
    WasCancelled,
)

from ..given import BOB, NINE, NOW, confirm, confirmed, held, hold_slot, minutes, move, rules, visit, when

LATER = visit(NINE + minutes(24 * 60))
STAFF = Staff(None, frozenset({"place-1"}))


def gone(given: AppointmentConfirmed) -> AppointmentCancelled:
    return AppointmentCancelled(NOW, given.appointment_id, given.person_id, given.account_id, given.visit, 2, "patient")


def test_the_new_time_is_taken_and_the_old_one_freed_by_one_event_of_the_same_appointment() -> None:
    new_rules = rules(agenda_version=9)
    (event,) = when(move(LATER, rules=new_rules), confirmed())
    assert event == AppointmentMoved(
        NOW, "appointment-1", "bea", "bob", LATER, new_rules, visit().stretch, 2, "patient"
    )
    assert when(hold_slot(visit=visit()), confirmed(), event)
    with pytest.raises(SlotTaken):
        when(hold_slot(visit=LATER), confirmed(), event)


def test_who_reads_the_new_time_alone_knows_the_appointment_as_well() -> None:
    (event,) = when(move(LATER), confirmed())
    with pytest.raises(SlotTaken):
        when(hold_slot(visit=LATER), event)
    (booked,) = fold([event]).booked()
    assert (booked.person_id, booked.version, booked.history[0].event) == ("bea", 2, "moved")


def test_history_answers_and_version_go_along() -> None:
    given = [confirmed(sealed="1.said")]
    given += when(move(LATER), *given)
    given += when(move(visit(NINE + minutes(300)), actor=STAFF), *given)
    (booked,) = fold(given).booked()
    assert (booked.version, booked.sealed) == (3, "1.said")
    assert [(step.event, step.version, step.by) for step in booked.history] == [
        ("confirmed", 1, "patient"), ("moved", 2, "patient"), ("moved", 3, "practice"),
    ]  # fmt: skip


def test_an_appointment_may_move_onto_an_interval_that_overlaps_its_own() -> None:
    given = confirmed(visit=visit(NINE, 60))
    (event,) = when(move(visit(NINE + minutes(30), 60)), given)
    assert isinstance(event, AppointmentMoved)
    assert when(hold_slot(visit=visit(NINE, 30)), given, event)
    with pytest.raises(SlotTaken):
        when(hold_slot(visit=visit(NINE + minutes(60), 30)), given, event)


def test_two_patients_cannot_swap_and_keep_what_they_have_until_one_steps_aside() -> None:
    bea = confirmed()
    carl = confirmed("carol", "hold-2", appointment="appointment-2", person="carl", visit=visit(NINE + minutes(15)))
    with pytest.raises(SlotTaken):
        when(move(carl.visit), bea, carl)
    with pytest.raises(SlotTaken):
        when(move(bea.visit, actor=Patient("carol"), appointment="appointment-2"), bea, carl)
    given = [bea, carl, *when(move(LATER), bea, carl)]
    given += when(move(bea.visit, actor=Patient("carol"), appointment="appointment-2"), *given)
    given += when(move(carl.visit), *given)
    assert {(each.person_id, each.visit) for each in fold(given).booked()} == {("bea", carl.visit), ("carl", bea.visit)}


def test_a_link_used_twice_moves_once() -> None:
    given = [confirmed()]
    given += when(move(LATER, version=1), *given)
    assert when(move(LATER, version=1), *given) == ()


def test_an_old_link_does_not_move_what_was_moved_since() -> None:
    given = [confirmed()]
    given += when(move(LATER, version=1), *given)
    with pytest.raises(AppointmentChanged) as refused:
        when(move(visit(NINE + minutes(120)), version=1), *given)
    assert refused.value.version == 2
    assert when(move(visit(NINE + minutes(120)), version=2), *given)


def test_a_patient_moves_until_the_deadline_for_moving_and_a_practice_until_the_visit_begins() -> None:
    given = confirmed(rules=rules(cancel_until_minutes=60, move_until_minutes=120))
    assert when(move(LATER, at=NINE - minutes(120)), given)
    with pytest.raises(TooLate) as refused:
        when(move(LATER, at=NINE - minutes(119)), given)
    assert refused.value.deadline == NINE - minutes(120)
    assert when(move(LATER, at=NINE - minutes(1), actor=STAFF), given)
    with pytest.raises(AlreadyOver):
        when(move(LATER, at=NINE, actor=STAFF), given)


def test_without_a_deadline_for_moving_that_for_cancelling_counts() -> None:
    given = confirmed(rules=rules(cancel_until_minutes=120))
    assert when(move(LATER, at=NINE - minutes(120)), given)
    with pytest.raises(TooLate):
        when(move(LATER, at=NINE - minutes(119)), given)
    assert when(
        move(LATER, at=NINE - minutes(1)), confirmed(rules=rules(cancel_until_minutes=120, move_until_minutes=0))
    )


def test_somebody_elses_appointment_is_not_there_to_be_moved() -> None:
    for actor in (Patient("mallory"), Staff("another")):
        with pytest.raises(NoSuchAppointment):
            when(move(LATER, actor=actor), confirmed())
    with pytest.raises(NoSuchAppointment):
        when(move(LATER))
    assert when(move(LATER, actor=Patient("carol", frozenset({"bea"}))), confirmed())


def test_what_is_cancelled_is_not_moved() -> None:
    with pytest.raises(WasCancelled):
        when(move(LATER), confirmed(), gone(confirmed()))


@pytest.mark.parametrize(
    "other",
    [replace(LATER, motive_id="motive-2"), visit(NINE + minutes(60), agenda="agenda-2"), visit(motive="motive-2")],
)
def test_a_move_changes_neither_agenda_nor_motive(other: object) -> None:
    with pytest.raises(AnotherVisit):
        when(move(other), confirmed())  # type: ignore[arg-type]


def test_another_mode_at_the_same_time_is_a_move() -> None:
    by_video = replace(visit(), mode="video")
    (moved,) = when(move(by_video), confirmed())
    assert isinstance(moved, AppointmentMoved)
    assert (moved.visit, moved.left) == (by_video, visit().stretch)
    assert when(move(by_video), confirmed(), moved) == ()


def test_the_new_time_obeys_notice_and_horizon() -> None:
    with pytest.raises(NoticeTooShort):
        when(move(visit(NOW + minutes(59)), rules=rules(notice_minutes=60)), confirmed())
    with pytest.raises(BeyondHorizon):
        when(move(visit(NINE + minutes(24 * 60)), rules=rules(horizon_days=1)), confirmed())


def test_the_new_time_must_be_free_of_others_visits_and_holds() -> None:
    with pytest.raises(SlotTaken):
        when(move(LATER), confirmed(), confirmed("carol", "h", appointment="a", person="carl", visit=LATER))
    with pytest.raises(SlotHeldByOthers):
        when(move(LATER), confirmed(), held("carol", visit=LATER))


def test_a_hold_that_the_mover_has_at_the_new_time_gives_way_to_the_move() -> None:
    own = held("bob", visit=LATER)
    released, moved = when(move(LATER), confirmed(), own)
    assert released == HoldReleased(NOW, "hold-1", "bob", LATER.stretch, "replaced")
    assert isinstance(moved, AppointmentMoved)
    elsewhere = held("bob", visit=visit(NINE + minutes(600)))
    assert len(when(move(LATER), confirmed(), elsewhere)) == 1
    with pytest.raises(SlotHeldByOthers):
        when(move(LATER, actor=Patient("carol", frozenset({"bea"}))), confirmed(), own)


def test_the_patient_must_be_free_and_within_their_limits_the_moved_visit_left_out() -> None:
    other = confirmed("bob", "h", appointment="a", visit=visit(LATER.stretch.start, agenda="agenda-2"))
    with pytest.raises(PersonBusy):
        when(move(LATER), confirmed(), other)
    one = rules(max_future_per_patient=1, min_days_between=6)
    assert when(move(LATER, rules=one), confirmed())
    here = confirmed("bob", "h", appointment="a", visit=visit(NINE + minutes(20 * 24 * 60)))
    with pytest.raises(LimitReached):
        when(move(LATER, rules=one), confirmed(), here)
    with pytest.raises(VisitTooClose):
        when(move(visit(NINE + minutes(18 * 24 * 60)), rules=rules(min_days_between=6)), confirmed(), here)


def test_a_day_that_is_full_takes_no_move_but_one_within_itself() -> None:
    one = rules(max_per_day=1)
    assert when(move(visit(NINE + minutes(60)), rules=one), confirmed())
    with pytest.raises(DayFull):
        when(move(LATER, rules=one), confirmed(), confirmed("c", "h", appointment="a", person="c",
                                                            visit=visit(NINE + minutes(26 * 60))))  # fmt: skip


@pytest.mark.parametrize("outcome", ["honoured", "missed"])
def test_a_visit_that_took_place_or_was_missed_is_not_moved(outcome: Literal["honoured", "missed"]) -> None:
    given: list[Event] = [confirmed()]
    given += when(RecordAttendance(NINE, "appointment-1", STAFF, outcome), *given)
    for actor in (BOB, STAFF):
        with pytest.raises(AlreadyOver):
            when(move(LATER, at=NINE + minutes(5), actor=actor), *given)


def test_who_may_no_longer_book_online_moves_through_the_practice_only() -> None:
    stopped = OnlineBookingStopped(NOW, "bea", "place-1")
    with pytest.raises(BookingStopped):
        when(move(LATER), confirmed(), stopped)
    assert when(move(LATER, actor=STAFF), confirmed(), stopped)
    known_only = rules(booking="known_patients")
    with pytest.raises(KnownPatientsOnly):
        when(move(LATER, rules=known_only), confirmed())
    assert when(move(LATER, rules=known_only, actor=STAFF), confirmed())


def test_what_was_moved_is_cancelled_at_its_new_time() -> None:
    given = [confirmed()]
    given += when(move(LATER), *given)
    (event,) = when(CancelAppointment(NOW, "appointment-1", (BOB,)), *given)
    assert isinstance(event, AppointmentCancelled)
    assert (event.visit, event.version) == (LATER, 3)
    assert when(hold_slot(visit=LATER), *given, event)


def test_a_patient_who_moved_away_may_be_elsewhere_at_the_old_time() -> None:
    given = [confirmed(person="anna"), held(visit=visit(agenda="agenda-2"))]
    with pytest.raises(PersonBusy):
        when(confirm(), *given)
    assert when(confirm(), *given, *when(move(LATER), *given))
