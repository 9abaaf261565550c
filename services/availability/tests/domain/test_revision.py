"""What a change of rules touches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from availability.domain.agenda import Stretch
from availability.domain.revision import Visit, affected_dates, uncovered

from .samples import agenda, at, between, extra, visit, weekly

OLD = agenda(weekly("09:00", "12:00"), motives=(visit(),))


def booked(start: str, minutes: int = 30, motive_id: str = "m", mode: str = "in_person") -> Visit:
    return Visit(start, motive_id, mode, Stretch(at(start), at(start) + minutes))


def test_a_bounded_range_touches_its_dates_and_the_night_after() -> None:
    bounded = weekly("20:00", "02:00", valid_from=date(2027, 4, 1), valid_until=date(2027, 4, 10))
    new = replace(OLD, ranges=(*OLD.ranges, bounded), version=2)
    assert affected_dates(OLD, new) == (date(2027, 4, 1), date(2027, 4, 11))
    assert affected_dates(new, OLD) == (date(2027, 4, 1), date(2027, 4, 11))


def test_an_unbounded_range_touches_all_dates_from_its_first() -> None:
    new = replace(OLD, ranges=(*OLD.ranges, weekly("14:00", "15:00", valid_from=date(2027, 4, 1))))
    assert affected_dates(OLD, new) == (date(2027, 4, 1), None)


def test_any_other_rule_touches_every_date() -> None:
    both = replace(OLD, motives=(visit(45),), extras=(extra("2027-04-01", "09:00", "10:00"),))
    for new in (replace(OLD, zone="Indian/Reunion"), replace(OLD, holidays_closed=True), both):
        assert affected_dates(OLD, new) == (None, None)


def test_visits_outside_the_openings_or_in_an_absence_are_uncovered() -> None:
    inside, late = booked("2027-03-29 07:00"), booked("2027-03-29 09:45")
    wrong_mode, gone = booked("2027-03-29 08:00", mode="video"), booked("2027-03-29 08:30", motive_id="gone")
    assert uncovered(OLD, [], [inside, late, wrong_mode, gone]) == [late, wrong_mode, gone]
    away = [between("2027-03-29 07:29", "2027-03-29 07:31")]
    assert uncovered(OLD, away, [inside]) == [inside]
    assert uncovered(replace(OLD, closed=True), [], [inside]) == [inside]
