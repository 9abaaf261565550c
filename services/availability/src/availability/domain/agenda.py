"""What an agenda is for the calculation: opening ranges on the wall clock, motives with their rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

Mode = Literal["in_person", "video"]
Booking = Literal["everyone", "known_patients", "staff"]


@dataclass(frozen=True)
class Acceptance:
    """Which visits an opening takes: no motive named means every motive. `capacity`: visits at once."""

    motive_ids: frozenset[str] = frozenset()
    modes: frozenset[str] = frozenset({"in_person"})
    capacity: int = 1

    def takes(self, motive_id: str, mode: str) -> bool:
        return mode in self.modes and (not self.motive_ids or motive_id in self.motive_ids)


@dataclass(frozen=True)
class Range:
    """A weekly opening. `weekdays`: 1 = Monday ... 7; `start_minute` of the wall clock; a `length_minutes` beyond
    midnight is the next day's. An occurrence belongs to the date on which it begins."""

    weekdays: frozenset[int]
    start_minute: int
    length_minutes: int
    valid_from: date
    accepts: Acceptance = Acceptance()
    valid_until: date | None = None
    every_weeks: int = 1
    except_dates: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Extra:
    """One opening on one local date. It was asked for by its date, so a public holiday does not close it."""

    on: date
    start_minute: int
    length_minutes: int
    accepts: Acceptance = Acceptance()


@dataclass(frozen=True)
class SecondVisit:
    """What is booked with the first visit: one of `motive_id`, `days_min` to `days_max` local dates later.

    `together`: who cancels one of the two cancels the other.
    """

    motive_id: str
    days_min: int
    days_max: int
    together: bool


@dataclass(frozen=True)
class Motive:
    """A visit motive: its time and the rules that bind its booking (no texts). Horizon in local dates."""

    id: str
    speciality: str
    duration_minutes: int
    modes: frozenset[str] = frozenset({"in_person"})
    booking: Booking = "everyone"
    before_minutes: int = 0
    after_minutes: int = 0
    notice_minutes: int = 0
    horizon_days: int = 90
    cancel_until_minutes: int = 0
    max_future_per_patient: int | None = None
    move_until_minutes: int | None = None
    min_days_between: int = 0
    max_per_day: int | None = None
    max_per_week: int | None = None
    questions: tuple[tuple[str, bool], ...] = ()
    second: SecondVisit | None = None
    rooms: tuple[str, ...] = ()
    on_request: bool = False

    @property
    def occupied_minutes(self) -> int:
        return self.before_minutes + self.duration_minutes + self.after_minutes

    def rooms_in(self, mode: str) -> tuple[str, ...]:
        """The rooms one of which a visit needs, in the order in which they are taken: by video it needs none."""
        return self.rooms if mode == "in_person" else ()


@dataclass(frozen=True)
class Agenda:
    """The rules of one practitioner's agenda at one place (or by video only), at a version."""

    id: str
    version: int
    practitioner_id: str
    place_id: str | None
    speciality: str
    zone: str
    territory: str = "FR"
    holidays_closed: bool = True
    closed: bool = False
    ranges: tuple[Range, ...] = ()
    extras: tuple[Extra, ...] = ()
    motives: tuple[Motive, ...] = ()

    def motive(self, motive_id: str) -> Motive | None:
        return next((motive for motive in self.motives if motive.id == motive_id), None)

    @property
    def rooms(self) -> frozenset[str]:
        """All that its motives may take; other agendas of the place may share them."""
        return frozenset(room for motive in self.motives for room in motive.rooms)


@dataclass(frozen=True)
class Stretch:
    """Minutes since 1970, the end not included."""

    start: int
    end: int
