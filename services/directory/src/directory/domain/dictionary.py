"""What the words of a question can mean besides names and places: specialities and reasons for a visit."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from directory.domain.motives import REASONS, Reason
from directory.domain.normalise import plain
from directory.domain.specialities import BY_SLUG, SPECIALITIES, Speciality
from directory.domain.spelling import edits

PREFIX_LETTERS_MIN = 3
TYPO_LETTERS_MIN, TWO_TYPOS_LETTERS_MIN = 7, 10
"""Shorter words are not guessed: too many names are one letter away from them."""
AMBIGUOUS_MAX, CHOICE_MAX = 2, 8
"""So many specialities may be left by a word that is begun, or by the first word of their names (`chirurgien`)."""
_GENERAL = frozenset(("cabinet", "soins"))

# Who takes part of the same visits: offered beside the answer, never mixed into it.
RELATED = {
    "gynecologue": ("sage-femme",), "sage-femme": ("gynecologue",), "psychiatre": ("psychologue",),
    "psychologue": ("psychiatre", "psychotherapeute"), "masseur-kinesitherapeute": ("osteopathe",),
    "osteopathe": ("masseur-kinesitherapeute",), "ophtalmologue": ("orthoptiste",), "orthodontiste": ("dentiste",),
    "medecin-vasculaire": ("chirurgien-vasculaire",), "pediatre": ("medecin-generaliste",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase understood. Without a `reason` it names specialities: several are a choice to be offered."""

    specialities: tuple[Speciality, ...]
    reason: Reason | None = None


class Dictionary:
    """Every phrase of the tables; built once (a few milliseconds), read without a database."""

    def __init__(self) -> None:
        found: dict[str, Term] = {}
        for one in SPECIALITIES:
            for phrase in (one.label, one.label_en, one.slug, *one.words):
                known = found.get(plain(phrase), Term(()))
                if one not in known.specialities:
                    found[plain(phrase)] = Term((*known.specialities, one))
        for reason in REASONS:
            specialities = tuple(BY_SLUG[slug] for slug in reason.specialities)
            for phrase in (reason.label, reason.label_en, *reason.words):
                found.setdefault(plain(phrase), Term(specialities, reason))
        self._terms = found
        self._sorted = sorted(found)
        self._words = sorted(word for word in found if " " not in word and len(word) >= TYPO_LETTERS_MIN - 1)
        self.phrase_words_max = max(len(phrase.split()) for phrase in found)

    def exact(self, phrase: str) -> Term | None:
        """`phrase` is plain."""
        return self._terms.get(phrase) or self._terms.get(phrase.removesuffix("s"))

    def starting(self, prefix: str, most: int = 10) -> list[tuple[str, Term]]:
        """Phrases that begin with `prefix`, in order of the alphabet."""
        at = bisect_left(self._sorted, prefix)
        found: list[tuple[str, Term]] = []
        while at < len(self._sorted) and len(found) < most and self._sorted[at].startswith(prefix):
            found.append((self._sorted[at], self._terms[self._sorted[at]]))
            at += 1
        return found

    def begun(self, word: str) -> Term | None:
        """The specialities whose names begin so, when they are few enough to choose among."""
        if len(word) < PREFIX_LETTERS_MIN or word in _GENERAL:
            return None
        found = [(phrase, term) for phrase, term in self.starting(word, 60) if term.reason is None]
        specialities = _distinct(one for _, term in found for one in term.specialities)
        whole = _distinct(one for phrase, term in found if phrase.startswith(f"{word} ") for one in term.specialities)
        if 0 < len(specialities) <= AMBIGUOUS_MAX:
            return Term(specialities)
        return Term(whole) if 0 < len(whole) <= CHOICE_MAX else None

    def guessed(self, word: str) -> Term | None:
        """The speciality or reason that is meant by a misspelt long word."""
        if len(word) < TYPO_LETTERS_MIN:
            return None
        allowed = 2 if len(word) >= TWO_TYPOS_LETTERS_MIN else 1
        near = ((edits(word, known), known) for known in self._words if abs(len(known) - len(word)) <= allowed)
        best = min(near, default=(allowed + 1, ""))
        return self._terms[best[1]] if best[0] <= allowed else None


def _distinct(specialities: Iterable[Speciality]) -> tuple[Speciality, ...]:
    return tuple(dict.fromkeys(specialities))


def related(specialities: Sequence[Speciality]) -> tuple[Speciality, ...]:
    """Neighbours of a speciality, to be offered as another search."""
    slugs = (slug for one in specialities for slug in RELATED.get(one.slug, ()))
    return _distinct(BY_SLUG[slug] for slug in slugs if BY_SLUG[slug] not in specialities)
