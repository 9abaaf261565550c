"""Where an agenda is open and where its visits may begin, as cells over instants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from availability.domain.agenda import Agenda, Extra, Motive, Range
from availability.domain.bits import CELL_MINUTES, DAY, WEEK, every, stretch
from availability.domain.public_holidays import of_span
from availability.domain.span import Span, monday


@dataclass(frozen=True)
class Opening:
    """Cells of one capacity: `open` to visits, and the `grid` on which they may begin."""

    capacity: int
    open: int
    grid: int


@lru_cache(maxsize=4096)
def ring(weekdays: frozenset[int], start: int, pattern: int) -> bytes:
    """A week of wall time as 252 bytes: `pattern` at cell `start` of each weekday; Sunday night ends on Monday."""
    bits = 0
    for weekday in weekdays:
        bits |= pattern << ((weekday - 1) * DAY + start)
    week = stretch(0, WEEK)
    return (bits & week | bits >> WEEK).to_bytes(WEEK // 8, "little")


def openings(agenda: Agenda, motive: Motive, mode: str, span: Span) -> Iterator[Opening]:
    """One opening for each distinct capacity among the ranges that take the motive and mode, largest first.

    The opening of a capacity holds the ranges of that capacity or more.
    """
    if mode not in motive.modes:
        return
    ranges = [rule for rule in agenda.ranges if rule.accepts.takes(motive.id, mode)]
    extras = [rule for rule in agenda.extras if rule.accepts.takes(motive.id, mode)]
    step = motive.duration_minutes // CELL_MINUTES
    closed = holiday_cells(agenda, span)
    open_, grid = 0, 0
    capacities = {rule.accepts.capacity for rule in ranges} | {rule.accepts.capacity for rule in extras}
    for capacity in sorted(capacities, reverse=True):
        for rule in ranges:
            if rule.accepts.capacity == capacity:
                kept = _occurring(rule, span) & ~closed
                open_ |= _weekly(rule, 1, span) & kept
                grid |= _weekly(rule, step, span) & kept
        for extra in extras:
            if extra.accepts.capacity == capacity:
                open_ |= _single(extra, 1, span)
                grid |= _single(extra, step, span)
        yield Opening(capacity, span.to_utc(open_), span.to_utc(grid))


def holiday_cells(agenda: Agenda, span: Span) -> int:
    """The wall-time cells that public holidays close: the hours of their own dates, whatever night began before."""
    closed = 0
    if agenda.holidays_closed:
        for day in of_span(agenda.territory, span.monday, span.days):
            closed |= stretch(span.day(day), span.day(day) + DAY)
    return closed


def _weekly(rule: Range, step: int, span: Span) -> int:
    """The rule's ring repeated over the span, in wall time."""
    pattern = every(step, rule.length_minutes // CELL_MINUTES)
    week = ring(rule.weekdays, rule.start_minute // CELL_MINUTES, pattern)
    return span.clip(int.from_bytes(week * -(-span.days // 7), "little"))


def _single(extra: Extra, step: int, span: Span) -> int:
    begin = span.day(extra.on) + extra.start_minute // CELL_MINUTES
    pattern = every(step, extra.length_minutes // CELL_MINUTES)
    return span.clip(pattern << begin if begin >= 0 else pattern >> -begin)


def _occurring(rule: Range, span: Span) -> int:
    """The wall-time cells whose occurrence takes place.

    Validity, EXDATE and INTERVAL go by the date on which the occurrence begins: the day and the week turn at the
    range's start, not at midnight.
    """
    start = rule.start_minute // CELL_MINUTES
    begin = span.day(rule.valid_from) + start
    end = span.size if rule.valid_until is None else span.day(rule.valid_until) + DAY + start
    kept = span.clip(stretch(begin, end))
    for day in rule.except_dates:
        kept &= ~stretch(span.day(day) + start, span.day(day) + DAY + start)
    if rule.every_weeks > 1:
        for first in _mondays(span):
            if (first - monday(rule.valid_from)).days // 7 % rule.every_weeks:
                kept &= ~stretch(span.day(first) + start, span.day(first) + WEEK + start)
    return kept


def _mondays(span: Span) -> Iterator[date]:
    """The weeks of the span and the one before, whose Sunday night may reach into it."""
    for week in range(-1, -(-span.days // 7)):
        yield span.monday + timedelta(days=7 * week)
