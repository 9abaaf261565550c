"""What is asked of booking about absences: by availability's word, by staff, and by the task that settles them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.domain.events_absences import Plan
from booking.domain.facts import Visit


@dataclass(frozen=True, slots=True)
class NoteAbsence:
    at: datetime
    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class PlanAbsence:
    at: datetime
    absence_id: str
    agenda_id: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class EndAbsence:
    at: datetime
    absence_id: str


@dataclass(frozen=True, slots=True)
class SettleAppointment:
    """`visit`: where it goes, when it is moved or handed over, as seen a moment ago.

    `rooms`: one of these is taken there as well. `capacity`: of the agenda that it goes to, at that time.
    """

    at: datetime
    absence_id: str
    appointment_id: str
    plan: Plan
    visit: Visit | None = None
    new_appointment_id: str = ""
    rooms: tuple[str, ...] = ()
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class CloseAbsence:
    """Every appointment was tried; `left`: those that the plan could not be carried out with."""

    at: datetime
    absence_id: str
    plan: Plan
    left: tuple[str, ...]


AbsenceCommand = NoteAbsence | PlanAbsence | EndAbsence | SettleAppointment | CloseAbsence
