"""Appointments as they are shown: what is to come, what has been, and what may still be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.application.shapes import Appointment, Motive, Person, Place, Profile

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
    def place(self) -> Place | None:
        place_id = self.appointment.place_id
        return self.profile.place(place_id) if self.profile and place_id else None

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
        return self.is_to_come and self.motive is not None and self.now < min(self.move_until, self.appointment.start)

    @property
    def may_wait(self) -> bool:
        """Whether to offer the waiting list; booking decides."""
        return self.is_to_come and self.appointment.start >= self.now + _WAIT_AHEAD_MIN


@dataclass(frozen=True)
class Agenda:
    """`to_come`: soonest first. `over`: latest first, with what was cancelled."""

    to_come: tuple[Shown, ...]
    over: tuple[Shown, ...]


def agenda_of(shown: Sequence[Shown], now: datetime) -> Agenda:
    ordered = sorted(shown, key=lambda one: one.appointment.start)
    to_come = tuple(one for one in ordered if one.is_to_come)
    over = tuple(one for one in reversed(ordered) if not one.is_to_come)
    return Agenda(to_come, over)
