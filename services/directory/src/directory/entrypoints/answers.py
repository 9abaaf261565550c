"""What goes out over HTTP, as the OpenAPI document describes it."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from directory.domain.notice import Kind
from directory.domain.practitioner import Mode, Status


class Position(BaseModel):
    lat: float
    lon: float


class CardPlace(BaseModel):
    id: str
    name: str
    address: str
    postcode: str
    city: str
    position: Position | None
    zone: str


class NextAvailable(BaseModel):
    start: AwareDatetime
    agenda_id: str
    motive_id: str
    mode: Mode


class CardAnswer(BaseModel):
    """A practitioner at one place. `distance_m`: null without a place to measure from."""

    id: str
    status: Status
    name: str
    speciality: str
    speciality_code: str
    place: CardPlace
    distance_m: int | None
    sector: str | None
    modes: list[Mode]
    next_available: NextAvailable | None
    next_available_as_of: AwareDatetime | None


class Choice(BaseModel):
    """Another question to ask: `q` and `where` as they go into the two boxes."""

    label: str
    q: str
    where: str
    zone: str | None = None


class Notice(BaseModel):
    """What is to be said about a list. `radius_km`: how far it reaches now, null for all of France."""

    kinds: list[Kind]
    detail: str
    radius_km: int | None
    choices: list[Choice]


class Related(BaseModel):
    code: str
    label: str


class ResultsAnswer(BaseModel):
    items: list[CardAnswer]
    next: str | None
    notice: Notice | None
    related: list[Related]


class PlaceAnswer(CardPlace):
    phone: str | None
    phone_written: str | None
    access: list[str]
    accessible: bool | None


class FeeAnswer(BaseModel):
    label: str
    amount: str
    currency: str


class PageAnswer(BaseModel):
    """A public page. Of a listed practitioner: public facts, and where to recommend that they join."""

    id: str
    status: Status
    name: str
    title: str
    first_name: str
    last_name: str
    speciality: str
    speciality_code: str
    places: list[PlaceAnswer]
    sector: str | None
    sector_label: str | None
    carte_vitale: bool | None
    payment_means: list[str]
    languages: list[str]
    fees: list[FeeAnswer]
    modes: list[Mode]
    presentation: str
    new_patients: bool | None
    recommend: str | None


class SpecialitySuggestion(BaseModel):
    code: str
    label: str


class MotiveSuggestion(BaseModel):
    label: str
    specialities: list[str]


class PractitionerSuggestion(BaseModel):
    id: str
    name: str
    speciality: str
    city: str
    status: Status


class PlaceSuggestion(BaseModel):
    """A town (`id`: its INSEE code) or a practice."""

    kind: Literal["commune", "practice"]
    id: str
    label: str
    postcode: str
    city: str


class SuggestionsAnswer(BaseModel):
    specialities: list[SpecialitySuggestion]
    motives: list[MotiveSuggestion]
    practitioners: list[PractitionerSuggestion]
    places: list[PlaceSuggestion]


class RecommendedAnswer(BaseModel):
    status: Literal["accepted"]
