"""When a visit may be: notice, horizon and deadlines over changes of the clock, midnights and zones; capacity."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from booking.domain import tags
from booking.domain.commands import CancelAppointment
from booking.domain.days import day, week
from booking.domain.decide_absences import target
from booking.domain.events import SlotHeld
from booking.domain.events_absences import Move
from booking.domain.rejections import BeyondHorizon, NoticeTooShort, SlotTaken, TooLate

from ..given import BOB, confirmed, hold_slot, minutes, rules, visit, when


def utc(month: int, day_: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2027, month, day_, hour, minute, tzinfo=UTC)


FORWARD, BACK = utc(3, 28, 1), utc(10, 31, 1)  # in Paris: 02:00 becomes 03:00; 03:00 becomes 02:00


@pytest.mark.parametrize("turn", [FORWARD, BACK])
def test_notice_is_time_that_passes_whatever_the_clocks_on_the_wall_do(turn: datetime) -> None:
    start, day_before = turn + minutes(480), rules(notice_minutes=24 * 60)
    assert when(hold_slot(at=start - timedelta(hours=24), visit=visit(start), rules=day_before))
    with pytest.raises(NoticeTooShort):
        when(hold_slot(at=start - timedelta(hours=23, minutes=59), visit=visit(start), rules=day_before))


@pytest.mark.parametrize("turn", [FORWARD, BACK])
def test_the_deadline_for_cancelling_is_time_that_passes_as_well(turn: datetime) -> None:
    start = turn + minutes(480)
    given = confirmed(visit=visit(start), rules=rules(cancel_until_minutes=24 * 60))
    assert when(CancelAppointment(start - timedelta(hours=24), "appointment-1", (BOB,)), given)
    with pytest.raises(TooLate):
        when(CancelAppointment(start - timedelta(hours=23, minutes=59), "appointment-1", (BOB,)), given)


def test_both_hours_that_the_clock_shows_twice_can_be_booked_apart() -> None:
    once, again = visit(BACK - minutes(30)), visit(BACK + minutes(30))  # 02:30 and 02:30
    now = utc(10, 20, 8)
    assert when(hold_slot(at=now, visit=again), confirmed(visit=once))
    with pytest.raises(SlotTaken):
        when(hold_slot(at=now, visit=once), confirmed(visit=once))


@pytest.mark.parametrize(
    ("zone", "now", "last", "first_beyond"),
    [
        ("Europe/Paris", utc(3, 27, 22, 59), utc(3, 28, 21, 59), utc(3, 28, 22)),
        ("Europe/Paris", utc(3, 27, 23), utc(3, 29, 21, 59), utc(3, 29, 22)),
        ("Europe/Paris", utc(10, 30, 12), utc(10, 31, 22, 59), utc(10, 31, 23)),
        ("Pacific/Noumea", utc(3, 1, 13), utc(3, 3, 12, 59), utc(3, 3, 13)),
        ("America/Martinique", utc(3, 1, 3), utc(3, 2, 3, 59), utc(3, 2, 4)),
    ],
)
def test_the_horizon_ends_with_the_last_local_date(
    zone: str, now: datetime, last: datetime, first_beyond: datetime
) -> None:
    tomorrow = rules(horizon_days=1)
    assert when(hold_slot(at=now, visit=visit(last, zone=zone), rules=tomorrow))
    with pytest.raises(BeyondHorizon):
        when(hold_slot(at=now, visit=visit(first_beyond, zone=zone), rules=tomorrow))


def test_a_visit_over_midnight_meets_those_of_both_days() -> None:
    night, now = visit(utc(3, 9, 22, 45), 60), utc(3, 5, 8)  # 23:45 to 00:45 in Paris
    for start in (utc(3, 9, 22, 30), utc(3, 9, 23, 30)):
        with pytest.raises(SlotTaken):
            when(hold_slot(at=now, visit=visit(start, 30)), confirmed(visit=night))
    assert when(hold_slot(at=now, visit=visit(utc(3, 9, 23, 45))), confirmed(visit=night))
    assert night.day.day == 9


def test_buffers_of_both_add_up_and_capacity_counts_them() -> None:
    now, nine = utc(3, 5, 8), utc(3, 9, 9)
    given = confirmed(visit=visit(nine, 15, after=10))
    close, far = visit(nine + minutes(30), before=10), visit(nine + minutes(35), before=10)
    with pytest.raises(SlotTaken):
        when(hold_slot(at=now, visit=close), given)
    assert when(hold_slot(at=now, visit=far), given)
    assert when(hold_slot(at=now, visit=close, rules=rules(capacity=2)), given)


def test_a_hold_over_a_change_of_the_clock_lives_ten_minutes() -> None:
    at = FORWARD - minutes(5)
    (event,) = when(hold_slot(at=at, visit=visit(FORWARD + minutes(600))))
    assert isinstance(event, SlotHeld)
    assert event.expires_at - at == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("zone", "start", "hours"),
    [("Europe/Paris", utc(3, 28, 10), 23), ("Europe/Paris", utc(10, 31, 10), 25), ("Europe/Paris", utc(3, 9, 10), 24),
     ("Asia/Kolkata", utc(3, 9, 10), 24)],
)  # fmt: skip
def test_a_day_has_as_many_hours_as_its_clock_gives_it(zone: str, start: datetime, hours: int) -> None:
    found = day(visit(start, zone=zone))
    assert found.end - found.start == timedelta(hours=hours)
    assert found.start <= start < found.end
    around = week(visit(start, zone=zone))
    assert around.start <= found.start < found.end <= around.end
    assert around.end - around.start == timedelta(hours=7 * 24 + hours - 24)


def test_whoever_wants_a_limited_motive_meets_the_whole_day_or_week() -> None:
    wanted = visit(utc(3, 9, 10), zone="Europe/Paris")
    month = "away:agenda-1:2027-03"
    assert tags.around(wanted, rules()) == (*tags.hours(wanted.stretch), month)
    assert tags.around(wanted, rules(max_per_day=3))[0] == "hour:agenda-1:2027-03-09T10"
    assert set(tags.around(wanted, rules(max_per_day=3))) == {*tags.hours(day(wanted)), month}
    assert set(tags.around(wanted, rules(max_per_day=3, max_per_week=9))) == {*tags.hours(week(wanted)), month}
    night = visit(utc(3, 9, 22, 45), 60)
    assert set(tags.hours(night.stretch)) <= set(tags.around(night, rules(max_per_day=1)))


def test_days_and_moved_visits_are_in_utc_whatever_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = visit(utc(3, 9, 10))
    with monkeypatch.context() as machine:
        machine.setenv("TZ", "Asia/Kolkata")
        time.tzset()
        hours, moved = tags.hours(day(wanted)), target(Move(7), wanted, None)
    time.tzset()
    assert hours[0] == "hour:agenda-1:2027-03-08T23"  # midnight in Paris
    assert moved is not None
    assert tags.slot(moved.stretch) == "slot:agenda-1:2027-03-16T10:00"
