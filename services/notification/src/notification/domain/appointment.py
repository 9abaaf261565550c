"""An appointment as notification knows it: its own copy of what booking said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from booking_events.base import Mode

MovedBy = Literal["patient", "practice"]
CancelledBy = Literal["patient", "practice", "absence"]


@dataclass(frozen=True, slots=True)
class Visit:
    """What stays true of an appointment whatever becomes of it; instants in UTC, `zone` is the place's (IANA).

    `version` starts at 1 and grows with every change: a message speaks of one version only.
    """

    appointment_id: str
    version: int
    agenda_id: str
    practitioner_id: str
    place_id: str | None
    person_id: str
    account_id: str
    motive_id: str
    mode: Mode
    start: datetime
    end: datetime
    zone: str

    @property
    def local_zone(self) -> ZoneInfo:
        """The zone in which its times are shown and its reminders planned."""
        return ZoneInfo(self.zone)

    @property
    def local_start(self) -> datetime:
        """The start as the clock on the place's wall shows it."""
        return self.start.astimezone(self.local_zone)

    @property
    def local_day(self) -> date:
        """The date of the visit at the place."""
        return self.local_start.date()


@dataclass(frozen=True, slots=True)
class Confirmed:
    """It stands, since `at`. `known_before`: the patient was told of it elsewhere."""

    visit: Visit
    at: datetime
    known_before: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """It stands at another time since `at`; before, it began at `previous_start` (UTC)."""

    visit: Visit
    at: datetime
    by: MovedBy
    previous_start: datetime

    @property
    def local_previous_start(self) -> datetime:
        """The time that does not hold any more, as the clock on the place's wall shows it."""
        return self.previous_start.astimezone(self.visit.local_zone)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It does not stand any more, since `at`. `replaced`: the confirmation of another one tells the patient."""

    visit: Visit
    at: datetime
    by: CancelledBy
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Requested:
    """A request that the practice has to answer, since `at`. Unanswered, it lapses when the visit would start.

    It is known by its own id, as the `appointment_id` of the visit that was asked for: version 1, once ended 2.
    """

    visit: Visit
    at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """A request that came to nothing at `at`: no visit was booked. `lapsed`: nobody had answered it by its time."""

    visit: Visit
    at: datetime
    lapsed: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A request that the patient no longer makes, since `at`."""

    visit: Visit
    at: datetime


Appointment = Confirmed | Moved | Cancelled | Requested | Declined | Withdrawn


@dataclass(frozen=True, slots=True)
class Offer:
    """An earlier time that was freed, offered at `at`; the appointment may be moved to it until `expires_at` (UTC)."""

    offer_id: str
    appointment_id: str
    place_id: str | None
    mode: Mode
    start: datetime
    end: datetime
    zone: str
    at: datetime
    expires_at: datetime

    def instead_of(self, visit: Visit) -> Visit:
        """`visit` as it would be at this time."""
        return replace(visit, place_id=self.place_id, mode=self.mode, start=self.start, end=self.end, zone=self.zone)
