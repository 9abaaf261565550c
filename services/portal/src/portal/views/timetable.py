"""Free times laid out by day, with the way to the weeks around."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from portal.application.shapes import Slot, Slots
from portal.application.week import Week
from portal.views.formats import Formats, local
from portal.views.words import Words

SHOWN_AT_ONCE = 8


@dataclass(frozen=True)
class Time:
    """A time to choose: `label` is unique within its day, `start` goes back to the services as it came.

    `sheet`: -1 where it stands on none, and the practice is asked for it.
    """

    label: str
    start: str
    agenda_id: str
    sheet: int
    yours: bool


@dataclass(frozen=True)
class Day:
    date: date
    times: tuple[Time, ...]

    @property
    def first(self) -> tuple[Time, ...]:
        return self.times[:SHOWN_AT_ONCE]

    @property
    def rest(self) -> tuple[Time, ...]:
        return self.times[SHOWN_AT_ONCE:]


@dataclass(frozen=True)
class Timetable:
    """A week of free times. `next_start`: the first one after, where this week has none."""

    week: Week
    days: tuple[Day, ...]
    before: Week | None
    after: Week | None
    next_start: datetime | None
    next_day: date | None
    zone: str

    @property
    def is_empty(self) -> bool:
        return not any(day.times for day in self.days)

    def heading(self, t: Words, f: Formats) -> str:
        """The days that are shown, from the first to the last."""
        first, last = self.days[0].date, self.days[-1].date
        if first == last:
            return t("times.day", day=f.day(first))
        return t("times.week", first=f.short_day(first), last=f.short_day(last))


class Wished(Protocol):
    """What is looked for: it knows the page of each of its weeks."""

    def path(self, day: str = "") -> str: ...


def week_path(wish: Wished, week: Week | None, day: date | None = None) -> str:
    """The page of `week`, or of the week of `day`."""
    shown = day or (week.monday if week else None)
    return wish.path(shown.isoformat() if shown else "")


def arrange(slots: Slots, week: Week, first: date, last: date | None = None) -> Timetable:
    """The free times of `week` by local day of the place, of the days from `first` (to `last`)."""
    by_day: dict[date, list[Slot]] = {day: [] for day in week.days_from(first) if last is None or day <= last}
    for slot in slots.slots:
        day = local(slot.start, slots.zone).date()
        if day in by_day:
            by_day[day].append(slot)
    days = tuple(Day(day, times_of(found, slots.zone)) for day, found in by_day.items())
    following = slots.next_slot.start if slots.next_slot else None
    if following and last and local(following, slots.zone).date() > last:
        following = None
    after = week.after(first)
    return Timetable(
        week=week,
        days=days,
        before=week.before(first),
        after=None if after and last and after.monday > last else after,
        next_start=following,
        next_day=local(following, slots.zone).date() if following else None,
        zone=slots.zone,
    )


def times_of(slots: list[Slot], zone: str) -> tuple[Time, ...]:
    """The times in order, each once; in the hour that comes twice, each says by how much it is ahead of UTC."""
    # Two agendas may be free at once: one button will do, and what one holds oneself comes first.
    by_start = {slot.start: slot for slot in sorted(slots, key=lambda one: one.held_by_you)}
    ordered = [by_start[start] for start in sorted(by_start)]
    labels = [f"{local(slot.start, zone):%H:%M}" for slot in ordered]
    seen = Counter(labels)
    return tuple(
        Time(
            label if seen[label] == 1 else f"{label} ({local(slot.start, zone):%z})",
            slot.start.isoformat(),
            slot.agenda_id,
            slot.offer if slot.offer is not None else -1,
            slot.held_by_you,
        )
        for label, slot in zip(labels, ordered, strict=True)
    )
