"""Where a question is about: a town, a postal code, a departement, or a point on the map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from directory.domain.gazetteer import Commune, Gazetteer, Point

COMPARABLE = 5.0
"""Towns of one name are a choice when the larger has less than so many times the people of the smaller."""
CHOICE_POPULATION_MIN = 5_000
_DEPARTEMENT = re.compile(r"(?:\d{2}|2[ab]|9[78]\d)")
_POSTCODE = re.compile(r"\d{5}")


@dataclass(frozen=True, slots=True)
class Spot:
    """The middle of a search. `others`: towns that may have been meant as well."""

    label: str
    point: Point
    zone: str
    departement: str = ""
    postcode: str = ""
    population: int = 0
    others: tuple[Spot, ...] = ()


def spot_of(commune: Commune, others: Sequence[Commune] = ()) -> Spot | None:
    """None for the few communes whose point is not known."""
    if commune.point is None:
        return None
    more = tuple(spot for other in others if (spot := spot_of(other)) is not None)
    postcode = commune.postcodes[0] if commune.postcodes else ""
    return Spot(
        commune.name, commune.point, commune.zone, commune.departement, postcode, commune.population, others=more
    )


def find_spot(words: Sequence[str], gazetteer: Gazetteer) -> Spot | None:
    """What plain `words`, all of them, name: `49000`, `angers`, `angers 49`, `49000 angers`, `paris 11`, `49`."""
    text = " ".join(words)
    codes = [word for word in words if _POSTCODE.fullmatch(word)]
    rest = " ".join(word for word in words if word not in codes)
    if codes:
        there = gazetteer.at_postcode(codes[0])
        named = [one for one in gazetteer.named(rest) if one in there] if rest else []
        found = (*named, *(there if not rest or named else gazetteer.named(rest)))
        return spot_of(found[0]) if found else None
    if homonyms := gazetteer.named(text):
        return spot_of(homonyms[0], _comparable(homonyms))
    if _DEPARTEMENT.fullmatch(text):
        largest = gazetteer.of_departement(text.upper())
        return spot_of(largest) if largest else None
    *name, last = words
    if name and _DEPARTEMENT.fullmatch(last):
        within = [one for one in gazetteer.named(" ".join(name)) if one.departement == last.upper()]
        return spot_of(within[0]) if within else None
    return None


def guess_spot(words: Sequence[str], gazetteer: Gazetteer) -> Spot | None:
    """The town that misspelt or half-written `words` mean."""
    text = " ".join(words)
    near = gazetteer.near(text)
    if near is None and len(text) >= 3:
        near = next(iter(gazetteer.starting(text, 1)), None)
    return spot_of(near) if near else None


def _comparable(found: Sequence[Commune]) -> list[Commune]:
    first, *rest = found
    least = max(first.population / COMPARABLE, CHOICE_POPULATION_MIN)
    return [one for one in rest if one.population >= least and one.departement != first.departement]
