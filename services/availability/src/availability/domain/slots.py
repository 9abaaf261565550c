"""The free slots of a motive: openings, absences, visits and holds, notice and horizon (design/slots.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from availability.domain.agenda import Agenda, Motive, Stretch
from availability.domain.bits import CELL_MINUTES, Counters, lowest, positions, run, stretch
from availability.domain.openings import openings
from availability.domain.span import Span, local_date, minute_after, span


@dataclass(frozen=True)
class Occupation:
    """What takes time from an agenda: visits and live holds with their buffers, and absences; minutes since 1970."""

    busy: Sequence[Stretch] = ()
    absences: Sequence[Stretch] = ()

    def counters(self, span: Span) -> Counters:
        counters = Counters()
        for visit in self.busy:
            counters.add(span.minutes(visit.start, visit.end))
        return counters

    def away(self, span: Span) -> int:
        away = 0
        for absence in self.absences:
            away |= span.minutes(absence.start, absence.end)
        return away


@dataclass(frozen=True)
class Starts:
    """Free starts (minutes since 1970, ascending) that bind up to `capacity` visits at once."""

    capacity: int
    minutes: tuple[int, ...]


def free_starts(
    agenda: Agenda,
    motive: Motive,
    mode: str,
    occupation: Occupation,
    first: date,
    last: date,
    now: datetime,
    held: Iterable[int] = (),
) -> list[Starts]:
    """The starts free on the local dates `first` to `last`, largest capacity first, no start twice.

    `held`: starts that the asker holds: theirs whatever the notice says, so long as the agenda is open there.
    """
    asked = span(agenda.zone, first, last)
    own = 0
    for minute in held:
        own |= asked.minutes(minute, minute + CELL_MINUTES)
    result = []
    for capacity, free in _free(agenda, motive, mode, occupation, asked, bookable(agenda, motive, asked, now), own):
        if found := free & asked.dates(first, last):
            result.append(Starts(capacity, tuple(asked.minute(bit) for bit in positions(found))))
    return result


def next_start(
    agenda: Agenda, motive: Motive, mode: str, occupation: Occupation, now: datetime, first: date | None = None
) -> int | None:
    """The first free start (minutes since 1970) on or after the local date `first`, within the horizon."""
    today = local_date(now, agenda.zone)
    first, last = max(first or today, today), today + timedelta(days=motive.horizon_days)
    if first > last:
        return None
    asked = span(agenda.zone, first, last)
    within = bookable(agenda, motive, asked, now) & asked.dates(first, last)
    found = 0
    for _, free in _free(agenda, motive, mode, occupation, asked, within, 0):
        found |= free
    bit = lowest(found)
    return None if bit is None else asked.minute(bit)


def bookable(agenda: Agenda, motive: Motive, span: Span, now: datetime) -> int:
    """The cells that notice (in minutes from now) and horizon (in local dates from today) leave."""
    today = local_date(now, agenda.zone)
    horizon = span.dates(span.monday, today + timedelta(days=motive.horizon_days))
    return horizon & span.from_minute(minute_after(now) + motive.notice_minutes)


def room(motive: Motive, capacity: int, counters: Counters, span: Span) -> int:
    """The starts at which the visit with its buffers meets fewer than `capacity` others at every moment."""
    before = motive.before_minutes // CELL_MINUTES
    free = stretch(0, span.size) & ~counters.full(capacity)
    return run(free, motive.occupied_minutes // CELL_MINUTES) << before


def _free(
    agenda: Agenda, motive: Motive, mode: str, occupation: Occupation, span: Span, within: int, own: int
) -> Iterable[tuple[int, int]]:
    if agenda.closed:
        return
    duration = motive.duration_minutes // CELL_MINUTES
    counters, away = occupation.counters(span), occupation.away(span)
    seen = 0
    for opening in openings(agenda, motive, mode, span):
        starts = run(opening.open & ~away, duration) & opening.grid & ~seen
        seen |= starts
        yield opening.capacity, starts & (room(motive, opening.capacity, counters, span) & within | own)
