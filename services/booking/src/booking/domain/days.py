"""Local days and weeks of a place as stretches of an agenda: 23, 24 or 25 hours, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.domain.facts import Rules, Stretch, Visit


def limited(visit: Visit, rules: Rules) -> Stretch | None:
    """The local week or day in which others count against the visit's limits; None when it has none."""
    if rules.max_per_week is not None:
        return week(visit)
    return None if rules.max_per_day is None else day(visit)


def day(visit: Visit) -> Stretch:
    return _dates(visit, visit.day, 1)


def week(visit: Visit) -> Stretch:
    """From Monday."""
    return _dates(visit, monday(visit.day), 7)


def monday(on: date) -> date:
    """Of its week."""
    return on - timedelta(days=on.weekday())


def _dates(visit: Visit, first: date, count: int) -> Stretch:
    zone = ZoneInfo(visit.zone)
    start, end = (_midnight(each, zone) for each in (first, first + timedelta(days=count)))
    return Stretch(visit.stretch.agenda_id, start, end)


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)
