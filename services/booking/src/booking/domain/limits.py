"""The limits of a motive: so many visits of it a local day, so many a week, whoever the patients are."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime

from booking.domain.days import day, week
from booking.domain.facts import Rules, Stretch, Visit
from booking.domain.rejections import DayFull, WeekFull
from booking.domain.states import Known


def check_limits(visit: Visit, rules: Rules, known: Known, at: datetime, but: AbstractSet[str]) -> None:
    """Live holds count: whoever holds a slot of the motive is sure of it."""
    if rules.max_per_day is not None and _count(visit, day(visit), known, at, but) >= rules.max_per_day:
        raise DayFull(rules.max_per_day)
    if rules.max_per_week is not None and _count(visit, week(visit), known, at, but) >= rules.max_per_week:
        raise WeekFull(rules.max_per_week)


def _count(wanted: Visit, within: Stretch, known: Known, at: datetime, but: AbstractSet[str]) -> int:
    visits = [each.visit for each in known.standing() if each.appointment_id not in but]
    visits += [each.visit for each in known.live_holds(at) if each.hold_id not in but]
    return sum(
        each.motive_id == wanted.motive_id
        and each.stretch.agenda_id == within.agenda_id
        and within.start <= each.stretch.start < within.end
        for each in visits
    )
