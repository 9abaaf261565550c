"""What binds a patient or a motive: days between visits, replacing, so many a day, so many a week."""

from datetime import UTC, datetime

import pytest
from booking.domain.commands import ExtendHold
from booking.domain.days import day
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, AppointmentMoved
from booking.domain.events_practice import AppointmentHonoured
from booking.domain.rejections import (
    AlreadyOver,
    DayFull,
    HoldHasExpired,
    LimitReached,
    NoSuchAppointment,
    PersonBusy,
    TooLate,
    VisitTooClose,
    WeekFull,
)

from ..given import NINE, NOW, confirm, confirmed, held, hold_slot, minutes, rules, visit, when

DAY = 24 * 60
SIX = rules(min_days_between=6)


def other(days: float, **more: object) -> AppointmentConfirmed:
    """Anna's visit to another practitioner of the same speciality."""
    there = visit(NINE + minutes(int(days * DAY)), agenda="agenda-2", practitioner="practitioner-2")
    return confirmed("alice", "hold-0", person="anna", visit=more.pop("visit", there), **more)


def booked(start: datetime, number: int = 0, **more: object) -> AppointmentConfirmed:
    """Somebody's visit of the same motive."""
    where = visit(start, **more)  # type: ignore[arg-type]
    return confirmed(f"account-{number}", f"hold-x{number}", appointment=f"x{number}", person=f"p{number}", visit=where)


def test_a_second_visit_in_a_speciality_is_refused_fewer_than_six_days_from_the_first_whichever_comes_first() -> None:
    for days in (-1, 0.1, 1, 5):
        with pytest.raises(VisitTooClose) as refused:
            when(confirm(at=NOW), held(rules=SIX, visit=visit(NINE + minutes(20 * DAY))), other(20 + days))
        assert (refused.value.days, refused.value.appointment_ids) == (6, ("appointment-1",))
        assert refused.value.replaceable
    for days in (-6, 6):
        assert when(confirm(), held(rules=SIX, visit=visit(NINE + minutes(20 * DAY))), other(20 + days))


def test_the_days_between_are_local_dates_and_not_hours() -> None:
    late = datetime(2027, 3, 20, 22, 30, tzinfo=UTC)  # 23:30 in Paris
    early = visit(datetime(2027, 3, 25, 23, 30, tzinfo=UTC), agenda="agenda-2")  # 00:30 of the 26th in Paris
    assert when(confirm(), held(rules=SIX, visit=visit(late)), other(0, visit=early))
    before = visit(datetime(2027, 3, 25, 22, 30, tzinfo=UTC), agenda="agenda-2")
    with pytest.raises(VisitTooClose):
        when(confirm(), held(rules=SIX, visit=visit(late)), other(0, visit=before))


def test_other_specialities_other_patients_past_and_cancelled_visits_are_never_too_close() -> None:
    hold = held(rules=SIX)
    assert when(confirm(), hold, other(0, visit=visit(NINE + minutes(DAY), speciality="ophtalmologie")))
    assert when(confirm(person="zoe"), hold, other(1))
    assert when(confirm(), hold, other(0, visit=visit(NOW - minutes(DAY))))
    assert when(confirm(), hold, other(0, visit=visit(NOW)))
    first = other(1)
    cancelled = AppointmentCancelled(NOW, "appointment-1", "anna", "alice", first.visit, 2, "patient")
    assert when(confirm(), hold, first, cancelled)
    assert when(confirm(), held(), first)


def test_the_first_visit_is_replaced_by_the_second_in_one_decision() -> None:
    first, hold = other(1), held(rules=SIX)
    cancelled, confirmation = when(confirm(replaces=["appointment-1"]), hold, first)
    assert cancelled == AppointmentCancelled(
        NOW, "appointment-1", "anna", "alice", first.visit, 2, "patient", None, "appointment-new"
    )
    assert isinstance(confirmation, AppointmentConfirmed)


def test_all_that_are_too_close_must_be_replaced() -> None:
    two = (other(-0.1, appointment="a"), other(4, appointment="b"))
    with pytest.raises(VisitTooClose) as refused:
        when(confirm(), held(rules=SIX), *two)
    assert refused.value.appointment_ids == ("a", "b")
    with pytest.raises(VisitTooClose) as refused:
        when(confirm(replaces=["a"]), held(rules=SIX), *two)
    assert refused.value.appointment_ids == ("b",)
    assert len(when(confirm(replaces=["a", "b"]), held(rules=SIX), *two)) == 3


