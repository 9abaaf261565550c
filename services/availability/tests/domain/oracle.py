"""A slow second calculation that looks at every cell through `zoneinfo`, one at a time: the judge of the fast one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from availability.domain.agenda import Agenda, Extra, Motive, Range, Stretch


def free(
    agenda: Agenda, motive: Motive, mode: str, busy: Sequence[Stretch], absences: Sequence[Stretch],
    rooms: Mapping[str, Sequence[Stretch]], first: date, last: date, now: datetime,
) -> dict[int, int]:  # fmt: skip
    """start (minutes since 1970) -> capacity on whose sheet it stands."""
    wall = _Wall(agenda, motive, mode)
    last = min(last, now.astimezone(wall.zone).date() + timedelta(days=motive.horizon_days))
    found: dict[int, int] = {}
    minute = _minutes(datetime(first.year, first.month, first.day, tzinfo=UTC)) - 24 * 60
    stop = _minutes(datetime(last.year, last.month, last.day, tzinfo=UTC)) + 48 * 60
    while minute < stop:
        capacity = wall.capacity_of_start(minute, absences)
        if (
            capacity is not None
            and first <= wall.local(minute).date() <= last
            and minute * 60 >= now.timestamp() + motive.notice_minutes * 60
            and _has_room(motive, minute, capacity, busy)
            and (not motive.rooms or any(_has_room(motive, minute, 1, rooms[room]) for room in motive.rooms))
        ):
            found[minute] = capacity
        minute += 5
    return found


def _has_room(motive: Motive, start: int, capacity: int, busy: Sequence[Stretch]) -> bool:
    window = range(start - motive.before_minutes, start + motive.duration_minutes + motive.after_minutes)
    return all(sum(visit.start <= minute < visit.end for visit in busy) < capacity for minute in window)


def _minutes(instant: datetime) -> int:
    return int(instant.timestamp()) // 60


@cache
def _is_holiday(day: date) -> bool:
    return day in holidays.country_holidays("FR", years=day.year)


class _Wall:
    """The agenda's openings for one motive and mode, asked one instant at a time."""

    def __init__(self, agenda: Agenda, motive: Motive, mode: str) -> None:
        self.zone = ZoneInfo(agenda.zone)
        self._agenda, self._motive = agenda, motive
        rules = [*agenda.ranges, *agenda.extras] if mode in motive.modes else []
        self._rules = [rule for rule in rules if rule.accepts.takes(motive.id, mode)]
        self.covering = cache(self._covering)

    def local(self, minute: int) -> datetime:
        return datetime.fromtimestamp(minute * 60, UTC).astimezone(self.zone).replace(tzinfo=None)

    def capacity_of_start(self, start: int, absences: Sequence[Stretch]) -> int | None:
        """The largest capacity for which a visit may begin here: on a grid of it, every minute open, nobody away."""
        on_grid = [capacity for capacity, since in self.covering(start) if since % self._motive.duration_minutes == 0]
        minutes = range(start, start + self._motive.duration_minutes)
        possible = {rule.accepts.capacity for rule in self._rules if rule.accepts.capacity <= max(on_grid, default=0)}
        for capacity in sorted(possible, reverse=True):
            if all(
                any(other >= capacity for other, _ in self.covering(minute))
                and not any(absence.start // 5 <= minute // 5 < -(-absence.end // 5) for absence in absences)
                for minute in minutes
            ):
                return capacity
        return None

    def _covering(self, minute: int) -> tuple[tuple[int, int], ...]:
        """(capacity, minutes since its start on the wall) of each opening over this minute."""
        wall = self.local(minute)
        result = []
        for rule in self._rules:
            for day in (wall.date(), wall.date() - timedelta(days=1)):
                midnight = datetime.combine(day, time.min)
                since = int((wall - midnight).total_seconds()) // 60 - rule.start_minute
                if 0 <= since < rule.length_minutes and self._takes_place(rule, day, wall.date()):
                    result.append((rule.accepts.capacity, since))
        return tuple(result)

    def _takes_place(self, rule: Range | Extra, day: date, today: date) -> bool:
        if isinstance(rule, Extra):
            return day == rule.on
        weeks = (
            (day - timedelta(days=day.weekday())) - (rule.valid_from - timedelta(days=rule.valid_from.weekday()))
        ).days // 7
        return (
            day.isoweekday() in rule.weekdays
            and rule.valid_from <= day
            and (rule.valid_until is None or day <= rule.valid_until)
            and day not in rule.except_dates
            and weeks % rule.every_weeks == 0
            and not (self._agenda.holidays_closed and _is_holiday(today))
        )
