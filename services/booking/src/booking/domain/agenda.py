"""An agenda as availability said it last: what staff book on without an offer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from booking.domain.days import monday
from booking.domain.facts import CELL_SECONDS, Mode, Question, Rules, Stretch, Visit
from booking.domain.rejections import AgendaClosed, NoSuchMotive, Staleness

WITHOUT_OFFER = ""
"""Stands in `Rules.offer` where no sheet was asked for."""


@dataclass(frozen=True, slots=True)
class Motive:
    """A visit motive with the rules that bind its booking, as of the agenda's version."""

    id: str
    speciality: str
    minutes: int
    modes: tuple[Mode, ...]
    booking: Literal["everyone", "known_patients", "staff"]
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    cancel_until_minutes: int = 0
    max_future_per_patient: int | None = None
    questions: tuple[Question, ...] = ()
    move_until_minutes: int | None = None
    min_days_between: int = 0
    max_per_day: int | None = None
    max_per_week: int | None = None
    rooms: tuple[str, ...] = ()
    notice_minutes: int = 0
    on_request: bool = False

    def rooms_in(self, mode: Mode) -> tuple[str, ...]:
        """Nobody needs a room for a video visit."""
        return self.rooms if mode == "in_person" else ()


@dataclass(frozen=True, slots=True)
class Opening:
    """Wall time on `weekdays` (1 = Monday) of a period, in which `capacity` visits may take place at once.

    `every_weeks`: counted from the week of `valid_from`. `except_dates`: on which it does not begin.
    """

    weekdays: tuple[int, ...]
    start: time
    end: time
    valid_from: date
    valid_until: date | None
    motive_ids: tuple[str, ...]
    modes: tuple[Mode, ...]
    capacity: int
    every_weeks: int = 1
    except_dates: tuple[date, ...] = ()

    def takes(self, motive_id: str, mode: Mode, at: datetime) -> bool:
        """Whether a visit may begin in it; `at` on the place's wall. An end before the start is the next day's."""
        day = at.date()
        if self.end <= self.start and at.time() < self.end:
            day -= timedelta(days=1)
        elif at.time() < self.start or (self.end > self.start and at.time() >= self.end):
            return False
        return (
            day.isoweekday() in self.weekdays
            and self.valid_from <= day
            and (self.valid_until is None or day <= self.valid_until)
            and day not in self.except_dates
            and (monday(day) - monday(self.valid_from)).days % (7 * self.every_weeks) == 0
            and (not self.motive_ids or motive_id in self.motive_ids)
            and mode in self.modes
        )


@dataclass(frozen=True, slots=True)
class Agenda:
    agenda_id: str
    version: int
    practitioner_id: str
    place_id: str | None
    zone: str
    motives: tuple[Motive, ...]
    openings: tuple[Opening, ...] = ()
    closed: bool = False

    @property
    def practice_id(self) -> str:
        return self.place_id or self.practitioner_id

    def motive(self, motive_id: str, mode: Mode) -> Motive:
        """Raises `AgendaClosed` or `NoSuchMotive`."""
        if self.closed:
            raise AgendaClosed
        found = next((each for each in self.motives if each.id == motive_id and mode in each.modes), None)
        if found is None:
            raise NoSuchMotive
        return found

    def offers(self, motive_id: str, mode: Mode) -> bool:
        """Whether patients book it online."""
        online = (each for each in self.motives if each.booking != "staff")
        return not self.closed and any(each.id == motive_id and mode in each.modes for each in online)

    def visit(self, motive_id: str, mode: Mode, start: datetime) -> Visit:
        """The visit of a motive at an instant (UTC), opening hours or not. Raises `AgendaClosed` or `NoSuchMotive`."""
        motive = self.motive(motive_id, mode)
        end = start + timedelta(minutes=motive.minutes)
        return Visit(
            stretch=Stretch(self.agenda_id, start, end, motive.buffer_before_minutes, motive.buffer_after_minutes),
            practitioner_id=self.practitioner_id,
            place_id=self.place_id,
            speciality=motive.speciality,
            zone=self.zone,
            motive_id=motive_id,
            mode=mode,
        )

    def rules(self, motive_id: str, mode: Mode, start: datetime) -> Rules:
        """The rules that bind it from then on. Notice and horizon bind patients, at the time of booking only."""
        motive = self.motive(motive_id, mode)
        return Rules(
            agenda_version=self.version,
            offer=WITHOUT_OFFER,
            capacity=self.capacity(motive_id, mode, start),
            booking="everyone" if motive.booking == "staff" else motive.booking,
            cancel_until_minutes=motive.cancel_until_minutes,
            max_future_per_patient=motive.max_future_per_patient,
            questions=motive.questions,
            move_until_minutes=motive.move_until_minutes,
            min_days_between=motive.min_days_between,
            max_per_day=motive.max_per_day,
            max_per_week=motive.max_per_week,
            rooms=motive.rooms_in(mode),
        )

    def capacity(self, motive_id: str, mode: Mode, start: datetime) -> int:
        """How many visits of a motive may take place at once from an instant (UTC) on."""
        return max((each.capacity for each in self._open_at(motive_id, mode, start)), default=1)

    def is_open(self, visit: Visit) -> bool:
        """Whether all of the visit, buffers aside, is within openings that take it. Holidays are not known here."""
        stretch = visit.stretch
        cell = timedelta(seconds=CELL_SECONDS)
        instants = (stretch.start + cell * n for n in range((stretch.end - stretch.start) // cell))
        return all(any(self._open_at(visit.motive_id, visit.mode, instant)) for instant in instants)

    def _open_at(self, motive_id: str, mode: Mode, instant: datetime) -> Iterator[Opening]:
        wall = instant.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return (each for each in self.openings if each.takes(motive_id, mode, wall))

    def staleness(self, visit: Visit, notice_minutes: int, at: datetime) -> Staleness:
        """What became of an offer that is older than a change of its time. `notice_minutes`: as it was offered with."""
        if self.closed:
            return "agenda-closed"
        if not self.offers(visit.motive_id, visit.mode):
            return "motive-withdrawn"
        notice = self.motive(visit.motive_id, visit.mode).notice_minutes
        too_soon = visit.stretch.start < at + timedelta(minutes=notice)
        return "notice-raised" if notice > notice_minutes and too_soon else "agenda-changed"