def test_what_can_no_longer_be_cancelled_is_not_replaced_and_it_is_said_beforehand() -> None:
    first = other(1, rules=rules(cancel_until_minutes=3 * DAY))
    with pytest.raises(VisitTooClose) as refused:
        when(confirm(), held(rules=SIX), first)
    assert not refused.value.replaceable
    with pytest.raises(TooLate):
        when(confirm(replaces=["appointment-1"]), held(rules=SIX), first)
    just = other(1, rules=rules(cancel_until_minutes=int((other(1).visit.stretch.start - NOW) / minutes(1))))
    with pytest.raises(VisitTooClose) as refused:
        when(confirm(), held(rules=SIX), just)
    assert refused.value.replaceable
    past = other(0, visit=visit(NOW - minutes(15), agenda="agenda-2"))
    with pytest.raises(AlreadyOver):
        when(confirm(replaces=["appointment-1"]), held(), past)


def test_only_the_same_persons_appointments_are_replaced() -> None:
    for given in ((), (confirmed(visit=visit(NINE + minutes(60))),)):
        with pytest.raises(NoSuchAppointment):
            when(confirm(replaces=["appointment-1"]), held(), *given)


def test_what_was_cancelled_already_is_replaced_without_an_event() -> None:
    first = other(1)
    cancelled = AppointmentCancelled(NOW, "appointment-1", "anna", "alice", first.visit, 2, "practice")
    assert len(when(confirm(replaces=["appointment-1"]), held(rules=SIX), first, cancelled)) == 1


def test_what_is_replaced_counts_neither_as_busy_nor_to_the_limit() -> None:
    same_time = other(0, visit=visit(NINE, agenda="agenda-2"))
    with pytest.raises(PersonBusy):
        when(confirm(), held(), same_time)
    assert len(when(confirm(replaces=["appointment-1"]), held(), same_time)) == 2
    one, first = rules(max_future_per_patient=1), other(0, visit=visit(NINE + minutes(DAY)))
    with pytest.raises(LimitReached):
        when(confirm(), held(rules=one), first)
    assert len(when(confirm(replaces=["appointment-1"]), held(rules=one), first)) == 2


def on(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, tzinfo=UTC)


def test_a_motive_is_booked_so_often_a_local_day_and_no_more() -> None:
    two = rules(max_per_day=2)
    given = [booked(on(10, 8), 1), booked(on(10, 9), 2)]
    with pytest.raises(DayFull) as refused:
        when(hold_slot(visit=visit(on(10, 15)), rules=two), *given)
    assert refused.value.limit == 2
    assert when(hold_slot(visit=visit(on(10, 15)), rules=two), given[0])
    assert when(hold_slot(visit=visit(on(11, 8)), rules=two), *given)
    assert when(hold_slot(visit=visit(on(9, 8)), rules=two), *given)
    assert when(hold_slot(visit=visit(on(10, 15), motive="motive-2"), rules=two), *given)
    assert when(hold_slot(visit=visit(on(10, 15), agenda="agenda-2"), rules=two), *given)


def test_the_day_ends_at_the_midnight_of_the_place() -> None:
    one = rules(max_per_day=1)
    last = booked(on(10, 22, 30))  # 23:30 in Paris
    assert when(hold_slot(visit=visit(on(10, 23)), rules=one), last)  # 00:00 of the 11th
    with pytest.raises(DayFull):
        when(hold_slot(visit=visit(on(10, 22)), rules=one), last)
    with pytest.raises(DayFull):
        when(hold_slot(visit=visit(on(9, 23)), rules=one), last)  # 00:00 of the 10th
    assert when(hold_slot(visit=visit(on(9, 22, 45)), rules=one), last)


@pytest.mark.parametrize(
    ("zone", "first", "same_day", "next_day"),
    [
        ("Indian/Reunion", on(10, 20), on(11, 19, 45), on(11, 20)),
        ("America/Guadeloupe", on(10, 4), on(11, 3, 45), on(11, 4)),
        ("Asia/Kolkata", on(10, 18, 30), on(11, 18, 15), on(11, 18, 30)),
        ("Europe/Paris", on(27, 23), on(28, 21, 45), on(28, 22)),  # 23 hours: the clocks go forward
        ("Europe/Paris", datetime(2027, 10, 30, 22, tzinfo=UTC), datetime(2027, 10, 31, 22, 45, tzinfo=UTC),
         datetime(2027, 10, 31, 23, tzinfo=UTC)),  # 25 hours
    ],
)  # fmt: skip
def test_a_local_day_has_its_own_bounds_and_length(
    zone: str, first: datetime, same_day: datetime, next_day: datetime
) -> None:
    one, given = rules(max_per_day=1, horizon_days=400), booked(first, zone=zone)
    with pytest.raises(DayFull):
        when(hold_slot(visit=visit(same_day, zone=zone), rules=one), given)
    assert when(hold_slot(visit=visit(next_day, zone=zone), rules=one), given)
    with pytest.raises(DayFull):
        when(hold_slot(visit=visit(first, zone=zone), rules=one), booked(same_day, zone=zone))
    assert when(hold_slot(visit=visit(first - minutes(15), zone=zone), rules=one), given)


