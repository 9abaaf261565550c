"""Who asks: a patient's account, a practice, an auditor, one who goes; and which appointments are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from booking.domain.states import Appointment


@dataclass(frozen=True, slots=True)
class Patient:
    """An account with the people that it may book for."""

    account_id: str
    people: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Staff:
    """A practitioner, or a secretary of practices (place ids)."""

    practitioner_id: str | None
    practices: frozenset[str] = frozenset()

    def works_at(self, practitioner_id: str, place_id: str | None) -> bool:
        """Whether that agenda, or appointment, is theirs to look after."""
        return practitioner_id == self.practitioner_id or (place_id is not None and place_id in self.practices)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Sees everything, changes nothing."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """A person who is erased: nobody will come to their visits, and nobody could cancel them later."""

    person_id: str


Actor = Patient | Staff | Auditor


def may_see(actor: Actor | Leaver, appointment: Appointment) -> bool:
    match actor:
        case Patient():
            return appointment.account_id == actor.account_id or appointment.person_id in actor.people
        case Staff():
            return actor.works_at(appointment.visit.practitioner_id, appointment.visit.place_id)
        case Auditor():
            return True
        case Leaver():
            return appointment.person_id == actor.person_id
        case _:
            assert_never(actor)
