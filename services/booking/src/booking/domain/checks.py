"""What several decisions ask alike: may it be then, is there room, is the hold theirs and alive."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from booking.domain.days import limited
from booking.domain.events import HoldReleased
from booking.domain.facts import Rules, Stretch, Visit
from booking.domain.limits import check_limits
from booking.domain.rejections import (
    BeyondHorizon,
    DayFull,
    HoldHasExpired,
    HoldWasConfirmed,
    HoldWasReleased,
    NoRoomFree,
    NoSuchHold,
    NoticeTooShort,
    PractitionerAbsent,
    SlotHeldByOthers,
    SlotTaken,
    WeekFull,
)
from booking.domain.room import free_room, peak, rooms_for
from booking.domain.states import Expired, Held, Known, Released, Standing, Step, Used


def check_when(visit: Visit, rules: Rules, at: datetime) -> None:
    """Notice in minutes, horizon in local dates of the place."""
    if visit.stretch.start <= at or notice_ends(visit, rules) < at:
        raise NoticeTooShort
    if visit.day > at.astimezone(ZoneInfo(visit.zone)).date() + timedelta(days=rules.horizon_days):
        raise BeyondHorizon


def notice_ends(visit: Visit, rules: Rules) -> datetime:
    """Until when the visit may be booked."""
    return visit.stretch.start - timedelta(minutes=rules.notice_minutes)


def check_room(visit: Visit, rules: Rules, known: Known, at: datetime, but: AbstractSet[str]) -> Visit:
    """The visit, with a room if it needs one: practitioner and room are to be had at its time, both or neither.

    `but`: the holds and appointments that make way in the same decision.
    """
    check_time(visit, rules, known, at, but)
    return in_a_room(visit, rules, known, at, but)


def check_time(visit: Visit, rules: Rules, known: Known, at: datetime, but: AbstractSet[str]) -> None:
    """The practitioner has time for the visit, within the limits of its motive."""
    wanted = visit.stretch
    check_present(wanted, known)
    visits = [each.visit.stretch for each in known.standing() if each.appointment_id not in but]
    if peak(wanted, visits) >= rules.capacity:
        raise SlotTaken
    holds = [hold for hold in known.live_holds(at) if hold.hold_id not in but]
    if peak(wanted, [*visits, *(hold.visit.stretch for hold in holds)]) >= rules.capacity:
        in_the_way = [hold.expires_at for hold in holds if hold.visit.stretch.occupies_with(wanted)]
        raise SlotHeldByOthers(min(in_the_way))
    check_limits(visit, rules, known, at, but)


def in_a_room(visit: Visit, rules: Rules, known: Known, at: datetime, but: AbstractSet[str]) -> Visit:
    """The visit in the first of its rooms that is free; as it is if it needs none.

    Raises `NoRoomFree`, which nobody may overrule: two visits are never in one room.
    """
    if not rooms_for(visit.stretch, rules):
        return visit  # most visits, and whoever holds or confirms one passes here
    others = [each.visit.stretch for each in known.standing() if each.appointment_id not in but]
    others += [hold.visit.stretch for hold in known.live_holds(at) if hold.hold_id not in but]
    stretch = free_room(visit.stretch, rules, others)
    if stretch is None:
        raise NoRoomFree
    return replace(visit, stretch=stretch)


def check_present(wanted: Stretch, known: Known) -> None:
    if any(each.covers(wanted) for each in known.absences.values() if not each.lifted):
        raise PractitionerAbsent


def check_still_alone(hold: Held, known: Known, at: datetime) -> None:
    """A hold that binds is sure of its room, but for what did not heed it: an absence, or who came past it."""
    check_present(hold.visit.stretch, known)
    if not _passed(hold, known, at):
        return
    try:
        check_room(hold.visit, hold.rules, known, at, but={hold.hold_id})
    except (SlotTaken, SlotHeldByOthers, DayFull, WeekFull, NoRoomFree):
        raise HoldHasExpired from None


def _passed(hold: Held, known: Known, at: datetime) -> bool:
    """Whether anybody came after its end, before the clock was set back; or the practice, which may book over it."""
    if any(each.since >= hold.expires_at for each in known.live_holds(at) if _counts(each.visit, hold)):
        return True
    taken = [_taken(each) for each in known.standing() if _counts(each.visit, hold)]
    return any(step.at >= (hold.expires_at if step.by == "patient" else hold.since) for step in taken)


def _taken(visit: Standing) -> Step:
    """When it got the time that it has; what has become of it since is no matter."""
    return next(step for step in reversed(visit.history) if step.event in ("confirmed", "moved"))


def _counts(visit: Visit, hold: Held) -> bool:
    """Whether it is at the same time, or in the room, or counts against the same limits."""
    mine, theirs, limit = hold.visit.stretch, visit.stretch, limited(hold.visit, hold.rules)
    alike = (theirs.agenda_id, visit.motive_id) == (mine.agenda_id, hold.visit.motive_id)
    counted = alike and limit is not None and limit.start <= theirs.start < limit.end
    return counted or theirs.occupies_with(mine) or theirs.shares_room_with(mine)


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


def released(hold: Held, at: datetime, reason: Literal["released", "replaced"]) -> HoldReleased:
    return HoldReleased(at, hold.hold_id, hold.account_id, hold.visit.stretch, reason, hold.linked_to)
