"""Stretches and visits: what overlaps, which hours are touched, on which local date a visit begins."""

from datetime import UTC, date, datetime

import pytest
from booking.domain.facts import Stretch

from ..given import NINE, minutes, visit


def stretch(start: int, end: int, before: int = 0, after: int = 0, agenda: str = "agenda-1") -> Stretch:
    """In minutes from nine o'clock."""
    return Stretch(agenda, NINE + minutes(start), NINE + minutes(end), before, after)


def test_buffers_widen_the_occupied_time_and_not_the_visit() -> None:
    one = stretch(0, 20, before=5, after=10)
    assert (one.occupied_from, one.occupied_until) == (NINE - minutes(5), NINE + minutes(30))
    assert (one.start, one.end) == (NINE, NINE + minutes(20))


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (stretch(0, 20), True),
        (stretch(5, 10), True),
        (stretch(-10, 30), True),
        (stretch(20, 40), False),
        (stretch(19, 40), True),
        (stretch(-20, 0), False),
        (stretch(-20, 1), True),
        (stretch(0, 20, agenda="agenda-2"), False),
        (stretch(25, 40, before=5), False),
        (stretch(25, 40, before=6), True),
        (stretch(-20, -5, after=5), False),
        (stretch(-20, -5, after=6), True),
    ],
)
def test_two_want_one_agenda_when_their_occupied_times_overlap_and_not_when_they_touch(
    other: Stretch, meets: bool
) -> None:
    one = stretch(0, 20)
    assert one.occupies_with(other) == meets
    assert other.occupies_with(one) == meets


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        (stretch(0, 20, agenda="agenda-2"), True),
        (stretch(19, 40, agenda="agenda-2"), True),
        (stretch(20, 40), False),
        (stretch(20, 40, before=5), False),
        (stretch(-20, 0), False),
        (stretch(-20, 1), True),
    ],
)
def test_a_patient_is_in_two_places_when_the_visits_themselves_overlap_in_any_agenda(
    other: Stretch, meets: bool
) -> None:
    one = stretch(0, 20, before=10, after=10)
    assert one.overlaps(other) == meets
    assert other.overlaps(one) == meets


@pytest.mark.parametrize(
    ("one", "hours"),
    [
        (stretch(0, 60), [9]),
        (stretch(0, 61), [9, 10]),
        (stretch(30, 45), [9]),
        (stretch(0, 60, before=1), [8, 9]),
        (stretch(0, 60, after=1), [9, 10]),
        (stretch(30, 150), [9, 10, 11]),
    ],
)
def test_the_hours_are_whole_ones_from_that_of_the_beginning(one: Stretch, hours: list[int]) -> None:
    assert list(one.hours()) == [datetime(2027, 3, 2, hour, tzinfo=UTC) for hour in hours]


def test_an_hour_begins_without_seconds() -> None:
    odd = NINE.replace(minute=59, second=59, microsecond=999_999)
    assert list(Stretch("agenda-1", odd, odd + minutes(1)).hours()) == [NINE, NINE + minutes(60)]


@pytest.mark.parametrize(
    ("zone", "day"),
    [("Europe/Paris", 3), ("UTC", 2), ("Pacific/Noumea", 3), ("America/Martinique", 2)],
)
def test_a_visit_is_on_the_date_that_the_calendar_of_its_place_shows(zone: str, day: int) -> None:
    assert visit(datetime(2027, 3, 2, 23, 30, tzinfo=UTC), zone=zone).day == date(2027, 3, day)


def test_a_visit_is_in_the_practice_of_its_place_or_of_who_has_none() -> None:
    assert visit().practice_id == "place-1"
    assert visit(place=None).practice_id == "practitioner-1"
