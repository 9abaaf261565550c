"""What a search keeps to besides its words: filters, order, and how far it reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from directory.domain.flags import ACCESSIBLE, LANGUAGE_BITS, NEW_PATIENTS, SECTOR_BITS
from directory.domain.gazetteer import Point
from directory.domain.practitioner import Mode

Sort = Literal["distance", "earliest"]

REACHES_KM = (20, 50, 100)
"""A search widens to the next of these, and then to all of France, while it finds fewer than `FEW`."""
FEW = 5

SECTORS_ASKED = {
    "1": ("secteur-1", "secteur-1-depassement"),
    "2": ("secteur-2", "secteur-2-optam"),
    **{slug: (slug,) for slug in SECTOR_BITS},
}
"""What `sector=` may say: the two that patients know, or one exactly."""


@dataclass(frozen=True, slots=True)
class Filters:
    """`must`: all of these flags; `any_of`: one of these, 0 for no wish. `until`: free by then."""

    mode: Mode = "in_person"
    must: int = 0
    any_of: int = 0
    until: datetime | None = None
    motive: str | None = None


def filters_of(
    mode: Mode,
    sector: str | None,
    language: str | None,
    new_patients: bool,
    accessible: bool,
    until: datetime | None,
    motive: str | None,
) -> Filters:
    """The filters that the parameters of a search ask for."""
    must = (NEW_PATIENTS if new_patients else 0) | (ACCESSIBLE if accessible else 0)
    must |= LANGUAGE_BITS[language] if language else 0
    any_of = sum(SECTOR_BITS[slug] for slug in SECTORS_ASKED[sector]) if sector else 0
    return Filters(mode, must, any_of, until, motive)


@dataclass(frozen=True, slots=True)
class Seek:
    """One page's question to the tables. `specs`: ids of specialities; `km`: None for all of France."""

    specs: tuple[int, ...]
    filters: Filters
    sort: Sort
    now: datetime
    limit: int
    centre: Point | None = None
    km: int | None = None
