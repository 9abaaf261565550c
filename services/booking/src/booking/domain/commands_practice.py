"""What a practice asks of booking beside what patients do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.actors import Staff

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


PracticeCommand = RecordAttendance | MarkKnown | LetBookOnline
