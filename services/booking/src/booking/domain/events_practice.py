"""What a practice states: how a visit went, which patients it knows, whom it serves no more online."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.domain.facts import Visit


@dataclass(frozen=True, slots=True)
class AppointmentHonoured:
    """The patient came. `correction`: another outcome stood before, and `sealed_reason` says why it does no more."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    correction: bool = False
    sealed_reason: str | None = None


@dataclass(frozen=True, slots=True)
class AppointmentMissed:
    """The patient did not come; `excused` when the practice accepts why."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    excused: bool
    correction: bool = False
    sealed_reason: str | None = None


@dataclass(frozen=True, slots=True)
class PatientMarkedKnown:
    """The practice says that this practitioner knows the person, from before or from elsewhere."""

    at: datetime
    person_id: str
    practitioner_id: str


@dataclass(frozen=True, slots=True)
class PatientUnmarkedKnown:
    """The mark is taken back. An honoured visit still makes the person known."""

    at: datetime
    person_id: str
    practitioner_id: str


@dataclass(frozen=True, slots=True)
class OnlineBookingStopped:
    """One practice no longer lets the person book online with itself. `practice_id`: the place, or who has none."""

    at: datetime
    person_id: str
    practice_id: str


@dataclass(frozen=True, slots=True)
class OnlineBookingResumed:
    at: datetime
    person_id: str
    practice_id: str


AttendanceEvent = AppointmentHonoured | AppointmentMissed
PatientEvent = PatientMarkedKnown | PatientUnmarkedKnown | OnlineBookingStopped | OnlineBookingResumed
PracticeEvent = AttendanceEvent | PatientEvent
