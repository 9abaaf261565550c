"""The communes of France: which one a code, a postal code or a written place name means."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from directory.domain.normalise import place_words
from directory.domain.spelling import edits, shorter
from directory.domain.territories import zone_of

Point = tuple[float, float]
"""Latitude and longitude, WGS 84 degrees."""

_WITH_ARRONDISSEMENTS = {"75056": ("75", "paris"), "69123": ("69", "lyon"), "13055": ("13", "marseille")}
GUESSED_POPULATION_MIN, GUESSED_LETTERS_MIN = 2_000, 5
"""Misspelt names are understood of towns only; a hamlet's name is one letter away from too much."""
_CEDEX = re.compile(r"\bcedex\b.*$")


@dataclass(frozen=True, slots=True)
class Commune:
    """`exact`: the point is the commune's own, not the mean of its postal code."""

    code: str
    name: str
    departement: str
    postcodes: tuple[str, ...]
    population: int
    point: Point | None
    exact: bool = True

    @property
    def zone(self) -> str:
        return zone_of(self.departement, self.code)


class Gazetteer:
    """Every commune and the arrondissements of Paris, Lyon and Marseille. Lists are in order of population."""

    def __init__(self, communes: Iterable[Commune]) -> None:
        self._by_code: dict[str, Commune] = {}
        self._by_postcode: dict[str, list[Commune]] = defaultdict(list)
        self._by_name: dict[str, list[Commune]] = defaultdict(list)
        for commune in sorted(communes, key=lambda one: -one.population):
            self._by_code[commune.code] = commune
            for name in _names(commune):
                self._by_name[name].append(commune)
            for postcode in commune.postcodes:
                if commune.code not in _WITH_ARRONDISSEMENTS:
                    self._by_postcode[postcode].append(commune)
        self._misspelt: dict[str, list[str]] = defaultdict(list)
        for name, many in self._by_name.items():
            if many[0].population >= GUESSED_POPULATION_MIN and len(name) >= GUESSED_LETTERS_MIN:
                for key in {name.replace(" ", ""), *shorter(name.replace(" ", ""))}:
                    self._misspelt[key].append(name)
        self.names_words_max = max((len(name.split()) for name in self._by_name), default=0)

    def coded(self, code: str) -> Commune | None:
        """By INSEE code; an arrondissement has its own."""
        return self._by_code.get(code)

    def at_postcode(self, postcode: str) -> Sequence[Commune]:
        """Those that share a postal code, arrondissements instead of their city."""
        return self._by_postcode.get(postcode, ())

    def named(self, name: str) -> Sequence[Commune]:
        """By name in any writing: accents, case, hyphens and `St` do not matter."""
        return self._by_name.get(place_words(name), ())

    def starting(self, prefix: str, most: int) -> list[Commune]:
        """The most populous whose name begins with `prefix` (in any writing)."""
        wanted = place_words(prefix)
        found = {one.code: one for name, many in self._by_name.items() if name.startswith(wanted) for one in many}
        return sorted(found.values(), key=lambda one: -one.population)[:most]

    def near(self, written: str) -> Commune | None:
        """The most populous town whose name is one letter away from `written`, or differs in its spaces only."""
        key = place_words(written).replace(" ", "")
        if len(key) < GUESSED_LETTERS_MIN - 1:
            return None
        names = {name for one in (key, *shorter(key)) for name in self._misspelt.get(one, ())}
        found = [self._by_name[name][0] for name in names if edits(key, name.replace(" ", "")) <= 1]
        return max(found, key=lambda one: one.population, default=None)

    def of_departement(self, departement: str) -> Commune | None:
        """The largest commune of a departement; None for a number that is none."""
        return next((one for one in self._by_code.values() if one.departement == departement), None)

    def resolve(self, code: str, postcode: str, *written: str) -> Commune | None:
        """The commune of an address. `written`: its name as it was given; CEDEX and a leading code may stand in it.

        The code decides, then name and postal code together, then the name in the departement of the code, then the
        largest commune of the postal code.
        """
        names = [_bare(text) for text in written if _bare(text)]
        candidates = self.at_postcode(postcode)
        if found := self._by_code.get(code):
            return self._arrondissement(found, postcode) or found
        for name in names:
            for one in candidates:
                if name in _names(one):
                    return one
        for name in names:
            same = [one for one in self._by_name.get(name, ()) if postcode.startswith(one.departement.rstrip("AB"))]
            if same:
                return self._arrondissement(same[0], postcode) or same[0]
        return candidates[0] if candidates else None

    def _arrondissement(self, city: Commune, postcode: str) -> Commune | None:
        return next(iter(self.at_postcode(postcode)), None) if city.code in _WITH_ARRONDISSEMENTS else None


def _bare(text: str) -> str:
    """`49033 ANGERS CEDEX 9` -> `angers`."""
    return place_words(re.sub(r"^\s*\d{5}\s+", "", _CEDEX.sub("", text.lower())))


def _names(commune: Commune) -> list[str]:
    """The ways of writing a commune's name: with and without its article, `paris 11` for an arrondissement."""
    words = place_words(commune.name)
    names = [words]
    for article in ("l ", "la ", "le ", "les "):
        if words.startswith(article):
            names += [words.removeprefix(article), words.replace(" ", "", 1)] if article == "l " else []
    if match := re.match(r"^(paris|lyon|marseille) (\d+)(er|e) arrondissement$", words):
        names += [f"{match[1]} {match[2]}", f"{match[1]} {match[2]}{match[3]}", f"{match[1]} {match[2]}eme"]
    return names
