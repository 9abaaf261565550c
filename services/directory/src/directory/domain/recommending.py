"""How many practitioners one network address may recommend, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

A_DAY_MAX = 10
"""In a day of UTC."""


def day_after(now: datetime) -> datetime:
    """When the next day begins, and the count with it."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)
