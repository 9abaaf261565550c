"""What a practice asks of booking beside what patients do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.actors import Patient, Staff
from booking.domain.facts import Rules, Visit

Outcome = Literal["honoured", "excused", "missed"]


@dataclass(frozen=True, slots=True)
class RecordAttendance:
    """`reasoned`: whether a reason was given; its words come sealed, unless the person is erased."""

    at: datetime
    appointment_id: str
    staff: Staff
    outcome: Outcome
    reasoned: bool = False
    sealed_reason: str | None = None


@dataclass(frozen=True, slots=True)
class MarkKnown:
    """Whether the practice says that the practitioner knows the person."""

    at: datetime
    person_id: str
    practitioner_id: str
    known: bool


@dataclass(frozen=True, slots=True)
class LetBookOnline:
    """Whether one practice lets the person book online with itself."""

    at: datetime
    person_id: str
    practice_id: str
    allowed: bool


@dataclass(frozen=True, slots=True)
class BookVisit:
    """Staff book without an offer. `sealed_override`: why, when they book over what is in the way."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    sealed_override: str | None = None


@dataclass(frozen=True, slots=True)
class RequestVisit:
    at: datetime
    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    sealed_message: str | None = None


@dataclass(frozen=True, slots=True)
class ApproveRequest:
    """`visit`, `rules`: what is booked, at the time wished or at another."""

    at: datetime
    request_id: str
    staff: Staff
    appointment_id: str
    visit: Visit
    rules: Rules


@dataclass(frozen=True, slots=True)
class EndRequest:
    """The practice declines, or the patient withdraws, each according to who asks."""

    at: datetime
    request_id: str
    actor: Staff | Patient
    sealed_reason: str | None = None


@dataclass(frozen=True, slots=True)
class LapseRequest:
    """Nobody answered before the visit that was asked for would begin."""

    at: datetime
    request_id: str


@dataclass(frozen=True, slots=True)
class ImportVisit:
    """One row of a practice's file."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules


PracticeCommand = (
    RecordAttendance
    | MarkKnown
    | LetBookOnline
    | BookVisit
    | RequestVisit
    | ApproveRequest
    | EndRequest
    | LapseRequest
    | ImportVisit
)
