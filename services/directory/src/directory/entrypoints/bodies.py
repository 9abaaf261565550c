"""What comes in over HTTP: closed bodies, read into the domain's edits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from service_kit.http import Body

from directory.domain.practitioner import Fee, Mode
from directory.domain.registration import PLACES_MAX, Edit, PlaceEdit

# PostgreSQL's JSON takes no NUL, and no reader needs the other control characters.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Line = Annotated[str, Field(max_length=200, pattern=_LINE)]
Sector = Literal[
    "secteur-1", "secteur-1-depassement", "secteur-2", "secteur-2-optam", "conventionne", "non-conventionne"
]
Language = Literal[
    "fr", "en", "es", "de", "it", "pt", "ar", "ru", "zh", "tr", "pl", "ro", "nl", "vi", "uk", "ber", "fsl"
]
PaymentMeans = Literal["card", "contactless", "cash", "cheque", "transfer"]


class FeeBody(Body):
    label: Annotated[str, Field(min_length=1, max_length=120, pattern=_LINE)]
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,5}([.][0-9]{1,2})?$", description="for example 30.00")]
    currency: Literal["EUR", "XPF"] = "EUR"


class PositionBody(Body):
    """WGS 84 degrees."""

    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class PlaceBody(Body):
    """A place of the page, named by its `id`, with what shall change of it; without `id`, a new place."""

    id: Annotated[str, Field(min_length=1, max_length=64, pattern=_LINE)] | None = None
    name: Line | None = None
    address: Line | None = None
    postcode: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    city: Line | None = None
    phone: Annotated[str, Field(max_length=40, pattern=_LINE)] | None = None
    access: Annotated[list[Line], Field(max_length=12)] | None = None
    accessible: bool | None = Field(None, description="for wheelchairs; null: not known")
    position: PositionBody | None = Field(None, description="the door; without it, the middle of the town")

    def edit(self) -> PlaceEdit:
        """Null forgets a phone or whether the place is accessible; anything else null is as if it were not there."""
        given = self.model_dump(exclude={"id", "position"}, exclude_unset=True)
        if self.position is not None:
            given["point"] = (self.position.lat, self.position.lon)
        forgettable = {name: given[name] for name in ("phone", "accessible") if name in given}
        return PlaceEdit(self.id, {name: value for name, value in given.items() if value is not None} | forgettable)


class PageBody(Body):
    """What a practice says of itself. A member that is not there stays as it is; `places` are all that there are."""

    places: Annotated[list[PlaceBody], Field(min_length=1, max_length=PLACES_MAX)] | None = None
    sector: Sector | None = None
    carte_vitale: bool | None = None
    payment_means: Annotated[list[PaymentMeans], Field(max_length=5)] | None = None
    languages: Annotated[list[Language], Field(max_length=17)] | None = None
    fees: Annotated[list[FeeBody], Field(max_length=60)] | None = None
    modes: Annotated[list[Mode], Field(min_length=1, max_length=2)] | None = None
    presentation: Annotated[str, Field(max_length=4000, pattern=_TEXT)] | None = None
    new_patients: bool | None = Field(None, description="whether new patients are taken; null: not said")

    def edit(self) -> Edit:
        """Null forgets the sector, the card and whether new patients are taken."""
        given = self.model_dump(exclude={"places", "fees"}, exclude_unset=True)
        forgettable = {name: given[name] for name in ("sector", "carte_vitale", "new_patients") if name in given}
        changes = {name: value for name, value in given.items() if value is not None} | forgettable
        if self.fees is not None:
            changes["fees"] = [Fee(fee.label, fee.amount, fee.currency) for fee in self.fees]
        return Edit(changes, None if self.places is None else [place.edit() for place in self.places])


class RecommendationBody(Body):
    """Nothing: a recommendation says no more than itself."""
