"""What holds and appointments can be: one type for each state, with only the fields that then exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from booking.domain.facts import Rules, Visit


@dataclass(frozen=True, slots=True)
class Held:
    """A hold nobody has ended. Whether it still binds is a question of the time: `binds`."""

    hold_id: str
    account_id: str
    visit: Visit
    rules: Rules
    expires_at: datetime
    extended: bool = False

    def binds(self, at: datetime) -> bool:
        return at < self.expires_at


@dataclass(frozen=True, slots=True)
class Released:
    hold_id: str
    account_id: str
    reason: Literal["released", "replaced"]


@dataclass(frozen=True, slots=True)
class Expired:
    hold_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Used:
    """A hold that became an appointment."""

    hold_id: str
    account_id: str
    appointment_id: str


Hold = Held | Released | Expired | Used


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to an appointment."""

    at: datetime
    event: Literal["confirmed", "moved", "cancelled"]
    version: int
    by: Literal["patient", "practice", "absence"]


@dataclass(frozen=True, slots=True)
class Booked:
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    version: int
    history: tuple[Step, ...]
    sealed: str | None


@dataclass(frozen=True, slots=True)
class Cancelled:
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    history: tuple[Step, ...]
    sealed: str | None


Appointment = Booked | Cancelled


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that the events of one boundary say. It knows no more: a boundary is read for one decision."""

    holds: Mapping[str, Hold] = field(default_factory=lambda: MappingProxyType({}))
    appointments: Mapping[str, Appointment] = field(default_factory=lambda: MappingProxyType({}))

    def with_hold(self, hold: Hold) -> Known:
        return Known({**self.holds, hold.hold_id: hold}, self.appointments)

    def with_appointment(self, appointment: Appointment) -> Known:
        return Known(self.holds, {**self.appointments, appointment.appointment_id: appointment})

    def live_holds(self, at: datetime) -> tuple[Held, ...]:
        return tuple(hold for hold in self.holds.values() if isinstance(hold, Held) and hold.binds(at))

    def booked(self) -> tuple[Booked, ...]:
        return tuple(each for each in self.appointments.values() if isinstance(each, Booked))
