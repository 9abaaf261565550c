"""What can be asked of booking. The command brings the time, the ids and the facts; deciding looks at nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.domain.actors import Leaver, Patient, Staff
from booking.domain.commands_absences import AbsenceCommand
from booking.domain.commands_practice import PracticeCommand
from booking.domain.commands_waiting import WaitingCommand
from booking.domain.facts import Rules, Visit


@dataclass(frozen=True, slots=True)
class HoldSlot:
    """`second`: the second visit of a two-step motive, with the id of its own hold."""

    at: datetime
    hold_id: str
    account_id: str
    visit: Visit
    rules: Rules
    second: tuple[str, Visit, Rules] | None = None


@dataclass(frozen=True, slots=True)
class HoldAnyOf:
    """One of the choices, whichever is free; `choices` in the order in which the patient would rather have them."""

    at: datetime
    hold_id: str
    account_id: str
    choices: tuple[tuple[Visit, Rules], ...]


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    at: datetime
    hold_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class ExtendHold:
    at: datetime
    hold_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class ExpireHold:
    at: datetime
    hold_id: str


@dataclass(frozen=True, slots=True)
class ClaimHold:
    at: datetime
    hold_id: str
    visitor_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class ConfirmHold:
    """`answered`: the ids of the questions that have an answer; the answers themselves come sealed.

    `replaces`: appointments of the person that this one is booked instead of. `second_id`: of the second appointment,
    when the hold is one of two.
    """

    at: datetime
    hold_id: str
    account_id: str
    appointment_id: str
    person_id: str
    answered: frozenset[str] = frozenset()
    sealed: str | None = None
    replaces: frozenset[str] = frozenset()
    second_id: str = ""


@dataclass(frozen=True, slots=True)
class CancelAppointment:
    """`actors`: everything that the caller is, for one may be a practice's staff and a patient elsewhere."""

    at: datetime
    appointment_id: str
    actors: tuple[Patient | Staff | Leaver, ...]
    sealed_reason: str | None = None


@dataclass(frozen=True, slots=True)
class MoveAppointment:
    """`seen_version`: what the caller had before them, when they say so."""

    at: datetime
    appointment_id: str
    actors: tuple[Patient | Staff, ...]
    visit: Visit
    rules: Rules
    seen_version: int | None = None


Command = (
    HoldSlot
    | HoldAnyOf
    | ReleaseHold
    | ExtendHold
    | ExpireHold
    | ClaimHold
    | ConfirmHold
    | CancelAppointment
    | MoveAppointment
    | PracticeCommand
    | AbsenceCommand
    | WaitingCommand
)
