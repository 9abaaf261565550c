"""Bookkeeping of the waiting list. It never refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from booking.domain.events import AppointmentMoved
from booking.domain.events_waiting import (
    EarlierSlotOffered,
    FreedSlotClosed,
    WaitingEvent,
    WaitingListJoined,
    WaitingListLeft,
)
from booking.domain.states import Known
from booking.domain.states_practice import Earlier


def waiting(known: Known, event: WaitingEvent) -> Known:
    match event:
        case WaitingListJoined():
            return known.with_waiting(event.appointment_id, True)
        case WaitingListLeft():
            return known.with_waiting(event.appointment_id, False)
        case EarlierSlotOffered():
            facts = event.appointment_id, event.visit, event.rules, event.cascade, event.expires_at
            return known.with_earlier(Earlier(event.offer_id, *facts))
        case FreedSlotClosed():
            return replace(known, freed={**known.freed, event.freed_id: event.offered})
        case _:
            assert_never(event)


def moved(known: Known, event: AppointmentMoved) -> Known:
    """Who moved waits no more, and has what was offered, if that is where they went."""
    if event.appointment_id in known.waiting:
        known = known.with_waiting(event.appointment_id, False)
    earlier = known.earlier.get(event.offer_id or "")
    return known if earlier is None else known.with_earlier(replace(earlier, taken=True))
