"""What one line of a question means: speciality or reason, place, and whatever is left is a name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from directory.domain.dictionary import Dictionary, Term
from directory.domain.gazetteer import Gazetteer
from directory.domain.identity import RPPS, luhn_holds
from directory.domain.motives import Reason
from directory.domain.normalise import plain
from directory.domain.places import Spot, find_spot, guess_spot
from directory.domain.specialities import Speciality

LETTERS_MAX, WORDS_MAX = 200, 10
TOWN_POPULATION_MIN, CITY_POPULATION_MIN = 20_000, 100_000
"""A word that is a name and a place is a place only when so many live there: fewer suffice beside other words."""
PLACE_LETTERS_MIN = 3
POSTCODE_DIGITS = 5
_TITLES = frozenset(("dr", "docteur", "docteurs", "pr", "professeur", "mme", "madame", "mlle", "monsieur", "mr"))
_FILLERS = frozenset(("a", "pres", "chez", "pour", "vers", "near", "in"))
_NUMBER = re.compile(r"\+?[\d\s.()/-]{6,}")
_RPPS = re.compile(r"\d{11}")


@dataclass(frozen=True, slots=True)
class Meaning:
    """`names`: words that are neither a speciality nor a place. `hopeless`: nothing can be meant by this."""

    specialities: tuple[Speciality, ...] = ()
    reason: Reason | None = None
    spot: Spot | None = None
    unknown_place: str = ""
    names: tuple[str, ...] = ()
    national_id: str | None = None
    hopeless: bool = False

    @property
    def is_choice(self) -> bool:
        """One word stood for several specialities: nobody is decided for."""
        return self.reason is None and len(self.specialities) > 1


def windows(question: str) -> set[str]:
    """Every run of words, joined: what to ask the dictionary of names about before `understand`."""
    words = _words(question)
    return {"".join(words[at:to]) for at in range(len(words)) for to in range(at + 1, len(words) + 1)}


def understand(
    question: str, where: str, names: Collection[str], dictionary: Dictionary, gazetteer: Gazetteer
) -> Meaning:
    """`names`: those of `windows(question)` that somebody bears."""
    spot, unknown = _where(where, gazetteer)
    if not question.strip():
        return Meaning(spot=spot, unknown_place=unknown)
    digits = re.sub(r"\D", "", question)
    if _NUMBER.fullmatch(question.strip()) and len(digits) > POSTCODE_DIGITS:
        return _of_number(digits, spot, unknown)
    words = _words(question)
    if not words:
        return Meaning(hopeless=True)
    term, rest = _terms(words, dictionary)
    if spot is None and not unknown:
        spot, rest = _place_in(rest, term is not None, names, gazetteer)
    if term is None:
        term, rest = _approximate(rest, names, dictionary)
    return Meaning(
        specialities=term.specialities if term else (),
        reason=term.reason if term else None,
        spot=spot,
        unknown_place=unknown,
        names=tuple(rest),
    )


def _words(question: str) -> list[str]:
    """Plain words without titles and fillers; none when the question is too long to be one."""
    words = plain(question).split() if len(question) <= LETTERS_MAX else []
    kept = [word for word in words if word not in _TITLES and word not in _FILLERS]
    return kept if len(kept) <= WORDS_MAX else []


def _of_number(digits: str, spot: Spot | None, unknown: str) -> Meaning:
    # Nobody is found by a phone number; an RPPS number is printed on every prescription.
    if _RPPS.fullmatch(digits) and luhn_holds(digits):
        return Meaning(national_id=RPPS + digits, spot=spot, unknown_place=unknown)
    return Meaning(hopeless=True)


def _where(where: str, gazetteer: Gazetteer) -> tuple[Spot | None, str]:
    words = plain(where).split() if len(where) <= LETTERS_MAX else []
    if not words:
        return None, where.strip()[:LETTERS_MAX]
    spot = find_spot(words, gazetteer) or guess_spot(words, gazetteer)
    return spot, "" if spot else where.strip()


def _runs(words: Sequence[str], longest: int) -> Iterator[tuple[int, int]]:
    """Where runs of words begin and end: the longest first, those at the end before those at the beginning."""
    for size in range(min(longest, len(words)), 0, -1):
        for at in range(len(words) - size, -1, -1):
            yield at, at + size


def _terms(words: list[str], dictionary: Dictionary) -> tuple[Term | None, list[str]]:
    """All that the dictionary knows, as one term (a reason narrows a speciality), and the words that are left."""
    term: Term | None = None
    rest = words
    while found := _longest(rest, dictionary):
        more, at, to = found
        rest = [*rest[:at], *rest[to:]]
        term = more if term is None else _both(term, more)
    return term, rest


def _longest(words: Sequence[str], dictionary: Dictionary) -> tuple[Term, int, int] | None:
    for at, to in _runs(words, dictionary.phrase_words_max):
        if term := dictionary.exact(" ".join(words[at:to])):
            return term, at, to
    return None


def _both(one: Term, other: Term) -> Term:
    shared = tuple(speciality for speciality in one.specialities if speciality in other.specialities)
    named = one if one.reason is None else other
    return Term(shared or named.specialities, one.reason or other.reason)


def _place_in(
    words: list[str], beside_term: bool, names: Collection[str], gazetteer: Gazetteer
) -> tuple[Spot | None, list[str]]:
    for at, to in _runs(words, gazetteer.names_words_max):
        run = words[at:to]
        if sum(map(len, run)) < PLACE_LETTERS_MIN and not run[0][0].isdigit():
            continue
        spot = find_spot(run, gazetteer)
        if spot is None:
            continue
        alone = not beside_term and len(run) == len(words)
        least = CITY_POPULATION_MIN if alone else TOWN_POPULATION_MIN
        if spot.population < least and _is_name(words, at, to, names):
            continue
        return spot, [*words[:at], *words[to:]]
    return None, words


def _is_name(words: Sequence[str], at: int, to: int, names: Collection[str]) -> bool:
    """Whether the run, or a longer one around it, is borne as a name (`la tour` within `de la tour`)."""
    return any("".join(words[first:last]) in names for first in range(at + 1) for last in range(to, len(words) + 1))


def _approximate(words: list[str], names: Collection[str], dictionary: Dictionary) -> tuple[Term | None, list[str]]:
    for at, word in enumerate(words):
        if word in names:
            continue
        if term := dictionary.begun(word) or dictionary.guessed(word):
            return term, [*words[:at], *words[at + 1 :]]
    return None, words
