"""The waiting list of an agenda's motive: who would rather come earlier, and what was freed and offered to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booking.domain.facts import Rules, Visit


@dataclass(frozen=True, slots=True)
class WaitingListJoined:
    """Whoever has the appointment would take an earlier time of its motive."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit


@dataclass(frozen=True, slots=True)
class WaitingListLeft:
    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit


@dataclass(frozen=True, slots=True)
class EarlierSlotOffered:
    """`visit` is free and may be moved to until `expires_at`; it binds no time. `freed_id`: whose going freed it.

    `cascade`: 0 when it was freed by itself, 1 when by somebody who moved to such an offer.
    """

    at: datetime
    offer_id: str
    freed_id: str
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    cascade: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class FreedSlotClosed:
    """What was freed has been offered, to `offered` appointments; nobody is asked again.

    `unable`: those in line who could not have gone there, where others could.
    """

    at: datetime
    freed_id: str
    visit: Visit
    offered: int
    unable: tuple[str, ...] = ()


WaitingEvent = WaitingListJoined | WaitingListLeft | EarlierSlotOffered | FreedSlotClosed
