"""Weeks of a calendar: Monday to Sunday, as local dates of the place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

AHEAD_WEEKS_MAX = 53


@dataclass(frozen=True, order=True)
class Week:
    """The seven days from `monday`."""

    monday: date

    @classmethod
    def of(cls, day: date) -> Week:
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def asked(cls, text: str, today: date) -> Week:
        """The week that holds the ISO date `text`; this week for anything unreadable, past or too far ahead."""
        this = cls.of(today)
        try:
            week = cls.of(date.fromisoformat(text))
        except (ValueError, OverflowError):
            return this
        return week if this <= week <= this.plus(AHEAD_WEEKS_MAX) else this

    def plus(self, weeks: int) -> Week:
        return Week(self.monday + timedelta(weeks=weeks))

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(self.monday + timedelta(days=n) for n in range(7))

    def days_from(self, today: date) -> tuple[date, ...]:
        """The days that are not over."""
        return tuple(day for day in self.days if day >= today)

    def before(self, today: date) -> Week | None:
        """The week before, unless it is over."""
        earlier = self.plus(-1)
        return earlier if earlier.sunday >= today else None

    def after(self, today: date) -> Week | None:
        """The week after, unless it is too far ahead to be opened by anybody."""
        later = self.plus(1)
        return later if later <= Week.of(today).plus(AHEAD_WEEKS_MAX) else None
