"""What several decisions ask alike: is there room, is the hold theirs and alive."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import assert_never

from booking.domain.facts import Rules, Stretch
from booking.domain.rejections import (
    HoldHasExpired,
    HoldWasConfirmed,
    HoldWasReleased,
    LimitReached,
    NoSuchHold,
    PersonBusy,
    SlotHeldByOthers,
    SlotTaken,
)
from booking.domain.room import peak
from booking.domain.states import Expired, Held, Known, Released, Used


def check_room(wanted: Stretch, capacity: int, known: Known, at: datetime, but: AbstractSet[str]) -> None:
    visits = known.taken_by_visits(wanted)
    if peak(wanted, visits) >= capacity:
        raise SlotTaken
    holds = [hold for hold in known.live_holds(at) if hold.hold_id not in but]
    if peak(wanted, [*visits, *(hold.visit.stretch for hold in holds)]) >= capacity:
        in_the_way = [hold.expires_at for hold in holds if hold.visit.stretch.occupies_with(wanted)]
        raise SlotHeldByOthers(min(in_the_way))


def check_still_alone(hold: Held, known: Known, at: datetime) -> None:
    """A hold that binds has its room, unless the clock was set back after it had ended and others came in between."""
    try:
        check_room(hold.visit.stretch, hold.rules.capacity, known, at, but={hold.hold_id})
    except (SlotTaken, SlotHeldByOthers):
        raise HoldHasExpired from None


def own_live_hold(known: Known, hold_id: str, account_id: str, at: datetime) -> Held:
    hold = known.holds.get(hold_id)
    if hold is None or hold.account_id != account_id:
        raise NoSuchHold
    match hold:
        case Held():
            if not hold.binds(at):
                raise HoldHasExpired
            return hold
        case Released():
            raise HoldWasReleased
        case Expired():
            raise HoldHasExpired
        case Used():
            raise HoldWasConfirmed(hold.appointment_id)
        case _:
            assert_never(hold)


def check_person_free(person_id: str, stretch: Stretch, known: Known) -> None:
    """Nobody is at two visits at once, with anyone."""
    if any(each.overlaps(stretch) for each in _visits_of(person_id, known)):
        raise PersonBusy


def check_limit(person_id: str, stretch: Stretch, rules: Rules, known: Known, at: datetime) -> None:
    """At most so many appointments to come of one person on the agenda."""
    limit = rules.max_future_per_patient
    here = [each for each in _visits_of(person_id, known) if each.agenda_id == stretch.agenda_id and each.start > at]
    if limit is not None and len(here) >= limit:
        raise LimitReached(limit)


def _visits_of(person_id: str, known: Known) -> list[Stretch]:
    return [each.visit.stretch for each in known.standing() if each.person_id == person_id]
