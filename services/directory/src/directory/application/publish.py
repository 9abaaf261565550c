"""From a practitioner to what the rest of Rendezvous hears of them."""

from __future__ import annotations

from booking_events import directory as language

from directory.domain.practitioner import Place, Practitioner


def listed(practitioner: Practitioner) -> language.PractitionerListed:
    return language.PractitionerListed.model_validate(_state(practitioner))


def registered(practitioner: Practitioner) -> language.PractitionerRegistered:
    return language.PractitionerRegistered.model_validate(_state(practitioner))


def profile_changed(practitioner: Practitioner) -> language.PractitionerProfileChanged:
    return language.PractitionerProfileChanged.model_validate(_state(practitioner))


def withdrawn(practitioner_id: str, reason: str) -> language.PractitionerWithdrawn:
    return language.PractitionerWithdrawn(practitioner_id=practitioner_id, reason=reason)


def _state(one: Practitioner) -> dict[str, object]:
    return {
        "practitioner_id": one.id,
        "status": one.status,
        "title": one.title,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "speciality": one.speciality,
        "places": [_place(place) for place in one.places],
        "sector": one.sector,
        "carte_vitale": one.carte_vitale,
        "payment_means": one.payment_means,
        "languages": one.languages,
        "fees": [{"label": fee.label, "amount": fee.amount, "currency": fee.currency} for fee in one.fees],
        "modes": one.modes,
        "presentation": one.presentation,
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "id": place.id,
        "name": place.name,
        "address": place.address,
        "postcode": place.postcode,
        "city": place.city,
        "commune": place.commune or None,
        "position": {"lat": place.point[0], "lon": place.point[1]} if place.point else None,
        "zone": place.zone,
        "territory": place.territory,
        "phone": place.phone,
        "access": place.access,
    }
