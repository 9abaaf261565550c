"""What the services answer, as far as a page needs it. Unknown members are ignored, so that they may add some."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field

Mode = Literal["in_person", "video"]


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Position(Shape):
    lat: float
    lon: float


class Place(Shape):
    id: str
    name: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    position: Position | None = None
    zone: str = "Europe/Paris"
    phone: str | None = None
    access: tuple[str, ...] = ()
    accessible: bool | None = None

    @property
    def one_line(self) -> str:
        """The address as one writes it on one line."""
        town = f"{self.postcode} {self.city}".strip()
        return ", ".join(part for part in (self.address, town) if part)


class NextAvailable(Shape):
    start: AwareDatetime
    agenda_id: str | None = None
    motive_id: str | None = None
    mode: Mode = "in_person"


class Card(Shape):
    """A practitioner in a list of results. `distance_m`: metres, None without a place to measure from."""

    id: str
    status: Literal["listed", "registered"]
    name: str
    speciality: str = ""
    place: Place | None = None
    distance_m: float | None = None
    sector: str | None = None
    modes: tuple[str, ...] = ()
    next_available: NextAvailable | None = None


class Choice(Shape):
    """Another question to ask: `q` and `where` as they go into the two boxes."""

    label: str
    q: str = ""
    where: str = ""


class Notice(Shape):
    """What is to be said about a list of results."""

    detail: str
    choices: tuple[Choice, ...] = ()


class Results(Shape):
    items: tuple[Card, ...] = ()
    next: str | None = None
    notice: Notice | None = None


class Money(Shape):
    amount: str
    currency: str = "EUR"


class Fee(Money):
    label: str


class Profile(Shape):
    """The public page of a practitioner. None stands for "not known"."""

    id: str
    status: Literal["listed", "registered"]
    name: str
    speciality: str = ""
    places: tuple[Place, ...] = ()
    sector_label: str | None = None
    carte_vitale: bool | None = None
    payment_means: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    fees: tuple[Fee, ...] = ()
    modes: tuple[str, ...] = ()
    presentation: str = ""
    new_patients: bool | None = None

    def place(self, place_id: str | None) -> Place | None:
        """The place of that id; the first where there is none such (a video agenda may have none)."""
        found = next((place for place in self.places if place.id == place_id), None)
        return found or (self.places[0] if self.places else None)


class Question(Shape):
    id: str
    text: str
    required: bool = False


class SecondVisit(Shape):
    """A visit of `motive_id` that is booked with the first, so many local dates later, in the same agenda."""

    motive_id: str
    days_min: int
    days_max: int


class Motive(Shape):
    id: str
    name: str
    minutes: int = Field(validation_alias=AliasChoices("minutes", "duration_minutes"))
    modes: tuple[Mode, ...] = ("in_person",)
    price: Money | None = None
    booking: Literal["everyone", "known_patients", "staff"] = "everyone"
    instructions_before: str = ""
    instructions_after: str = ""
    questions: tuple[Question, ...] = ()
    cancel_until_minutes: int = 0
    move_until_minutes: int | None = None
    second_visit: SecondVisit | None = None
    on_request: bool = False

    @property
    def by_practice(self) -> bool:
        """Only staff book and move it."""
        return self.booking == "staff"

    @property
    def is_shown(self) -> bool:
        """Patients book it online, or ask the practice for it; the others are the practice's own affair."""
        return self.on_request or not self.by_practice


class Agenda(Shape):
    id: str
    practitioner_id: str = ""
    place_id: str | None = None
    zone: str = "Europe/Paris"


class Slot(Shape):
    agenda_id: str
    start: AwareDatetime
    end: AwareDatetime | None = None
    mode: Mode = "in_person"
    offer: int | None = None
    held_by_you: bool = False


class Slots(Shape):
    offers: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    next_slot: Slot | None = None
    zone: str = "Europe/Paris"


class Hold(Shape):
    id: str
    agenda_id: str
    practitioner_id: str
    place_id: str | None = None
    zone: str = "Europe/Paris"
    start: AwareDatetime
    end: AwareDatetime | None = None
    motive_id: str
    mode: Mode = "in_person"
    expires_at: AwareDatetime
    extended: bool = False
    linked_to: str | None = None


class Visited(Shape):
    """A visit of a person's, booked or asked for."""

    id: str
    agenda_id: str
    practitioner_id: str
    place_id: str | None = None
    start: AwareDatetime
    zone: str = "Europe/Paris"
    motive_id: str
    mode: Mode = "in_person"
    person_id: str


class Appointment(Visited):
    end: AwareDatetime
    state: Literal["confirmed", "cancelled", "honoured", "missed"]
    version: int = 1
    linked_to: str | None = None


class VisitRequest(Visited):
    """A visit that was asked for. `start` is another than `wished_start` where the practice approved another."""

    state: Literal["pending", "approved", "declined", "withdrawn", "lapsed"]
    wished_start: AwareDatetime
    appointment_id: str | None = None


class VisitRequestDetail(VisitRequest):
    """`message`: what the patient wrote. `reason`: why the practice declined."""

    message: str | None = None
    reason: str | None = None


class EarlierSlot(Shape):
    """A time before the present one, to be had until `expires_at` by whoever is first."""

    id: str
    start: AwareDatetime
    zone: str = "Europe/Paris"
    expires_at: AwareDatetime


class EarlierSlots(Shape):
    """`waiting`: whether the patient is told when more become free."""

    waiting: bool
    items: tuple[EarlierSlot, ...] = ()


class Person(Shape):
    """Somebody that the account may book for; `relation` is `self` for its owner."""

    id: str
    relation: Literal["self", "child", "parent", "other"] = "self"
    first_name: str
    last_name: str
    birth_date: date | None = None
    sex: str | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Tokens(Shape):
    access_token: str
    expires_in: int
    refresh_token: str = ""
    session_id: str = ""
