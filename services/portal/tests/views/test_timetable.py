"""Free times laid out by the days of the place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from portal.application.shapes import Slot, Slots
from portal.application.week import Week
from portal.views.formats import Formats
from portal.views.timetable import SHOWN_AT_ONCE, arrange, times_of
from portal.views.words import load_all

TODAY = date(2026, 11, 24)


def slot(at: datetime, offer: int | None = 0, held_by_you: bool = False) -> Slot:
    return Slot(agenda_id="a", start=at, offer=offer, held_by_you=held_by_you)


def test_times_stand_under_their_local_day() -> None:
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)  # half past midnight on the 25th in Paris
    table = arrange(Slots(slots=(slot(late),)), Week.of(TODAY), TODAY)
    assert [day.date.day for day in table.days if day.times] == [25]
    assert table.days[1].times[0].label == "00:30"
    assert not table.is_empty


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    labels = [time.label for time in times_of([slot(first + timedelta(hours=1)), slot(first)], "Europe/Paris")]
    assert labels == ["02:30 (+0200)", "02:30 (+0100)"]


def test_an_empty_week_points_to_the_next_time() -> None:
    following = datetime(2026, 12, 8, 8, 0, tzinfo=UTC)
    table = arrange(Slots(next_slot=slot(following)), Week.of(TODAY), TODAY)
    assert table.is_empty
    assert table.next_day == date(2026, 12, 8)


@pytest.mark.parametrize(
    ("first", "last", "french", "english"),
    [
        (24, None, "Du 24 nov. au 29 nov.", "24 Nov to 29 Nov"),
        (24, 26, "Du 24 nov. au 26 nov.", "24 Nov to 26 Nov"),
        (29, None, "Le dimanche 29 novembre", "Sunday 29 November"),
    ],
)
def test_the_heading_names_the_days_that_are_shown(first: int, last: int | None, french: str, english: str) -> None:
    table = arrange(Slots(), Week.of(TODAY), TODAY.replace(day=first), TODAY.replace(day=last) if last else None)
    headings = [table.heading(words, Formats(language)) for language, words in load_all().items()]
    assert headings == [french, english]


def test_a_time_on_no_sheet_is_asked_for_in_its_own_agenda() -> None:
    at = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    times = times_of([slot(at, None), slot(at + timedelta(hours=1), 0)], "Europe/Paris")
    assert [(time.label, time.sheet, time.agenda_id) for time in times] == [("09:00", -1, "a"), ("10:00", 0, "a")]


def test_a_long_day_shows_its_first_times_and_keeps_the_rest_at_hand() -> None:
    first = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    slots = Slots(slots=tuple(slot(first + timedelta(minutes=15 * n)) for n in range(12)))
    day = arrange(slots, Week.of(TODAY), TODAY).days[1]
    assert len(day.first) == SHOWN_AT_ONCE
    assert day.first + day.rest == day.times
    assert len(day.times) == 12


def test_two_agendas_free_at_once_are_one_time_and_ones_own_hold_is_it() -> None:
    at = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    times = times_of([slot(at, 1, held_by_you=True), slot(at, 0)], "Europe/Paris")
    assert [(time.label, time.sheet, time.yours) for time in times] == [("09:00", 1, True)]


def test_an_unknown_zone_is_shown_as_in_paris() -> None:
    at = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    assert times_of([slot(at)], "Nowhere/Land")[0].label == "09:00"
