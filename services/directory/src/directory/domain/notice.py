"""What a result list says besides its rows: that it reaches further, that a word was not understood, what to choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from directory.domain.places import Spot
from directory.domain.question import Meaning
from directory.domain.specialities import Speciality

Kind = Literal[
    "unknown-place", "guessed-place", "unknown-words", "several-places", "several-specialities", "approximate-name",
    "many", "widened", "no-place", "nothing-found",
]  # fmt: skip

_SENTENCES: dict[Kind, tuple[str, str]] = {
    "unknown-place": (
        "Place not found: {words}. Check the spelling, or give a postal code.",
        "Lieu introuvable : {words}. Vérifiez l'orthographe ou donnez un code postal.",
    ),
    "guessed-place": ("Results near {words}.", "Résultats près de {words}."),
    "unknown-words": (
        "Nothing answers to: {words}.",
        "Aucun résultat pour : {words}.",
    ),
    "several-places": ("Several towns bear this name: choose one.", "Plusieurs villes portent ce nom : choisissez."),
    "several-specialities": (
        "Several specialities answer to this word: choose one.",
        "Plusieurs spécialités répondent à ce mot : choisissez.",
    ),
    "approximate-name": ("Nobody bears exactly this name; these are alike.", "Aucun nom identique ; noms approchants."),
    "many": ("Many people bear this name: add a first name.", "Ce nom est très porté : ajoutez un prénom."),
    "widened": (
        "Few results near there: the search now reaches {words}.",
        "Peu de résultats à proximité : recherche élargie à {words}.",
    ),
    "no-place": (
        "Say where, to see who is near.",
        "Indiquez un lieu ou votre position pour voir qui est près de vous.",
    ),
    "nothing-found": (
        "Nothing was found. Try a speciality, a name or a town.",
        "Aucun résultat. Essayez une spécialité, un nom ou une ville.",
    ),
}


@dataclass
class Notices:
    """Collected on the way; said in the order in which they stand in `Kind`."""

    said: dict[Kind, str] = field(default_factory=dict)
    km: int | None = None

    def add(self, kind: Kind, words: str = "") -> None:
        self.said[kind] = words

    def widened_to(self, km: int | None) -> None:
        self.km = km
        self.said["widened"] = f"{km} km" if km else ""

    def sentence(self, language: str) -> str:
        """All of it for a reader of `language` (`en` or `fr`)."""
        everywhere = "all of France" if language == "en" else "toute la France"
        return " ".join(
            texts[language != "en"].format(words=self.said[kind] or everywhere)
            for kind, texts in _SENTENCES.items()
            if kind in self.said
        )

    @property
    def kinds(self) -> list[Kind]:
        return [kind for kind in _SENTENCES if kind in self.said]


def notices_of(meaning: Meaning) -> Notices:
    """What is to be said of the question itself, before anything is looked up."""
    notices = Notices()
    if meaning.unknown_place:
        notices.add("unknown-place", meaning.unknown_place)
    if meaning.spot and meaning.spot.others:
        notices.add("several-places")
    if meaning.is_choice:
        notices.add("several-specialities")
    return notices


def places_to_choose(meaning: Meaning) -> tuple[Spot, ...]:
    """The towns of one name, the largest first."""
    return (meaning.spot, *meaning.spot.others) if meaning.spot and meaning.spot.others else ()


def specialities_to_choose(meaning: Meaning) -> tuple[Speciality, ...]:
    """The specialities that one word stood for."""
    return meaning.specialities if meaning.is_choice else ()
