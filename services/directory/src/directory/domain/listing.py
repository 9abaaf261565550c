"""From the lines of one person in the national directory to the practitioner who is listed."""

from __future__ import annotations

from collections.abc import Sequence

from directory.domain import names, phones
from directory.domain.gazetteer import Commune, Gazetteer
from directory.domain.identity import place_id, practitioner_id
from directory.domain.national_file import Activity, BadRow
from directory.domain.practitioner import Place, Practitioner
from directory.domain.specialities import speciality_of
from directory.domain.territories import holidays_of

RULES = 1
"""Raise it when the reading changes, so that rows which have not changed are read again."""

_TITLES = {"DR": "Dr", "PR": "Pr"}
_CAPITALS = frozenset(("scm", "selarl", "sel", "scp", "msp", "sas", "sarl", "sisa", "cds", "cms", "gie", "ii", "iii"))


def listed(activities: Sequence[Activity], gazetteer: Gazetteer) -> tuple[Practitioner, list[str]]:
    """The practitioner behind `activities` (all of one person), and remarks on what had to be left out.

    Raises `BadRow` when no speciality or no place can be made of them.
    """
    first = activities[0]
    speciality = speciality_of(first.profession, frozenset(one.skill for one in activities if one.skill))
    if speciality is None:
        raise BadRow("the skills are of no speciality that takes appointments")
    person = practitioner_id(first.national_id)
    places: dict[str, Place] = {}
    remarks: list[str] = []
    for activity in activities:
        place = _place(activity, person, gazetteer, remarks)
        if place is not None and place.id not in places:
            places[place.id] = place
    if not places:
        raise BadRow("; ".join(sorted(set(remarks))))
    title = next((_TITLES[one.civility] for one in activities if one.civility in _TITLES), "")
    practitioner = Practitioner(
        id=person,
        national_id=first.national_id,
        status="listed",
        title=title,
        first_name=names.written(first.first_name),
        last_name=names.written(first.last_name),
        speciality=speciality.slug,
        places=tuple(places[key] for key in sorted(places)),
    )
    return practitioner, remarks


def _place(activity: Activity, person: str, gazetteer: Gazetteer, remarks: list[str]) -> Place | None:
    cedex_code, _, cedex_city = activity.cedex.partition(" ")
    postcode = activity.postcode or (cedex_code if cedex_code.isdigit() else "")
    commune = gazetteer.resolve(activity.commune, postcode, activity.city, cedex_city or activity.cedex)
    if commune is None:
        remarks.append("no commune is known by this code, postal code or name")
        return None
    address = address_of(activity)
    structure = activity.structure or activity.former_structure or f"{person}/{address}/{commune.code}"
    return Place(
        id=place_id(structure),
        name=establishment(activity.sign or activity.company),
        address=address,
        postcode=geographic(postcode, commune),
        city=city_of(commune),
        commune=commune.code,
        departement=commune.departement,
        point=commune.point,
        zone=commune.zone,
        territory=holidays_of(commune.departement),
        phone=_phone(activity, commune, remarks),
    )


def address_of(activity: Activity) -> str:
    """`12 bis Rue Imaginaire`; what else is written when there is no street."""
    number = " ".join(part for part in (activity.number, activity.repetition.lower()) if part)
    kind = activity.street_type.upper() if activity.street == activity.street.upper() else activity.street_type
    way = names.street(f"{kind} {activity.street}".strip())
    rest = activity.distribution or activity.building or activity.recipient
    return f"{number} {way}".strip() or names.street(rest)


def geographic(postcode: str, commune: Commune) -> str:
    """A postal code of the commune: a CEDEX code is a letter-box and says nothing about where it is."""
    return postcode if postcode in commune.postcodes or not commune.postcodes else commune.postcodes[0]


def city_of(commune: Commune) -> str:
    """`Paris` for each of its arrondissements."""
    return commune.name.split(" ")[0] if "Arrondissement" in commune.name else commune.name


def establishment(text: str) -> str:
    """The name of a practice in readable case; initials stay capitals."""
    if text != text.upper():
        return " ".join(text.split())
    words = names.street(text).split(" ")
    return " ".join(word.upper() if word.lower() in _CAPITALS else word for word in words)


def _phone(activity: Activity, commune: Commune, remarks: list[str]) -> str | None:
    written = [text for text in (activity.phone, activity.phone_2) if text]
    for text in written:
        if number := phones.e164(text, commune.departement):
            return number
    if written:
        remarks.append("the phone is no number that can be called; the row is kept without it")
    return None
