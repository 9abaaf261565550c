"""Decisions on holds: who may bind which time, for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.domain.checks import check_room, check_still_alone, check_when, own_live_hold, released
from booking.domain.commands import ClaimHold, ExpireHold, ExtendHold, HoldAnyOf, HoldSlot, ReleaseHold
from booking.domain.events import Event, HoldClaimed, HoldExpired, HoldExtended, HoldReleased, SlotHeld
from booking.domain.facts import Stretch
from booking.domain.rejections import AlreadyExtended, HoldWasConfirmed, NoSuchHold, Rejection, SlotHeldByOthers
from booking.domain.states import Expired, Held, Known, Released, Used

HOLD_LIFETIME = timedelta(minutes=10)
Events = tuple[Event, ...]


def hold(command: HoldSlot, known: Known) -> Events:
    at, visit, rules = command.at, command.visit, command.rules
    check_when(visit, rules, at)
    replaced = _replaced(known, command.account_id, at)
    check_room(visit, rules, known, at, but={event.hold_id for event in replaced})
    held = SlotHeld(at, command.hold_id, command.account_id, visit, rules, _expiry(at, visit.stretch))
    return (*replaced, held)


def hold_any_of(command: HoldAnyOf, known: Known) -> Events:
    """The earliest choice that is free; of those at one time, the one named first.

    Refused only when each is: with the first end of a hold where any is held, else as the earliest is.
    """
    refused: list[Rejection] = []
    for visit, rules in sorted(command.choices, key=lambda choice: choice[0].stretch.start):
        try:
            return hold(HoldSlot(command.at, command.hold_id, command.account_id, visit, rules), known)
        except Rejection as rejection:
            refused.append(rejection)
    held = [each.retry_at for each in refused if isinstance(each, SlotHeldByOthers)]
    raise SlotHeldByOthers(min(held)) if held else refused[0]


def release(command: ReleaseHold, known: Known) -> Events:
    match known.holds.get(command.hold_id):
        case Held(account_id=command.account_id) as hold:
            if not hold.binds(command.at):
                return ()
            return (released(hold, command.at, "released"),)
        case Released(account_id=command.account_id) | Expired(account_id=command.account_id):
            return ()
        case Used(account_id=command.account_id) as used:
            raise HoldWasConfirmed(used.appointment_id)
        case _:
            raise NoSuchHold


def extend(command: ExtendHold, known: Known) -> Events:
    hold = own_live_hold(known, command.hold_id, command.account_id, command.at)
    if hold.extended:
        raise AlreadyExtended
    check_still_alone(hold, known, command.at)
    stretch = hold.visit.stretch
    expires_at = _expiry(max(hold.expires_at, command.at), stretch)
    return (HoldExtended(command.at, hold.hold_id, hold.account_id, stretch, expires_at),)


def expire(command: ExpireHold, known: Known) -> Events:
    hold = known.holds.get(command.hold_id)
    if not isinstance(hold, Held) or hold.binds(command.at):
        return ()
    return (HoldExpired(command.at, hold.hold_id, hold.account_id, hold.visit.stretch),)


def claim(command: ClaimHold, known: Known) -> Events:
    hold = known.holds.get(command.hold_id)
    if hold is not None and hold.account_id == command.account_id:
        own_live_hold(known, command.hold_id, command.account_id, command.at)
        return ()
    hold = own_live_hold(known, command.hold_id, command.visitor_id, command.at)
    claimed = HoldClaimed(
        at=command.at,
        hold_id=hold.hold_id,
        visitor_id=command.visitor_id,
        account_id=command.account_id,
        visit=hold.visit,
        rules=hold.rules,
        expires_at=hold.expires_at,
        extended=hold.extended,
    )
    return (*_replaced(known, command.account_id, command.at), claimed)


def _replaced(known: Known, account_id: str, at: datetime) -> tuple[HoldReleased, ...]:
    """One live hold per account: the new one ends the old."""
    own = (hold for hold in known.live_holds(at) if hold.account_id == account_id)
    return tuple(released(hold, at, "replaced") for hold in own)


def _expiry(at: datetime, stretch: Stretch) -> datetime:
    """A hold never outlives the start of its visit, so whoever confirms in time confirms a visit to come."""
    return min(at + HOLD_LIFETIME, stretch.start)
