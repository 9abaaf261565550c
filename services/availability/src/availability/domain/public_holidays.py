"""The public holidays of a French territory, as a frozen set of local dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import holidays

_SUBDIVISIONS = {
    "57": "57", "67": "6AE", "68": "6AE", "971": "971", "972": "972", "973": "973", "974": "974", "975": "PM",
    "976": "976", "977": "BL", "978": "MF", "984": "TF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
"""Département or collectivity to the package's subdivision; every other territory has the national days only."""


@lru_cache(maxsize=512)
def of_year(territory: str, year: int) -> frozenset[date]:
    """The holidays of one year. Frozen: the package's own object grows whenever it is asked about another year."""
    return frozenset(holidays.country_holidays("FR", subdiv=_SUBDIVISIONS.get(territory), years=year, expand=False))


def between(territory: str, first: date, last: date) -> Iterator[date]:
    """The holidays from `first` to `last`, both included, in order."""
    for year in range(first.year, last.year + 1):
        yield from sorted(day for day in of_year(territory, year) if first <= day <= last)


def of_span(territory: str, monday: date, days: int) -> Iterator[date]:
    """The holidays of `days` days from `monday`."""
    return between(territory, monday, monday + timedelta(days=days - 1))
