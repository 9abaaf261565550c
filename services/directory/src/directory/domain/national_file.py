"""One line of the national directory (PS_LibreAcces Personne_activite): kept, left out, or refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from directory.domain.identity import ADELI, RPPS, luhn_holds
from directory.domain.normalise import slug
from directory.domain.specialities import speciality_of


@dataclass(frozen=True, slots=True)
class Activity:
    """What is kept of a line, as written: one person x activity x place x skill (columns: see `_KEYS`)."""

    national_id: str
    civility: str
    last_name: str
    first_name: str
    profession: str
    skill: str
    structure: str
    former_structure: str
    company: str
    sign: str
    recipient: str
    building: str
    number: str
    repetition: str
    street_type: str
    street: str
    distribution: str
    cedex: str
    postcode: str
    commune: str
    city: str
    country: str
    phone: str
    phone_2: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sound line that is not for patients: `why` is counted, not reported."""

    why: str


class BadRow(Exception):
    """A line that cannot be read; the message is the reason, without anything of the person's."""


class WrongFile(Exception):
    """Not this kind of file at all: the import does not start."""


# Where each kept or needed thing stands; the wording drifts, so that the slug of a header loses its trimmings.
_KEYS = {
    "id_type": "type_identifiant_pp", "identifier": "identifiant_pp", "national_id": "identification_nationale_pp",
    "civility": "code_civilite_exercice", "last_name": "nom_exercice", "first_name": "prenom_exercice",
    "profession": "code_profession", "category": "code_categorie_professionnelle", "skill": "code_savoir_faire",
    "way": "code_mode_exercice", "structure": "identifiant_technique", "former_structure": "ancien_identifiant",
    "company": "raison_sociale_site", "sign": "enseigne_commerciale_site", "recipient": "complement_destinataire",
    "building": "complement_point_geographique", "number": "numero_voie", "repetition": "indice_repetition_voie",
    "street_type": "libelle_type_voie", "street": "libelle_voie", "distribution": "mention_distribution",
    "cedex": "bureau_cedex", "postcode": "code_postal", "commune": "code_commune", "city": "libelle_commune",
    "country": "code_pays", "phone": "telephone", "phone_2": "telephone_2", "sector": "code_secteur_activite",
}  # fmt: skip
_MAY_MISS = frozenset(("skill", "former_structure", "phone_2", "category", "recipient", "building", "country"))
_TRIMMINGS = re.compile(r"(?<=_)(?:d|de|la|coord|structure)(?:_|$)")
_KEPT = tuple(field.name for field in fields(Activity))
_RPPS = re.compile(r"\d{11}")
_ADELI = re.compile(r"[0-9AB]{9}")
_FRANCE = frozenset(("", "99000", "99100"))
_LIBERAL_PLACES = frozenset(("SA07", "SA08", "SA09", "SA52"))
_HEALTH_CENTRE = "SA05"


def column_key(header: str) -> str:
    """`Code Département (coord. Structure)` and `Code département (structure)` are both `code_departement`."""
    return _TRIMMINGS.sub("", slug(header)).strip("_")


class Columns:
    """Where everything stands in this edition of the file, learned from its header line."""

    def __init__(self, header: str) -> None:
        """Raises `WrongFile` when a column that the import needs is not there."""
        names = [column_key(part) for part in header.rstrip("\r\n").split("|")]
        self._closed = names[-1] == ""  # a separator ends the header, so one ends every line
        self.count = len(names) - self._closed
        at = {name: index for index, name in reversed(list(enumerate(names)))}
        missing = [key for what, key in _KEYS.items() if key not in at and what not in _MAY_MISS]
        if missing:
            raise WrongFile(f"columns that the import needs are missing: {', '.join(missing)}")
        self._at = {what: at.get(key) for what, key in _KEYS.items()}

    def read(self, line: str) -> Activity | LeftOut:
        """What a line says. Raises `BadRow` for one that cannot be read."""
        parts = line.rstrip("\r\n").split("|")
        if self._closed and parts[-1] == "":
            parts.pop()
        if len(parts) != self.count:
            raise BadRow(f"{len(parts)} columns instead of {self.count}")
        row = {what: "" if at is None else parts[at].strip() for what, at in self._at.items()}
        if why := _not_a_person(row):
            return LeftOut(why)
        _check_identity(row)
        if why := _not_for_patients(row):
            return LeftOut(why)
        return Activity(*(row[name] for name in _KEPT))


def _not_a_person(row: dict[str, str]) -> str | None:
    if row["id_type"] in ("3", "5"):
        return "people with a role in a structure"
    return None


def _check_identity(row: dict[str, str]) -> None:
    kind, identifier = row["id_type"], row["identifier"]
    if kind == RPPS:
        if not _RPPS.fullmatch(identifier) or not identifier.isascii():
            raise BadRow("an RPPS number has 11 digits")
        if not luhn_holds(identifier):
            raise BadRow("the RPPS number fails its Luhn key")
    elif kind == ADELI:
        if not _ADELI.fullmatch(identifier):
            raise BadRow("an ADELI number has 9 characters")
    else:
        raise BadRow("the type of identifier is none of 0, 3, 5, 8")
    if row["national_id"] != kind + identifier:
        raise BadRow("the national identifier is not the type followed by the identifier")
    if not row["last_name"]:
        raise BadRow("the name is empty")


def _not_for_patients(row: dict[str, str]) -> str | None:
    """The bookable filter: who practises on their own account in a practice, or salaried in a health centre."""
    if row["category"] == "E":
        return "students"
    if speciality_of(row["profession"], frozenset()) is None:
        return "professions that take no appointments"
    liberal = row["way"] == "L" and row["sector"] in _LIBERAL_PLACES
    if not liberal and not (row["way"] == "S" and row["sector"] == _HEALTH_CENTRE):
        return "not a practice that takes appointments"
    if row["country"] not in _FRANCE:
        return "addresses abroad"
    if not any(row[what] for what in ("postcode", "commune", "cedex", "city")):
        return "no place"
    return None


def activity_of(values: Sequence[str]) -> Activity:
    """An activity from its values in the order of its fields, as the import keeps them."""
    return Activity(*values)