def test_the_week_goes_from_monday_to_sunday_of_the_place() -> None:
    one = rules(max_per_week=1)
    monday, sunday = on(7, 23), on(14, 22, 45)  # 00:00 on Monday the 8th, 23:45 on Sunday the 14th, in Paris
    for given, wanted in ((monday, sunday), (sunday, monday)):
        with pytest.raises(WeekFull) as refused:
            when(hold_slot(visit=visit(wanted), rules=one), booked(given))
        assert refused.value.limit == 1
    assert when(hold_slot(visit=visit(on(7, 22, 45)), rules=one), booked(monday))
    assert when(hold_slot(visit=visit(on(14, 23)), rules=one), booked(sunday))


def test_live_holds_count_so_that_whoever_holds_is_sure_to_confirm() -> None:
    one = rules(max_per_day=1)
    first = held("carol", visit=visit(on(10, 8)), rules=one)
    with pytest.raises(DayFull):
        when(hold_slot(visit=visit(on(10, 15)), rules=one), first)
    assert when(hold_slot(visit=visit(on(10, 15)), rules=one, at=NOW + minutes(10)), first)
    assert when(confirm("carol"), first)
    assert when(ExtendHold(NOW, "hold-1", "carol"), first)
    assert len(when(hold_slot("carol", visit=visit(on(10, 15)), rules=one), first)) == 2


@pytest.mark.parametrize("limit", [{"max_per_day": 1}, {"max_per_week": 1}])
def test_a_hold_that_ended_and_came_back_with_the_clock_gives_way_to_the_limit(limit: dict[str, int]) -> None:
    given = held(visit=visit(on(10, 15)), rules=rules(**limit))
    for at in (NOW + minutes(10), NOW + minutes(30)):
        meanwhile = confirmed("carol", "hold-0", at, person="carl", visit=visit(on(10, 8)))
        with pytest.raises(HoldHasExpired):
            when(confirm(), given, meanwhile)
    before = confirmed("carol", "hold-0", NOW + minutes(9), person="carl", visit=visit(on(10, 8)))
    assert when(confirm(), given, before)
    elsewhere = confirmed("carol", "hold-0", NOW + minutes(30), person="carl", visit=visit(on(20, 8)))
    assert when(confirm(), given, elsewhere)


def test_the_limited_day_of_a_hold_that_came_back_begins_at_its_midnight() -> None:
    given = held(visit=visit(on(10, 15)), rules=rules(max_per_day=1))
    midnight = day(given.visit).start
    with pytest.raises(HoldHasExpired):
        when(confirm(), given, confirmed("carol", "hold-0", NOW + minutes(30), person="carl", visit=visit(midnight)))
    moved = AppointmentMoved(
        NOW + minutes(30), "appointment-1", "carl", "carol", visit(midnight), rules(), visit(on(20, 8)).stretch, 2,
        "patient",
    )  # fmt: skip
    before = confirmed("carol", "hold-0", person="carl", visit=visit(on(20, 8)))
    with pytest.raises(HoldHasExpired):  # who moved there since is no better than who booked there
        when(confirm(), given, before, moved)


def test_a_holder_is_not_driven_out_by_a_visit_that_takes_more_at_once() -> None:
    """One motive is for one at a time, another in the same agenda for two: whoever holds the first keeps it."""
    line = held("carol", "hold-2", visit=visit(motive="motive-2"), rules=rules(capacity=2))
    assert when(confirm(), held(), line)
    booked_since = confirmed("carol", "hold-2", person="carl", visit=visit(motive="motive-2"))
    assert when(confirm(), held(), booked_since)


def test_a_visit_that_took_place_is_not_replaced() -> None:
    first = other(1)
    honoured = AppointmentHonoured(NOW, "appointment-1", "anna", "alice", first.visit, 2)
    with pytest.raises(AlreadyOver):
        when(confirm(replaces=["appointment-1"]), held(), first, honoured)
