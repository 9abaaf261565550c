"""Instants, local dates and midnights."""

from __future__ import annotations

from datetime import UTC, date, datetime

from availability.domain.public_holidays import of_year
from availability.domain.span import instant_of, local_date, local_midnight_after, minute_after, minute_of, span


def test_a_local_day_of_paris_has_23_and_25_hours_when_the_clock_changes() -> None:
    for day, hours in ((date(2027, 3, 28), 23), (date(2027, 3, 29), 24), (date(2027, 10, 31), 25)):
        assert span("Europe/Paris", day, day).dates(day, day).bit_count() == hours * 12


def test_a_span_has_one_piece_for_each_offset() -> None:
    assert len(span("Europe/Paris", date(2027, 3, 1), date(2027, 3, 31)).pieces) == 2
    assert len(span("Europe/Paris", date(2027, 3, 1), date(2028, 2, 28)).pieces) == 3
    assert len(span("Indian/Reunion", date(2027, 3, 1), date(2027, 3, 31)).pieces) == 1


def test_the_next_local_midnight_is_that_of_the_place() -> None:
    now = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
    assert local_midnight_after(now, "Europe/Paris") == datetime(2027, 3, 28, 22, 0, tzinfo=UTC)
    assert local_midnight_after(now, "Pacific/Marquesas") == datetime(2027, 3, 28, 9, 30, tzinfo=UTC)
    assert local_date(now, "Pacific/Marquesas") == date(2027, 3, 27)


def test_minutes_round_down_and_up() -> None:
    instant = datetime(2027, 3, 28, 0, 30, 1, tzinfo=UTC)
    assert minute_after(instant) == minute_of(instant) + 1
    assert instant_of(minute_of(instant)) == instant.replace(second=0)


def test_asking_about_another_year_leaves_a_set_of_holidays_alone() -> None:
    national = of_year("FR", 2027)
    of_year("FR", 2030)
    assert (len(national), len(of_year("67", 2027)), len(of_year("57", 2027))) == (11, 13, 13)
    assert all(day.year == 2027 for day in national)


def test_every_overseas_territory_has_its_own_day() -> None:
    own = {
        "972": date(2027, 5, 22),
        "973": date(2027, 6, 10),
        "974": date(2027, 12, 20),
        "976": date(2027, 4, 27),
        "977": date(2027, 10, 9),
        "978": date(2027, 5, 28),
        "987": date(2027, 3, 5),
        "988": date(2027, 9, 24),
    }
    for territory, day in own.items():
        assert day in of_year(territory, 2027), territory
        assert day not in of_year("FR", 2027)
