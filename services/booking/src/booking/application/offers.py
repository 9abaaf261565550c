"""An offer as booking understands it: the facts of a verified sheet, and what makes one of its starts bookable."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking.domain.facts import CELL_SECONDS, Mode, Rules, Stretch, Visit
from booking.domain.rejections import OfferExpired, StartNotOffered


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet whose signature was verified. `starts`: cells of 5 minutes since 1970 (UTC), strictly ascending."""

    expires_at: datetime
    agenda_id: str
    practitioner_id: str
    place_id: str | None
    speciality: str
    zone: str
    motive_id: str
    mode: Mode
    minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    rules: Rules
    starts: array[int]

    def visit_at(self, start: datetime, at: datetime) -> Visit:
        """The visit that the sheet offers at `start`. Raises `OfferExpired` or `StartNotOffered`."""
        if at >= self.expires_at:
            raise OfferExpired
        cell, rest = divmod(start.timestamp(), CELL_SECONDS)
        place = bisect_left(self.starts, cell)
        if rest or place == len(self.starts) or self.starts[place] != cell:
            raise StartNotOffered
        end = start + timedelta(minutes=self.minutes)
        stretch = Stretch(self.agenda_id, start, end, self.buffer_before_minutes, self.buffer_after_minutes)
        return Visit(
            stretch=stretch,
            practitioner_id=self.practitioner_id,
            place_id=self.place_id,
            speciality=self.speciality,
            zone=self.zone,
            motive_id=self.motive_id,
            mode=self.mode,
        )
