"""What holds and appointments can be: one type for each state, with only the fields that then exist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal, assert_never

from booking.domain.facts import Rules, Visit
from booking.domain.states_practice import Absence, Earlier, Patient, Request


@dataclass(frozen=True, slots=True)
class Held:
    """A hold nobody has ended, of its time `since`. Whether it still binds is a question of the time: `binds`."""

    hold_id: str
    account_id: str
    visit: Visit
    rules: Rules
    since: datetime
    expires_at: datetime
    extended: bool = False
    linked_to: str | None = None

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
    event: Literal["confirmed", "moved", "cancelled", "honoured", "excused", "missed"]
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
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    history: tuple[Step, ...]
    sealed: str | None


@dataclass(frozen=True, slots=True)
class Honoured:
    """The visit took place."""

    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    history: tuple[Step, ...]
    sealed: str | None


@dataclass(frozen=True, slots=True)
class Missed:
    """The patient did not come; `excused` when the practice accepts why."""

    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    history: tuple[Step, ...]
    sealed: str | None
    excused: bool


Standing = Booked | Honoured | Missed
"""It took, or takes, its time: what has become of a visit frees nothing."""
Appointment = Standing | Cancelled


State = Literal["confirmed", "cancelled", "honoured", "missed"]


def state_of(appointment: Appointment) -> State:
    """The state in one word, as it is shown."""
    match appointment:
        case Booked():
            return "confirmed"
        case Cancelled():
            return "cancelled"
        case Honoured():
            return "honoured"
        case Missed():
            return "missed"
        case _:
            assert_never(appointment)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that the events of one boundary say. It knows no more: a boundary is read for one decision."""

    holds: Mapping[str, Hold] = field(default_factory=lambda: MappingProxyType({}))
    appointments: Mapping[str, Appointment] = field(default_factory=lambda: MappingProxyType({}))

    patients: Mapping[str, Patient] = field(default_factory=lambda: MappingProxyType({}))

    requests: Mapping[str, Request] = field(default_factory=lambda: MappingProxyType({}))
    absences: Mapping[str, Absence] = field(default_factory=lambda: MappingProxyType({}))
    waiting: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    """Appointments whose patients wait, or no longer do, in order of joining."""
    earlier: Mapping[str, Earlier] = field(default_factory=lambda: MappingProxyType({}))
    freed: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def with_hold(self, hold: Hold) -> Known:
        return replace(self, holds={**self.holds, hold.hold_id: hold})

    def with_appointment(self, appointment: Appointment) -> Known:
        return replace(self, appointments={**self.appointments, appointment.appointment_id: appointment})

    def with_patient(self, patient: Patient) -> Known:
        return replace(self, patients={**self.patients, patient.person_id: patient})

    def with_request(self, request: Request) -> Known:
        return replace(self, requests={**self.requests, request.request_id: request})

    def with_absence(self, absence: Absence) -> Known:
        return replace(self, absences={**self.absences, absence.absence_id: absence})

    def with_waiting(self, appointment_id: str, waits: bool) -> Known:
        """Who joins again is last again."""
        others = {id_: waited for id_, waited in self.waiting.items() if id_ != appointment_id}
        return replace(self, waiting={**others, appointment_id: waits})

    def waits(self, appointment_id: str) -> bool:
        return self.waiting.get(appointment_id, False)

    def with_earlier(self, earlier: Earlier) -> Known:
        return replace(self, earlier={**self.earlier, earlier.offer_id: earlier})

    def patient(self, person_id: str) -> Patient:
        return self.patients.get(person_id) or Patient(person_id)

    def live_holds(self, at: datetime) -> tuple[Held, ...]:
        return tuple(hold for hold in self.holds.values() if isinstance(hold, Held) and hold.binds(at))

    def standing(self) -> tuple[Standing, ...]:
        return tuple(each for each in self.appointments.values() if not isinstance(each, Cancelled))

    def booked(self) -> tuple[Booked, ...]:
        return tuple(each for each in self.appointments.values() if isinstance(each, Booked))

    def knows(self, practitioner_id: str, person_id: str) -> bool:
        """Whether this practitioner knows the person: marked by the practice, or seen at an honoured visit."""
        return practitioner_id in self.patient(person_id).known_to or any(
            each.visit.practitioner_id == practitioner_id and each.person_id == person_id
            for each in self.appointments.values()
            if isinstance(each, Honoured)
        )
