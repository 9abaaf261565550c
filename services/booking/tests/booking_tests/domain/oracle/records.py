"""What the oracle writes down, and the calendar that it looks things up in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.domain.events_absences import Plan
from booking.domain.facts import Rules, Visit

MINUTE = timedelta(minutes=1)


@dataclass
class Kept:
    """A hold. `end`: released, used, or nothing that anybody did. `pair`: the other one of a two-step motive."""

    id: str
    account: str
    visit: Visit
    rules: Rules
    since: datetime
    until: datetime
    extended: bool = False
    end: str = ""
    pair: str = ""


@dataclass
class Booking:
    """`placed`: when the practice, which may do so over a hold, gave it its time."""

    id: str
    person: str
    account: str
    visit: Visit
    rules: Rules
    state: str = "confirmed"
    version: int = 1
    placed: datetime | None = None
    pair: str = ""


@dataclass
class Asked:
    """A request for a visit. `answer`: approved, declined, withdrawn or lapsed; empty: nobody has answered."""

    id: str
    person: str
    account: str
    visit: Visit
    answer: str = ""


@dataclass
class Away:
    """An absence, from its first instant to its last."""

    id: str
    agenda: str
    start: datetime
    end: datetime
    plan: Plan
    lifted: bool = False
    settled: bool = False
    left: list[str] = field(default_factory=list)

    def meets(self, visit: Visit) -> bool:
        here = visit.stretch.agenda_id == self.agenda and not self.lifted
        return here and visit.stretch.start < self.end and self.start < visit.stretch.end


@dataclass
class Freed:
    """A time that somebody gave up. `moves`: how many moves to offered times led to it. `offered`: None, not yet."""

    id: str
    visit: Visit
    moves: int
    offered: int | None = None


@dataclass
class Offered:
    """A freed time, offered to a booking on the waiting list."""

    id: str
    booking: str
    freed: Freed
    rules: Rules
    until: datetime
    taken: bool = False


@dataclass
class Who:
    """`practice`: of which agendas they are staff; else a patient's account with its people."""

    account: str = ""
    people: frozenset[str] = frozenset()
    practice: str = ""


def minutes_of(visit: Visit) -> Iterator[datetime]:
    minute = visit.stretch.start - visit.stretch.buffer_before_minutes * MINUTE
    while minute < visit.stretch.end + visit.stretch.buffer_after_minutes * MINUTE:
        yield minute
        minute += 5 * MINUTE


def takes(other: Visit, agenda: str, minute: datetime) -> bool:
    return other.stretch.agenda_id == agenda and _lasts(other, minute)


def is_in(other: Visit, room: str, minute: datetime) -> bool:
    return other.stretch.room_id == room and _lasts(other, minute)


def in_room(visit: Visit, room: str | None) -> Visit:
    """None: the time alone."""
    return replace(visit, stretch=replace(visit.stretch, room_id=room))


def meet(one: Visit, other: Visit) -> bool:
    return any(takes(one, other.stretch.agenda_id, minute) for minute in minutes_of(other))


def at_once(one: Visit, other: Visit) -> bool:
    """Whether one patient cannot be at both."""
    return one.stretch.start < other.stretch.end and other.stretch.start < one.stretch.end


def kind(visit: Visit) -> tuple[str, str]:
    return visit.stretch.agenda_id, visit.motive_id


def date_of(at: datetime, visit: Visit) -> date:
    return at.astimezone(ZoneInfo(visit.zone)).date()


def week_of(at: datetime, visit: Visit) -> tuple[int, int]:
    return date_of(at, visit).isocalendar()[:2]


def days_apart(one: Visit, other: Visit) -> int:
    return abs((date_of(one.stretch.start, one) - date_of(other.stretch.start, other)).days)


def days_later(start: datetime, zone: str, days: int) -> datetime:
    """When the wall shows the same `days` later; an hour that the clocks jump over is shown an hour late."""
    wanted = _wall(start, zone) + timedelta(days=days)
    around = [start + timedelta(days=days) + n * 5 * MINUTE for n in range(-36, 37)]
    shown = [at for at in around if _wall(at, zone) == wanted]
    return shown[0] if shown else next(at for at in around if _wall(at, zone) == wanted + 60 * MINUTE)


def _lasts(visit: Visit, minute: datetime) -> bool:
    first = visit.stretch.start - visit.stretch.buffer_before_minutes * MINUTE
    last = visit.stretch.end + visit.stretch.buffer_after_minutes * MINUTE
    return first <= minute < last


def _wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
