"""The free slots of a motive: openings, absences, visits and holds, notice and horizon (design/slots.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from availability.domain.agenda import Agenda, Motive, Stretch
from availability.domain.bits import CELL_MINUTES, Counters, lowest, positions, run, stretch
from availability.domain.limits import full, is_limited
from availability.domain.openings import openings
from availability.domain.span import Span, local_date, minute_after, span


@dataclass(frozen=True)
class Occupation:
    """What takes time from an agenda: visits and live holds with their buffers, and absences; minutes since 1970.

    `rooms`: the visits and live holds in each room that its motives may take, those of other agendas too.
    `starts`: of the visits and live holds of each motive that has limits, from this week's Monday on.
    """

    busy: Sequence[Stretch] = ()
    absences: Sequence[Stretch] = ()
    rooms: Mapping[str, Sequence[Stretch]] = field(default_factory=dict)
    starts: Mapping[str, Sequence[int]] = field(default_factory=dict)


class Taken:
    """An occupation laid on a span: how many visits each cell holds, and where nobody is there."""

    def __init__(self, occupation: Occupation, span: Span) -> None:
        self.span = span
        self.counters = Counters()
        for visit in occupation.busy:
            self.counters.add(span.minutes(visit.start, visit.end))
        self.away = 0
        for absence in occupation.absences:
            self.away |= span.minutes(absence.start, absence.end)
        self.rooms: dict[str, int] = {}
        for room_id, visits in occupation.rooms.items():
            self.rooms[room_id] = 0
            for visit in visits:
                self.rooms[room_id] |= span.minutes(visit.start, visit.end)
        self._starts = occupation.starts

    def full(self, motive: Motive) -> int:
        """The cells of the days and weeks in which no more visits of the motive may begin."""
        if not is_limited(motive):
            return 0
        found = full(motive, self._starts.get(motive.id, ()), self.span.zone)
        cells = 0
        for day in found.days:
            cells |= self.span.dates(day, day)
        for monday in found.weeks:
            cells |= self.span.dates(monday, monday + timedelta(days=6))
        return cells


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
    asked = span(agenda.zone, first, last + _reach(motive))
    taken = Taken(occupation, asked)
    own = 0
    for minute in held:
        own |= asked.minutes(minute, minute + CELL_MINUTES)
    result = []
    within = bookable(agenda, motive, taken, now) & paired(agenda, motive, taken, now, first, last)
    for capacity, free in _free(agenda, motive, mode, taken, within, own):
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
    asked = span(agenda.zone, first, last + _reach(motive))
    return _earliest(agenda, motive, mode, Taken(occupation, asked), now, first)


def next_starts(agenda: Agenda, occupation: Occupation, now: datetime) -> dict[tuple[str, str], int | None]:
    """The first free start of each motive that patients may book and each of its modes: (motive, mode) -> minute."""
    motives = [motive for motive in agenda.motives if motive.booking != "staff"]
    if agenda.closed or not motives:
        return {}
    today = local_date(now, agenda.zone)
    last = max(today + timedelta(days=motive.horizon_days) + _reach(motive) for motive in motives)
    asked = span(agenda.zone, today, last)
    taken = Taken(occupation, asked)
    return {
        (motive.id, mode): _earliest(agenda, motive, mode, taken, now, today)
        for motive in motives
        for mode in sorted(motive.modes)
    }


def _earliest(agenda: Agenda, motive: Motive, mode: str, taken: Taken, now: datetime, first: date) -> int | None:
    today = local_date(now, agenda.zone)
    last = today + timedelta(days=motive.horizon_days)
    within = bookable(agenda, motive, taken, now) & taken.span.dates(first, last)
    within &= paired(agenda, motive, taken, now, first, last)
    found = 0
    for _, free in _free(agenda, motive, mode, taken, within, 0):
        found |= free
    bit = lowest(found)
    return None if bit is None else taken.span.minute(bit)


def bookable(agenda: Agenda, motive: Motive, taken: Taken, now: datetime) -> int:
    """The cells that notice (minutes from now), horizon (local dates from today) and the motive's limits leave."""
    span, today = taken.span, local_date(now, agenda.zone)
    horizon = span.dates(span.monday, today + timedelta(days=motive.horizon_days))
    return horizon & span.from_minute(minute_after(now) + motive.notice_minutes) & ~taken.full(motive)


def paired(agenda: Agenda, motive: Motive, taken: Taken, now: datetime, first: date, last: date) -> int:
    """The cells of the local dates `first` to `last` from which a second visit can be had, if the motive wants one.

    `taken`: on a span that reaches as far as the second visit may be.
    """
    whole = taken.span.dates(first, last)
    if motive.second is None:
        return whole
    then = agenda.motive(motive.second.motive_id)
    if then is None or then.booking == "staff":
        return 0
    free, within = 0, bookable(agenda, then, taken, now)
    for mode in then.modes:
        for _, found in _free(agenda, then, mode, taken, within, 0):
            free |= found
    days = [first + timedelta(days=passed) for passed in range((last - first).days + 1 + motive.second.days_max)]
    has = [bool(free & taken.span.dates(day, day)) for day in days]
    result = 0
    for number, day in enumerate(days[: len(days) - motive.second.days_max]):
        if any(has[number + motive.second.days_min : number + motive.second.days_max + 1]):
            result |= taken.span.dates(day, day)
    return result


def _reach(motive: Motive) -> timedelta:
    """How much later than the visit its second one may be."""
    return timedelta(days=0 if motive.second is None else motive.second.days_max)


def room(motive: Motive, capacity: int, taken: Taken) -> int:
    """The starts at which the visit with its buffers meets fewer than `capacity` others at every moment."""
    return _starts(motive, taken, taken.counters.full(capacity))


def in_some_room(motive: Motive, mode: str, taken: Taken) -> int:
    """The starts at which one of the visit's rooms is empty for all its occupied time; all where it needs none."""
    rooms = motive.rooms_in(mode)
    found = 0 if rooms else stretch(0, taken.span.size)
    for room_id in rooms:
        found |= _starts(motive, taken, taken.rooms.get(room_id, 0))
    return found


def _starts(motive: Motive, taken: Taken, full: int) -> int:
    free = stretch(0, taken.span.size) & ~full
    return run(free, motive.occupied_minutes // CELL_MINUTES) << motive.before_minutes // CELL_MINUTES


def _free(agenda: Agenda, motive: Motive, mode: str, taken: Taken, within: int, own: int) -> Iterator[tuple[int, int]]:
    """(capacity, free starts): `within` bounds them, but not the starts that are the asker's `own` already."""
    if agenda.closed:
        return
    duration = motive.duration_minutes // CELL_MINUTES
    within &= in_some_room(motive, mode, taken)
    seen = 0
    for opening in openings(agenda, motive, mode, taken.span):
        starts = run(opening.open & ~taken.away, duration) & opening.grid & ~seen
        seen |= starts
        yield opening.capacity, starts & (room(motive, opening.capacity, taken) & within | own)
