"""What is asked of the waiting list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.domain.actors import Patient, Staff
from booking.domain.facts import Visit


@dataclass(frozen=True, slots=True)
class Wait:
    """Join the list, or leave it."""

    at: datetime
    appointment_id: str
    actors: tuple[Patient | Staff, ...]
    waiting: bool


@dataclass(frozen=True, slots=True)
class OfferFreed:
    """`offer_ids`: as many as may be needed. `agenda_version`: the newest heard of that touches the time.

    `capacity`: of the agenda at that time, whatever it is when those who wait are booked.
    """

    at: datetime
    freed_id: str
    visit: Visit
    cascade: int
    offer_ids: tuple[str, ...]
    agenda_version: int | None = None
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class AcceptEarlier:
    at: datetime
    offer_id: str
    actors: tuple[Patient | Staff, ...]


WaitingCommand = Wait | OfferFreed | AcceptEarlier
