"""What the directory says: who practises, where, on which public terms (topic `directory.practitioners.v1`)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from booking_events.base import PRACTICE, Id, Mode, Part, PublicEvent


class Position(Part):
    """WGS 84 degrees."""

    lat: Annotated[float, PRACTICE]
    lon: Annotated[float, PRACTICE]


class Place(Part):
    """Where a practitioner receives.

    `zone` is an IANA name; `territory` names the public holidays (`FR`, `971`, `57`, ...).
    """

    id: Id
    name: Annotated[str, PRACTICE]
    address: Annotated[str, PRACTICE]
    postcode: Annotated[str, PRACTICE]
    city: Annotated[str, PRACTICE]
    commune: Annotated[str | None, PRACTICE] = None
    position: Position | None = None
    zone: Annotated[str, PRACTICE]
    territory: Annotated[str, PRACTICE] = "FR"
    phone: Annotated[str | None, PRACTICE] = None
    access: Annotated[tuple[str, ...], PRACTICE] = ()


class Fee(Part):
    """A posted price: `amount` as a decimal string in `currency`."""

    label: Annotated[str, PRACTICE]
    amount: Annotated[str, PRACTICE]
    currency: Annotated[str, PRACTICE] = "EUR"


class PractitionerState(PublicEvent):
    """The full public state of a practitioner (so that the topic may be compacted)."""

    topic: ClassVar[str] = "directory.practitioners.v1"
    key: ClassVar[str] = "practitioner_id"

    practitioner_id: Id
    status: Annotated[Literal["listed", "registered"], PRACTICE]
    title: Annotated[str, PRACTICE] = ""
    first_name: Annotated[str, PRACTICE]
    last_name: Annotated[str, PRACTICE]
    speciality: Annotated[str, PRACTICE]
    places: tuple[Place, ...] = ()
    sector: Annotated[str | None, PRACTICE] = None
    carte_vitale: Annotated[bool | None, PRACTICE] = None
    payment_means: Annotated[tuple[str, ...], PRACTICE] = ()
    languages: Annotated[tuple[str, ...], PRACTICE] = ()
    fees: tuple[Fee, ...] = ()
    modes: Annotated[tuple[Mode, ...], PRACTICE] = ()
    presentation: Annotated[str, PRACTICE] = ""


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
    reason: Annotated[str, PRACTICE]
