"""Wall-clock times at a place as instants, and the hours in which nobody minds an SMS."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CIVIL_FROM = time(8)
CIVIL_UNTIL = time(20)


def at_local(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the clocks of `zone` show `at` on `day`."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def in_civil_hours(instant: datetime, zone: ZoneInfo) -> datetime:
    """`instant` when it is from 8:00 until before 20:00 at the place, else the next 8:00 there (UTC)."""
    local = instant.astimezone(zone)
    if local.time() < CIVIL_FROM:
        return at_local(local.date(), CIVIL_FROM, zone)
    if local.time() >= CIVIL_UNTIL:
        return at_local(local.date() + timedelta(days=1), CIVIL_FROM, zone)
    return instant.astimezone(UTC)
