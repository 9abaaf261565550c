"""The facts that a booking stands on: the stretch of time, the visit, and the rules of the offer that bound it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Mode = Literal["in_person", "video"]
WhoMayBook = Literal["everyone", "known_patients"]
CELL_SECONDS = 300
"""Every visit begins and ends on a multiple of it, counted from 1970 (UTC)."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Between them visits begin: at the ends of the calendar there is no UTC, nor an end of the visit."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an agenda in UTC. It occupies `start - buffer_before` to `end + buffer_after`, end excluded.

    `room_id`: the room of the practice that it occupies as well.
    """

    agenda_id: str
    start: datetime
    end: datetime
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    room_id: str | None = None

    @property
    def occupied_from(self) -> datetime:
        return self.start - timedelta(minutes=self.buffer_before_minutes)

    @property
    def occupied_until(self) -> datetime:
        return self.end + timedelta(minutes=self.buffer_after_minutes)

    def occupies_with(self, other: Stretch) -> bool:
        """Whether both want the agenda at one instant, buffers included; touching is not wanting."""
        return self.agenda_id == other.agenda_id and self._at_once(other)

    def shares_room_with(self, other: Stretch) -> bool:
        """The same of their rooms, whoever the practitioners are."""
        return self.room_id is not None and self.room_id == other.room_id and self._at_once(other)

    def overlaps(self, other: Stretch) -> bool:
        """Whether one patient would have to be at both at once: the visits alone, in any agenda."""
        return self.start < other.end and other.start < self.end

    def hours(self) -> Iterator[datetime]:
        """Every UTC hour that the occupied time touches, so that whoever overlaps shares one of them."""
        hour = self.occupied_from.replace(minute=0, second=0, microsecond=0)
        while hour < self.occupied_until:
            yield hour
            hour += timedelta(hours=1)

    def of_agenda(self) -> Stretch:
        """The time alone: a room is chosen anew for it."""
        return replace(self, room_id=None)

    def _at_once(self, other: Stretch) -> bool:
        return self.occupied_from < other.occupied_until and other.occupied_from < self.occupied_until


@dataclass(frozen=True, slots=True)
class Visit:
    """What is booked: where, with whom, for which motive. `zone` is the place's IANA zone, for whoever shows it."""

    stretch: Stretch
    practitioner_id: str
    place_id: str | None
    speciality: str
    zone: str
    motive_id: str
    mode: Mode

    @property
    def day(self) -> date:
        """The local date on which it begins."""
        return self.stretch.start.astimezone(ZoneInfo(self.zone)).date()

    @property
    def practice_id(self) -> str:
        """The place, whose staff it is; who works by video only is a practice of their own."""
        return self.place_id or self.practitioner_id


@dataclass(frozen=True, slots=True)
class Question:
    """A pre-visit question of the motive: its id only; text and answers are not ours to keep in the clear."""

    id: str
    required: bool


@dataclass(frozen=True, slots=True)
class SecondVisit:
    """What a two-step motive wants beside its visit: one of `motive_id`, `days_min` to `days_max` local dates later.

    `together`: whoever cancels one of the two cancels the other.
    """

    motive_id: str
    days_min: int
    days_max: int
    together: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that the offer carried, kept with the event that they decided. `offer`: SHA-256 of the sheet, hex.

    `min_days_between`: local dates between two visits of one patient in one speciality. `max_per_day`, `max_per_week`:
    visits of the motive in the agenda by local date, weeks from Monday. `move_until_minutes`: None, as for cancelling.
    `second`: both visits of a two-step motive keep it; without it the motive has one visit. `rooms`: the visit needs
    one of these beside the practitioner, the first that is free; none: it needs no room.
    """

    agenda_version: int
    offer: str
    capacity: int = 1
    booking: WhoMayBook = "everyone"
    notice_minutes: int = 0
    horizon_days: int = 90
    cancel_until_minutes: int = 0
    max_future_per_patient: int | None = None
    questions: tuple[Question, ...] = ()
    move_until_minutes: int | None = None
    min_days_between: int = 0
    max_per_day: int | None = None
    max_per_week: int | None = None
    second: SecondVisit | None = None
    rooms: tuple[str, ...] = ()
