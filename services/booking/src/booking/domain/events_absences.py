"""Absences of an agenda, and what becomes of the appointments in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Keep:
    """Whoever is booked comes all the same; nobody else is booked."""

    kind: Literal["keep"] = "keep"


@dataclass(frozen=True, slots=True)
class Cancel:
    kind: Literal["cancel"] = "cancel"


@dataclass(frozen=True, slots=True)
class Move:
    """To the same wall time, `days` later (or earlier, when negative), on the same agenda."""

    days: int
    kind: Literal["move"] = "move"


@dataclass(frozen=True, slots=True)
class HandOver:
    """To a colleague's agenda, at the same time."""

    agenda_id: str
    kind: Literal["hand_over"] = "hand_over"


Plan = Keep | Cancel | Move | HandOver


@dataclass(frozen=True, slots=True)
class AbsenceNoted:
    """From here on nobody is booked between `start` and `end`; who is booked there meets `plan`."""

    at: datetime
    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class AbsencePlanned:
    """Staff decided otherwise on the appointments that are left."""

    at: datetime
    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Plan


@dataclass(frozen=True, slots=True)
class AbsenceEnded:
    """Availability lifted it: the time may be booked again; what was done stays done."""

    at: datetime
    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class AbsenceSettled:
    """`plan` was carried out, but for `left`: appointments that it could not be done with, for staff to see to."""

    at: datetime
    absence_id: str
    agenda_id: str
    plan: Plan
    left: tuple[str, ...]


AbsenceEvent = AbsenceNoted | AbsencePlanned | AbsenceEnded | AbsenceSettled
