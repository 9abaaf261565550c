"""What practices say of patients, requests, absences and the waiting list, as states of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.events_absences import Plan
from booking.domain.facts import Rules, Stretch, Visit


@dataclass(frozen=True, slots=True)
class Patient:
    """What practices said of a person; ids in order. An honoured visit makes known as well, without being said here."""

    person_id: str
    known_to: tuple[str, ...] = ()
    stopped_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that nobody has answered."""

    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    sealed_message: str | None


@dataclass(frozen=True, slots=True)
class Approved:
    """`wished`: the start that the patient asked for; the visit may begin at another."""

    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    appointment_id: str
    wished: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """Declined by the practice, withdrawn by the patient, or lapsed."""

    request_id: str
    person_id: str
    account_id: str
    visit: Visit
    by: Literal["patient", "practice", "lapse"]
    sealed_reason: str | None = None


Request = Pending | Approved | Ended


@dataclass(frozen=True, slots=True)
class Absence:
    """Nobody is booked from `start` to `end` unless `lifted`. `left`: whom the plan, once settled, did not reach."""

    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Plan
    lifted: bool = False
    settled: bool = False
    left: tuple[str, ...] = ()

    def covers(self, stretch: Stretch) -> bool:
        """Whether a part of the visit falls into it; buffers may."""
        return self.agenda_id == stretch.agenda_id and self.start < stretch.end and stretch.start < self.end


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier time that was offered to who waits. Whether it may still be had is a question of the time."""

    offer_id: str
    appointment_id: str
    visit: Visit
    rules: Rules
    cascade: int
    expires_at: datetime
    taken: bool = False
