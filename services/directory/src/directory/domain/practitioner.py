"""A practitioner as the public may see them: the state that is stored, published and searched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from directory.domain.gazetteer import Point

Status = Literal["listed", "registered"]
Mode = Literal["in_person", "video"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a practitioner receives. `phone`: E.164. `accessible`: for wheelchairs; None = not known."""

    id: str
    name: str
    address: str
    postcode: str
    city: str
    commune: str
    departement: str
    point: Point | None
    zone: str
    territory: str
    phone: str | None = None
    access: tuple[str, ...] = ()
    accessible: bool | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """A posted price; `amount` is a decimal string."""

    label: str
    amount: str
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Practitioner:
    """`national_id`: type digit and identifier. `speciality`: slug. None stands for "not known", never for "no"."""

    id: str
    national_id: str
    status: Status
    title: str
    first_name: str
    last_name: str
    speciality: str
    places: tuple[Place, ...]
    sector: str | None = None
    carte_vitale: bool | None = None
    payment_means: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    modes: tuple[Mode, ...] = ()
    presentation: str = ""
    new_patients: bool | None = None

    @property
    def name(self) -> str:
        """`Dr Jeanne Exemple`."""
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)
