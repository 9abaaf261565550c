"""Agendas and instants in the short form in which the tests of the rules are written."""

from __future__ import annotations

from datetime import UTC, date, datetime

from availability.domain.agenda import Acceptance, Agenda, Extra, Motive, Range, Stretch
from availability.domain.slots import Occupation, free_starts

LONG_AGO = date(2020, 1, 1)
EARLY = datetime(2026, 1, 1, tzinfo=UTC)


def clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def weekly(start: str, end: str, weekdays: str = "1234567", capacity: int = 1, **more: object) -> Range:
    length = clock(end) - clock(start)
    days = frozenset(int(day) for day in weekdays)
    facts = {"valid_from": LONG_AGO, "accepts": Acceptance(capacity=capacity), **more}
    return Range(days, clock(start), length if length > 0 else length + 1440, **facts)  # type: ignore[arg-type]


def extra(on: str, start: str, end: str, capacity: int = 1) -> Extra:
    length = clock(end) - clock(start)
    accepts = Acceptance(capacity=capacity)
    return Extra(date.fromisoformat(on), clock(start), length if length > 0 else length + 1440, accepts)


def visit(minutes: int = 30, id_: str = "m", **more: object) -> Motive:
    return Motive(id_, "SM15", minutes, **{"horizon_days": 3000, **more})  # type: ignore[arg-type]


def agenda(*ranges: Range, zone: str = "Europe/Paris", extras: tuple[Extra, ...] = (), **more: object) -> Agenda:
    facts = {"holidays_closed": False, **more}
    return Agenda("a", 1, "p", "l", "SM15", zone, ranges=ranges, extras=extras, **facts)  # type: ignore[arg-type]


def at(text: str) -> int:
    """`2027-03-28 01:00` (UTC) as minutes since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) // 60


def between(start: str, end: str) -> Stretch:
    return Stretch(at(start), at(end))


def starts(
    of: Agenda, first: str, last: str | None = None, motive: Motive | None = None, *,
    busy: tuple[Stretch, ...] = (), absences: tuple[Stretch, ...] = (), now: datetime = EARLY,
) -> list[str]:  # fmt: skip
    """The free starts as UTC texts, in order."""
    days = date.fromisoformat(first), date.fromisoformat(last or first)
    found = free_starts(of, motive or visit(), "in_person", Occupation(busy, absences), *days, now)
    minutes = sorted(minute for sheet in found for minute in sheet.minutes)
    return [datetime.fromtimestamp(minute * 60, UTC).strftime("%m-%d %H:%M") for minute in minutes]
