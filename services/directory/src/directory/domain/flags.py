"""What a filter asks, as bits that the index carries (column `avail.flags`)."""

from __future__ import annotations

from directory.domain.practitioner import Mode, Place, Practitioner

MODE_NUMBERS: dict[Mode, int] = {"in_person": 0, "video": 1}
"""Column `avail.mode`."""

REGISTERED, NEW_PATIENTS, ACCESSIBLE, VIDEO = 1, 2, 4, 8

SECTORS: dict[str, str] = {
    "secteur-1": "Conventionné secteur 1",
    "secteur-1-depassement": "Conventionné secteur 1 avec droit à dépassement",
    "secteur-2": "Conventionné secteur 2",
    "secteur-2-optam": "Conventionné secteur 2 avec OPTAM",
    "conventionne": "Conventionné",
    "non-conventionne": "Non conventionné",
}
LANGUAGES = ("fr", "en", "es", "de", "it", "pt", "ar", "ru", "zh", "tr", "pl", "ro", "nl", "vi", "uk", "ber", "fsl")
"""ISO 639 codes; `fsl` is French sign language."""

SECTOR_BITS = {sector: 1 << (4 + at) for at, sector in enumerate(SECTORS)}
LANGUAGE_BITS = {language: 1 << (11 + at) for at, language in enumerate(LANGUAGES)}


def flags_of(practitioner: Practitioner, place: Place) -> int:
    """The bits of one offer."""
    flags = REGISTERED if practitioner.status == "registered" else 0
    flags |= NEW_PATIENTS if practitioner.new_patients else 0
    flags |= ACCESSIBLE if place.accessible else 0
    flags |= VIDEO if "video" in practitioner.modes else 0
    flags |= SECTOR_BITS.get(practitioner.sector or "", 0)
    for language in practitioner.languages:
        flags |= LANGUAGE_BITS.get(language, 0)
    return flags
