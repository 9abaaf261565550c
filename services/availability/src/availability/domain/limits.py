"""The limits of a motive: so many visits of it a local day, so many a week, as booking counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from availability.domain.agenda import Motive
from availability.domain.span import instant_of, local_date, monday

WEEK_MINUTES = 8 * 24 * 60
"""A week of local dates and a day more, whatever the clocks do."""


@dataclass(frozen=True)
class Full:
    """The local dates, and the Mondays of the weeks, in which no more visits of a motive may begin."""

    days: frozenset[date] = frozenset()
    weeks: frozenset[date] = frozenset()


def full(motive: Motive, starts: Iterable[int], zone: str) -> Full:
    """`starts`: of the motive's visits and live holds in the agenda, in minutes since 1970."""
    dates = Counter(local_date(instant_of(start), zone) for start in starts)
    weeks = Counter[date]()
    for day, count in dates.items():
        weeks[monday(day)] += count
    return Full(_reached(dates, motive.max_per_day), _reached(weeks, motive.max_per_week))


def is_limited(motive: Motive) -> bool:
    return motive.max_per_day is not None or motive.max_per_week is not None


def _reached(counts: Counter[date], limit: int | None) -> frozenset[date]:
    return frozenset() if limit is None else frozenset(day for day, count in counts.items() if count >= limit)
