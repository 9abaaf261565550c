"""What a practice may say of itself, and what becomes of the page then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from directory.domain import phones
from directory.domain.gazetteer import Gazetteer, Point
from directory.domain.geometry import distance_m
from directory.domain.identity import place_id
from directory.domain.listing import city_of
from directory.domain.practitioner import Fee, Place, Practitioner
from directory.domain.rejections import AlreadyRegistered, InvalidField, NotRegistered
from directory.domain.territories import holidays_of

PAYMENT_MEANS = ("card", "contactless", "cash", "cheque", "transfer")
PLACES_MAX = 12
PIN_METRES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class PlaceEdit:
    """A place as it shall be. Without `id` it is a new one; `changes`: the members that were given."""

    id: str | None
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edit:
    """`changes`: members of the page that were given; `places`: all that there shall be, None for "as they are"."""

    changes: Mapping[str, Any]
    places: Sequence[PlaceEdit] | None = None


def claimed(page: Practitioner, edit: Edit, gazetteer: Gazetteer) -> Practitioner:
    """The listed page, now registered. Raises `AlreadyRegistered`, `InvalidField`."""
    if page.status == "registered":
        raise AlreadyRegistered
    return _edited(replace(page, status="registered", modes=page.modes or ("in_person",)), edit, gazetteer)


def changed(page: Practitioner, edit: Edit, gazetteer: Gazetteer) -> Practitioner:
    """The registered page with `edit` on it. Raises `NotRegistered`, `InvalidField`."""
    if page.status != "registered":
        raise NotRegistered
    return _edited(page, edit, gazetteer)


def _edited(page: Practitioner, edit: Edit, gazetteer: Gazetteer) -> Practitioner:
    changes = dict(edit.changes)
    if "fees" in changes:
        changes["fees"] = tuple(_fee(fee) for fee in changes["fees"])
    for name in ("payment_means", "languages", "modes"):
        if name in changes:
            changes[name] = tuple(dict.fromkeys(changes[name]))
    if edit.places is not None:
        changes["places"] = _places(page, edit.places, gazetteer)
    return replace(page, **changes)


def _fee(fee: Fee) -> Fee:
    return replace(fee, amount=f"{Decimal(fee.amount):.2f}")


def _places(page: Practitioner, edits: Sequence[PlaceEdit], gazetteer: Gazetteer) -> tuple[Place, ...]:
    known = {place.id: place for place in page.places}
    places: dict[str, Place] = {}
    for at, edit in enumerate(edits):
        field = f"places/{at}"
        if edit.id is None:
            place = _new(page, edit.changes, gazetteer, field)
        elif edit.id in known:
            place = _moved(known[edit.id], edit.changes, gazetteer, field)
        else:
            raise InvalidField(f"{field}/id", "unknown-place")
        if place.id in places:
            raise InvalidField(f"{field}/id", "twice")
        places[place.id] = place
    return tuple(places.values())


def _new(page: Practitioner, changes: Mapping[str, Any], gazetteer: Gazetteer, field: str) -> Place:
    for name in ("address", "postcode", "city"):
        if not changes.get(name):
            raise InvalidField(f"{field}/{name}", "missing")
    key = f"{page.id}/{changes['address']}/{changes['postcode']}"
    empty = Place(place_id(key), "", "", "", "", "", "", None, "", "")
    return _moved(empty, changes, gazetteer, field)


def _moved(place: Place, changes: Mapping[str, Any], gazetteer: Gazetteer, field: str) -> Place:
    given = dict(changes)
    if "access" in given:
        given["access"] = tuple(given["access"])
    moved = replace(place, **given)
    if (moved.postcode, moved.city) != (place.postcode, place.city):
        moved = _located(moved, gazetteer, field)
    if "point" in given:
        moved = _pinned(moved, given["point"], gazetteer, field)
    if given.get("phone"):
        number = phones.e164(given["phone"], moved.departement)
        if number is None:
            raise InvalidField(f"{field}/phone", "not-a-phone")
        moved = replace(moved, phone=number)
    return moved


def _pinned(place: Place, point: Point, gazetteer: Gazetteer, field: str) -> Place:
    """The place at the point of its door, which lies in or near its town: a wrong pin would win every search nearby."""
    commune = gazetteer.resolve(place.commune, place.postcode, place.city)
    if commune is not None and commune.point is not None and distance_m(commune.point, point) > PIN_METRES_MAX:
        raise InvalidField(f"{field}/position", "not-in-town")
    return replace(place, point=point)


def _located(place: Place, gazetteer: Gazetteer, field: str) -> Place:
    """The point, zone and holidays of the commune that the postal code and city name."""
    if not gazetteer.at_postcode(place.postcode):
        raise InvalidField(f"{field}/postcode", "unknown-postcode")
    commune = gazetteer.resolve("", place.postcode, place.city)
    if commune is None:
        raise InvalidField(f"{field}/city", "unknown-city")
    return replace(
        place,
        city=city_of(commune),
        commune=commune.code,
        departement=commune.departement,
        point=commune.point,
        zone=commune.zone,
        territory=holidays_of(commune.departement),
    )
