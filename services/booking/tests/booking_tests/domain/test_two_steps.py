"""Two-step motives: both visits or neither, so many days apart, cancelled together or apart as the practice chose."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from booking.application import handle
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.commands import (
    CancelAppointment,
    ClaimHold,
    ExpireHold,
    ExtendHold,
    HoldAnyOf,
    HoldSlot,
    ReleaseHold,
)
from booking.domain.commands_absences import SettleAppointment
from booking.domain.commands_waiting import AcceptEarlier, OfferFreed
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentMoved,
    Event,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_absences import AbsenceNoted, Cancel, Move
from booking.domain.events_practice import AppointmentHonoured
from booking.domain.events_waiting import EarlierSlotOffered, WaitingListJoined
from booking.domain.evolve import fold
from booking.domain.facts import Question, Rules, SecondVisit, Visit
from booking.domain.rejections import (
    AnswerMissing,
    BeyondHorizon,
    HoldHasExpired,
    LimitReached,
    PersonBusy,
    Rejection,
    SecondVisitMissing,
    SecondVisitUnfit,
    SlotHeldByOthers,
    SlotTaken,
    TooLate,
)

from ..given import BOB, NINE, NOW, confirm, confirmed, held, minutes, move, rules, visit, when

DAY = timedelta(days=1)
WANTED = SecondVisit("motive-2", days_min=21, days_max=28, together=True)
BOUND = rules(second=WANTED)
APART = rules(second=replace(WANTED, together=False))
SECRETARY = Staff(None, frozenset({"place-1"}))


def then(days: int = 21, start: int = 0, **more: Any) -> Visit:
    return visit(NINE + days * DAY + minutes(start), motive="motive-2", **more)


def hold_two(first: Visit = visit(), second: Visit = then(), bound: Rules = BOUND, **own: Any) -> HoldSlot:  # noqa: B008
    return HoldSlot(NOW, "hold-1", "alice", first, bound, ("hold-2", second, rules(**own)))


def days_later(one: Visit, days: int) -> Visit:
    stretch = one.stretch
    return replace(one, stretch=replace(stretch, start=stretch.start + days * DAY, end=stretch.end + days * DAY))


def two_booked(bound: Rules = BOUND) -> tuple[Event, Event]:
    """Of Bea, by Bob: the first at nine, the second three weeks later."""
    first = replace(confirmed(rules=bound), linked_to="appointment-2")
    second = confirmed(appointment="appointment-2", hold="hold-9", visit=then(), rules=bound)
    return first, replace(second, linked_to="appointment-1")


def cancel(appointment: str, at: Any = NOW, actor: Patient | Staff = BOB) -> CancelAppointment:
    return CancelAppointment(at, appointment, (actor,), "1.c2VhbGVk")


def cancelled(events: tuple[Event, ...]) -> list[str]:
    assert all(isinstance(event, AppointmentCancelled) for event in events)
    return [event.appointment_id for event in events if isinstance(event, AppointmentCancelled)]


def test_both_visits_are_held_in_one_decision_until_one_time() -> None:
    first, second = when(hold_two(cancel_until_minutes=60, questions=(Question("q", True),)))
    assert first == replace(held(rules=BOUND), linked_to="hold-2")
    of_second = rules(second=WANTED, cancel_until_minutes=60)
    assert second == replace(held(hold="hold-2", visit=then(), rules=of_second), linked_to="hold-1")


def test_when_the_second_is_taken_the_first_is_not_held_either() -> None:
    with pytest.raises(SlotTaken):
        when(hold_two(), confirmed(visit=then()))
    with pytest.raises(SlotHeldByOthers):
        when(hold_two(), held("bob", hold="hold-0", visit=then()))
    with pytest.raises(BeyondHorizon):
        when(hold_two(horizon_days=20))


def test_a_two_step_motive_is_not_held_without_its_second_visit() -> None:
    with pytest.raises(SecondVisitMissing):
        when(HoldSlot(NOW, "hold-1", "alice", visit(), BOUND))
    with pytest.raises(SecondVisitMissing):
        when(HoldAnyOf(NOW, "hold-1", "alice", ((visit(), BOUND),)))


@pytest.mark.parametrize("second", [
    then(20), then(29), then(agenda="agenda-2"), visit(NINE + 21 * DAY, motive="motive-3"),
])  # fmt: skip
def test_a_second_visit_that_is_no_pair_with_the_first_is_refused(second: Visit) -> None:
    with pytest.raises(SecondVisitUnfit):
        when(hold_two(second=second))


def test_the_days_are_counted_by_the_dates_of_the_place() -> None:
    late = visit(NINE + minutes(13 * 60 + 45))  # 23:45 in Paris
    assert len(when(hold_two(first=late, second=then(21, start=-10 * 60 + 60 + 15)))) == 2
    assert len(when(hold_two(second=then(28, start=14 * 60 - 15 - 60)))) == 2


def test_a_motive_of_one_visit_takes_no_second() -> None:
    with pytest.raises(SecondVisitUnfit):
        when(hold_two(bound=rules()))


def test_the_second_may_be_on_the_same_day_but_not_before_the_end_of_the_first() -> None:
    same_day = rules(second=replace(WANTED, days_min=0))
    assert len(when(hold_two(second=then(0, start=15), bound=same_day))) == 2
    with pytest.raises(SecondVisitUnfit):
        when(hold_two(second=then(0, start=10), bound=same_day, capacity=2))
    with pytest.raises(SlotHeldByOthers):  # by the first, whose buffer it meets
        when(hold_two(second=then(0, start=15, before=5), bound=same_day))


def test_both_holds_are_released_extended_and_claimed_together_whichever_is_named() -> None:
    given = when(hold_two())
    for name in ("hold-1", "hold-2"):
        ended = when(ReleaseHold(NOW, name, "alice"), *given)
        assert {event.hold_id for event in ended if isinstance(event, HoldReleased)} == {"hold-1", "hold-2"}
        longer = when(ExtendHold(NOW, name, "alice"), *given)
        assert {(event.hold_id, event.expires_at) for event in longer if isinstance(event, HoldExtended)} == {
            ("hold-1", NOW + minutes(20)), ("hold-2", NOW + minutes(20)),
        }  # fmt: skip
        claimed = when(ClaimHold(NOW, name, "alice", "bob"), *given)
        assert {(event.hold_id, event.linked_to) for event in claimed if isinstance(event, HoldClaimed)} == {
            ("hold-1", "hold-2"), ("hold-2", "hold-1"),
        }  # fmt: skip


def test_a_new_hold_of_the_account_replaces_both() -> None:
    events = when(HoldSlot(NOW, "hold-3", "alice", visit(NINE + DAY), rules()), *when(hold_two()))
    assert [type(event).__name__ for event in events] == ["HoldReleased", "HoldReleased", "SlotHeld"]


def test_a_hold_whose_other_one_has_expired_is_not_confirmed() -> None:
    given = when(hold_two())
    expired = when(ExpireHold(NOW + minutes(10), "hold-2"), *given)
    with pytest.raises(HoldHasExpired):  # the clock was set back
        when(replace(confirm(at=NOW + minutes(9)), second_id="appointment-2"), *given, *expired)


@pytest.mark.parametrize("hold", ["hold-1", "hold-2"])
def test_both_are_confirmed_in_one_decision_each_as_an_appointment_of_its_own(hold: str) -> None:
    command = replace(confirm(hold=hold, sealed="1.c2VhbGVk"), second_id="appointment-then")
    first, second = when(command, *when(hold_two()))
    whose = {"account": "alice", "person": "anna", "rules": BOUND}
    said = confirmed(hold="hold-1", appointment="appointment-new", sealed="1.c2VhbGVk", **whose)
    assert first == replace(said, linked_to="appointment-then")
    unsaid = confirmed(hold="hold-2", appointment="appointment-then", visit=then(), **whose)
    assert second == replace(unsaid, linked_to="appointment-new")


def test_when_the_person_cannot_come_to_the_second_neither_is_confirmed() -> None:
    elsewhere = confirmed(person="anna", visit=visit(NINE + 21 * DAY, agenda="agenda-2"))
    with pytest.raises(PersonBusy):
        when(replace(confirm(), second_id="appointment-2"), *when(hold_two()), elsewhere)


def test_when_the_practice_books_over_the_second_neither_is_confirmed() -> None:
    given = when(hold_two())
    over = AbsenceNoted(NOW, "absence-1", "agenda-1", NINE + 21 * DAY, NINE + 22 * DAY, Cancel())
    with pytest.raises(Rejection):
        when(replace(confirm(), second_id="appointment-2"), *given, over)


def test_the_questions_are_those_of_the_first() -> None:
    given = when(hold_two(bound=rules(second=WANTED, questions=(Question("q-1", True),))))
    with pytest.raises(AnswerMissing):
        when(replace(confirm(hold="hold-2"), second_id="appointment-2"), *given)


def test_the_two_are_no_limit_to_each_other() -> None:
    given = when(hold_two(bound=rules(second=WANTED, max_future_per_patient=1, min_days_between=30)))
    command = replace(confirm(), second_id="appointment-2")
    assert len(when(command, *given)) == 2
    with pytest.raises(LimitReached):
        when(command, *given, confirmed(person="anna", visit=visit(NINE + DAY)))
    strict = rules(max_future_per_patient=1, min_days_between=30)
    assert len(when(move(visit(NINE - minutes(60)), rules=strict), *two_booked())) == 1


@pytest.mark.parametrize("named", ["appointment-1", "appointment-2"])
def test_linked_visits_are_cancelled_together_or_apart_as_the_practice_chose(named: str) -> None:
    other = "appointment-2" if named == "appointment-1" else "appointment-1"
    assert cancelled(when(cancel(named), *two_booked())) == [named, other]
    assert cancelled(when(cancel(named), *two_booked(APART))) == [named]
    assert cancelled(when(cancel(named, actor=SECRETARY), *two_booked())) == [named, other]


def test_a_reason_is_kept_with_the_visit_that_it_was_given_for() -> None:
    events = when(cancel("appointment-2"), *two_booked())
    assert [event.sealed_reason for event in events if isinstance(event, AppointmentCancelled)] == ["1.c2VhbGVk", None]


def test_what_cannot_be_cancelled_any_more_keeps_its_other_one_until_it_is_over() -> None:
    given = two_booked(replace(BOUND, cancel_until_minutes=24 * 60))
    with pytest.raises(TooLate):
        when(cancel("appointment-2", NINE - minutes(60)), *given)
    seen = AppointmentHonoured(NINE, "appointment-1", "bea", "bob", visit(), 2)
    assert cancelled(when(cancel("appointment-2", NINE), *given)) == ["appointment-2"]
    assert cancelled(when(cancel("appointment-2", NINE + DAY), *given, seen)) == ["appointment-2"]


def test_again_cancels_nothing_more() -> None:
    given = two_booked()
    gone = when(cancel("appointment-1"), *given)
    assert when(cancel("appointment-2"), *given, *gone) == ()
    alone = when(cancel("appointment-1"), *two_booked(APART))
    assert cancelled(when(cancel("appointment-2"), *two_booked(APART), *alone)) == ["appointment-2"]


def test_whoever_replaces_one_replaces_both() -> None:
    new = held("bob", visit=visit(NINE + 2 * DAY))
    events = when(confirm("bob", person="bea", replaces=["appointment-2", "appointment-1"]), new, *two_booked())
    assert cancelled(events[:-1]) == ["appointment-1", "appointment-2"]
    events = when(confirm("bob", person="bea", replaces=["appointment-2"]), new, *two_booked())
    assert cancelled(events[:-1]) == ["appointment-2", "appointment-1"]


def test_an_absence_cancels_the_other_one_too() -> None:
    away = AbsenceNoted(NOW, "absence-1", "agenda-1", NINE, NINE + DAY, Cancel())
    command = SettleAppointment(NOW, "absence-1", "appointment-1", Cancel())
    assert cancelled(when(command, *two_booked(), away)) == ["appointment-1", "appointment-2"]
    assert cancelled(when(command, *two_booked(APART), away)) == ["appointment-1"]


@pytest.mark.parametrize(("named", "days"), [("appointment-1", -7), ("appointment-2", 7)])
def test_moving_one_keeps_the_days_between_and_the_link(named: str, days: int) -> None:
    old = visit() if named == "appointment-1" else then()
    to = days_later(old, days)
    later = NOW - 10 * DAY
    (moved,) = when(move(to, later, appointment=named, rules=rules(cancel_until_minutes=5)), *two_booked())
    assert moved.rules == rules(cancel_until_minutes=5, second=WANTED)  # type: ignore[union-attr]
    assert moved.linked_to == ("appointment-2" if named == "appointment-1" else "appointment-1")  # type: ignore[union-attr]
    outwards = days // abs(days)
    with pytest.raises(SecondVisitUnfit):
        when(move(days_later(to, outwards), later, appointment=named), *two_booked())
    with pytest.raises(SecondVisitUnfit):
        when(move(days_later(old, -outwards), later, appointment=named, actor=SECRETARY), *two_booked())


def test_a_first_visit_that_took_place_still_binds_the_second_and_a_cancelled_one_does_not() -> None:
    given = two_booked(APART)
    seen = AppointmentHonoured(NINE, "appointment-1", "bea", "bob", visit(), 2)
    with pytest.raises(SecondVisitUnfit):
        when(move(then(29), NINE + DAY, appointment="appointment-2"), *given, seen)
    gone = when(cancel("appointment-1"), *given)
    assert len(when(move(then(29), appointment="appointment-2"), *given, *gone)) == 1


def test_neither_an_absence_nor_the_waiting_list_pulls_the_two_apart() -> None:
    away = AbsenceNoted(NOW, "absence-1", "agenda-1", NINE, NINE + DAY, Move(1))
    with pytest.raises(SecondVisitUnfit):
        when(SettleAppointment(NOW, "absence-1", "appointment-1", Move(1), visit(NINE + DAY)), *two_booked(), away)
    waits = WaitingListJoined(NOW, "appointment-2", "bea", "bob", then())
    sooner = EarlierSlotOffered(
        NOW, "offer-1", "gone", "appointment-2", "bea", "bob", then(20), BOUND, 0, NOW + minutes(60)
    )
    with pytest.raises(SecondVisitUnfit):
        when(AcceptEarlier(NOW, "offer-1", (BOB,)), *two_booked(), waits, sooner)


@pytest.mark.parametrize(("days", "offered"), [(21, 1), (20, 0)])
def test_the_waiting_list_offers_nobody_what_would_pull_their_two_visits_apart(days: int, offered: int) -> None:
    (second,) = when(move(then(25), appointment="appointment-2"), *two_booked())
    waits = WaitingListJoined(NOW, "appointment-2", "bea", "bob", then(25))
    events = when(OfferFreed(NOW, "gone", then(days), 0, ("offer-1",)), *two_booked(), second, waits)
    assert [type(event).__name__ for event in events] == ["EarlierSlotOffered"] * offered + ["FreedSlotClosed"]


def test_who_moves_onto_one_of_the_two_that_they_hold_does_not_lose_the_other() -> None:
    with pytest.raises(SlotHeldByOthers):
        when(move(then(), actor=Patient("alice")), *when(hold_two()), confirmed("alice", visit=then(30)))


def test_neither_hold_is_kept_beyond_the_start_of_the_first_visit() -> None:
    given = when(replace(hold_two(), at=NINE - minutes(15)))
    longer = when(ExtendHold(NINE - minutes(10), "hold-2", "alice"), *given)
    assert [event.expires_at for event in longer if isinstance(event, HoldExtended)] == [NINE, NINE]


def test_the_time_of_one_that_goes_with_a_replaced_one_is_free_for_the_person() -> None:
    new = held("bob", visit=visit(agenda="agenda-2"))
    assert len(when(confirm("bob", person="bea", replaces=["appointment-2"]), new, *two_booked())) == 3


def test_the_link_outlives_what_an_absence_and_the_waiting_list_move() -> None:
    away = AbsenceNoted(NOW, "absence-1", "agenda-1", NINE + 21 * DAY, NINE + 22 * DAY, Move(7))
    (moved,) = when(SettleAppointment(NOW, "absence-1", "appointment-2", Move(7), then(28)), *two_booked(), away)
    bound = replace(BOUND, max_future_per_patient=1)
    waits = WaitingListJoined(NOW, "appointment-2", "bea", "bob", then(28))
    sooner = EarlierSlotOffered(NOW, "offer-1", "gone", "appointment-2", "bea", "bob", then(22), bound, 0, NINE)
    (taken,) = when(AcceptEarlier(NOW, "offer-1", (BOB,)), *two_booked(), moved, waits, sooner)
    for event in (moved, taken):
        assert isinstance(event, AppointmentMoved)
        assert event.linked_to == "appointment-1"


def test_what_happens_to_one_is_read_with_the_other() -> None:
    for event in when(hold_two()):
        assert {"hold:hold-1", "hold:hold-2"} <= set(tags.of(event))
    for event in (*two_booked(), *when(cancel("appointment-1"), *two_booked())):
        assert {"appointment:appointment-1", "appointment:appointment-2"} <= set(tags.of(event))


def test_the_boundaries_of_holding_and_confirming_are_the_hours_of_both() -> None:
    command = hold_two()
    task = handle.hold_slot("hold-1", "alice", command.visit, command.rules, command.second)
    hours = {*tags.around(visit(), rules()), *tags.around(then(), rules())}
    assert set(task.about) == {*hours, "account:alice"}
    confirming = handle.confirm("hold-2", "alice", "appointment-1", "anna", second_id="appointment-2")
    assert set(confirming.hours(fold(when(command)))) == hours


def test_whatever_ends_or_extends_one_of_two_names_the_other() -> None:
    holds = when(hold_two())
    late = NOW + minutes(10)
    for command in (
        ReleaseHold(NOW, "hold-1", "alice"),
        ExtendHold(NOW, "hold-1", "alice"),
        HoldSlot(NOW, "hold-9", "alice", visit(NINE + minutes(60)), rules()),
    ):
        links = {event.hold_id: event.linked_to for event in when(command, *holds) if not isinstance(event, SlotHeld)}
        assert links == {"hold-1": "hold-2", "hold-2": "hold-1"}
    (expired,) = when(ExpireHold(late, "hold-1"), *holds)
    assert expired == HoldExpired(late, "hold-1", "alice", visit().stretch, "hold-2")
    given = (*two_booked(), AbsenceNoted(NOW, "x", "agenda-1", NINE, NINE + DAY, Cancel()))
    ends = when(SettleAppointment(NOW, "x", "appointment-1", Cancel()), *given)
    assert [each.linked_to for each in ends] == ["appointment-2", "appointment-1"]  # type: ignore[union-attr]
