"""What a practice states: how a visit went, which patients it knows, whom it serves no more online."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.facts import Rules, Visit

Overridden = Literal["slot", "person", "limit", "absence"]
"""What staff booked over: time that is taken or held, the patient's other visit, the limit, an absence."""


@dataclass(frozen=True, slots=True)
class AppointmentBookedByPractice:
    """Staff booked, without an offer and within the rules."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    version: int = 1


@dataclass(frozen=True, slots=True)
class AppointmentBookedOverRules:
    """Staff booked against what `overridden` names; `sealed_reason` says why. No patient's command comes to this."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    overridden: tuple[Overridden, ...]
    sealed_reason: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class AppointmentImported:
    """The practice had it before it came to us. Its id is made from the file's reference, which may say too much."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    version: int = 1


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


@dataclass(frozen=True, slots=True)
class AppointmentRequested:
    """A patient asks for a visit that only staff book. It binds no time. `sealed_message`: for the practice."""

    at: datetime
    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    sealed_message: str | None = None


@dataclass(frozen=True, slots=True)
class RequestApproved:
    """Staff booked what was asked for, at the time wished or at another: the appointment stands beside this event."""

    at: datetime
    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    appointment_id: str


@dataclass(frozen=True, slots=True)
class RequestEnded:
    """It came to nothing: the practice declined it, the patient withdrew it, or nobody had answered by its time."""

    at: datetime
    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    by: Literal["patient", "practice", "lapse"]
    sealed_reason: str | None = None


BookedByStaff = AppointmentBookedByPractice | AppointmentBookedOverRules | AppointmentImported
AttendanceEvent = AppointmentHonoured | AppointmentMissed
PatientEvent = PatientMarkedKnown | PatientUnmarkedKnown | OnlineBookingStopped | OnlineBookingResumed
RequestEvent = AppointmentRequested | RequestApproved | RequestEnded
