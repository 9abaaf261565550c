"""What the directory says: who practises, where, on which public terms (topic `directory.practitioners.v1`)."""

from __future__ import annotations

from typing import ClassVar, Literal

from booking_events.base import Id, Mode, Part, PublicEvent


class Position(Part):
    """WGS 84 degrees."""

    lat: float
    lon: float


class Place(Part):
    """Where a practitioner receives.

    `zone` is an IANA name; `territory` names the public holidays (`FR`, `971`, `57`, ...).
    """

    id: Id
    name: str
    address: str
    postcode: str
    city: str
    commune: str | None = None
    position: Position | None = None
    zone: str
    territory: str = "FR"
    phone: str | None = None
    access: tuple[str, ...] = ()


class Fee(Part):
    """A posted price: `amount` as a decimal string in `currency`."""

    label: str
    amount: str
    currency: str = "EUR"


class PractitionerState(PublicEvent):
    """The full public state of a practitioner (so that the topic may be compacted)."""

    topic: ClassVar[str] = "directory.practitioners.v1"
    key: ClassVar[str] = "practitioner_id"

    practitioner_id: Id
    status: Literal["listed", "registered"]
    title: str = ""
    first_name: str
    last_name: str
    speciality: str
    places: tuple[Place, ...] = ()
    sector: str | None = None
    carte_vitale: bool | None = None
    payment_means: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    modes: tuple[Mode, ...] = ()
    presentation: str = ""


class PractitionerListed(PractitionerState):
    """Found in the national directory: public facts, no booking."""

    ce_type: ClassVar[str] = "rendezvous.directory.PractitionerListed.v1"


class PractitionerRegistered(PractitionerState):
    """A listed practitioner has claimed the page, or a new one has registered."""

    ce_type: ClassVar[str] = "rendezvous.directory.PractitionerRegistered.v1"


class PractitionerProfileChanged(PractitionerState):
    """Something on the public page changed."""

    ce_type: ClassVar[str] = "rendezvous.directory.PractitionerProfileChanged.v1"


class PractitionerWithdrawn(PublicEvent):
    """No longer shown: gone from the national directory, or by their own wish."""

    ce_type: ClassVar[str] = "rendezvous.directory.PractitionerWithdrawn.v1"
    topic: ClassVar[str] = "directory.practitioners.v1"
    key: ClassVar[str] = "practitioner_id"

    practitioner_id: Id
    reason: str
