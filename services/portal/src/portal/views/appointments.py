"""Appointments as they are shown: what is to come, what has been, and what may still be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from portal.application.shapes import Appointment, Motive, Person, Place, Profile, VisitRequest
from portal.views.formats import local
from portal.views.motives import times_path

# From how far ahead booking lets one wait for an earlier time.
_WAIT_AHEAD_MIN = timedelta(days=5)


@dataclass(frozen=True)
class Shown:
    """An appointment beside what is known of its parts; None where a part could not be asked."""

    appointment: Appointment
    profile: Profile | None
    motive: Motive | None
    person: Person | None
    now: datetime

    @property
    def visit(self) -> Appointment:
        return self.appointment

    @property
    def path(self) -> str:
        return f"/appointments/{quote(self.appointment.id, safe='')}"

    @property
    def state(self) -> str:
        return self.appointment.state

    @property
    def place(self) -> Place | None:
        return _place(self.profile, self.appointment.place_id)

    @property
    def is_to_come(self) -> bool:
        return self.appointment.state == "confirmed" and self.appointment.end > self.now

    @property
    def cancel_until(self) -> datetime:
        """The last instant for cancelling online."""
        minutes = self.motive.cancel_until_minutes if self.motive else 0
        return self.appointment.start - timedelta(minutes=minutes)

    @property
    def may_cancel(self) -> bool:
        """As far as one can tell here; booking decides."""
        return self.appointment.state == "confirmed" and self.now < self.cancel_until

    @property
    def move_until(self) -> datetime:
        """The last instant for moving online: as for cancelling, unless the practice chose another."""
        minutes = self.motive.move_until_minutes if self.motive else None
        return self.cancel_until if minutes is None else self.appointment.start - timedelta(minutes=minutes)

    @property
    def may_move(self) -> bool:
        """As far as one can tell here; booking decides."""
        if self.motive is None or self.motive.by_practice:
            return False
        return self.is_to_come and self.now < min(self.move_until, self.appointment.start)

    @property
    def may_wait(self) -> bool:
        """Whether to offer the waiting list; booking decides."""
        if self.motive is not None and self.motive.by_practice:
            return False
        return self.is_to_come and self.appointment.start >= self.now + _WAIT_AHEAD_MIN


@dataclass(frozen=True)
class ShownRequest:
    """A request beside what is known of its parts; None where a part could not be asked."""

    request: VisitRequest
    profile: Profile | None
    motive: Motive | None
    person: Person | None
    now: datetime

    @property
    def visit(self) -> VisitRequest:
        return self.request

    @property
    def path(self) -> str:
        return f"/requests/{quote(self.request.id, safe='')}"

    @property
    def state(self) -> str:
        """Unanswered, it lapses at its time: the record of that may come a moment later."""
        over = self.request.state == "pending" and self.request.start <= self.now
        return "lapsed" if over else self.request.state

    @property
    def is_moved(self) -> bool:
        """Whether the practice approved another time than the one that was asked for."""
        return self.request.state == "approved" and self.request.start != self.request.wished_start

    @property
    def place(self) -> Place | None:
        return _place(self.profile, self.request.place_id)

    @property
    def times_path(self) -> str:
        """Where another time can be chosen, in the week of the wished one."""
        one = self.request
        day = local(one.wished_start, one.zone).date().isoformat()
        return times_path(one.practitioner_id, one.agenda_id, one.motive_id, one.mode, day)


def _place(profile: Profile | None, place_id: str | None) -> Place | None:
    return profile.place(place_id) if profile and place_id else None


@dataclass(frozen=True)
class Agenda:
    """`asked`, `to_come`: soonest first. `over`: latest first, with what was cancelled or asked for in vain."""

    to_come: tuple[Shown, ...]
    over: tuple[Shown | ShownRequest, ...]
    asked: tuple[ShownRequest, ...] = ()


def agenda_of(shown: Sequence[Shown], requests: Sequence[ShownRequest] = ()) -> Agenda:
    """What was approved is an appointment, and shown as such."""
    to_come = [one for one in shown if one.is_to_come]
    asked = [one for one in requests if one.state == "pending"]
    in_vain = [one for one in requests if one.state not in ("pending", "approved")]
    over: list[Shown | ShownRequest] = [*in_vain, *(one for one in shown if not one.is_to_come)]
    return Agenda(
        to_come=tuple(sorted(to_come, key=_start)),
        over=tuple(sorted(over, key=_start, reverse=True)),
        asked=tuple(sorted(asked, key=_start)),
    )


def _start(one: Shown | ShownRequest) -> datetime:
    return one.visit.start
