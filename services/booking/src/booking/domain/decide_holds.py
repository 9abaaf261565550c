"""Decisions on holds: who may bind which time, for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from booking.domain.checks import check_room, check_still_alone, check_when, own_live_hold, released
from booking.domain.commands import ClaimHold, ExpireHold, ExtendHold, HoldAnyOf, HoldSlot, ReleaseHold
from booking.domain.events import Event, HoldClaimed, HoldExpired, HoldExtended, HoldReleased, SlotHeld
from booking.domain.evolve import evolve
from booking.domain.facts import Rules, Stretch, Visit
from booking.domain.rejections import AlreadyExtended, HoldWasConfirmed, NoSuchHold, Rejection, SlotHeldByOthers
from booking.domain.states import Expired, Held, Known, Released, Used
from booking.domain.two_steps import both, check_alone, check_pair, of_second

HOLD_LIFETIME = timedelta(minutes=10)
Events = tuple[Event, ...]


def hold(command: HoldSlot, known: Known) -> Events:
    """Both visits of a two-step motive or neither, and both until one same time."""
    at, account = command.at, command.account_id
    replaced = _replaced(known, account, at)
    but = {event.hold_id for event in replaced}
    expires_at = _expiry(at, command.visit.stretch)
    events: list[Event] = [*replaced]
    for hold_id, visit, rules, linked_to in _wanted(command):
        check_when(visit, rules, at)
        placed = check_room(visit, rules, known, at, but)
        held = SlotHeld(at, hold_id, account, placed, rules, expires_at, linked_to)
        known = evolve(known, held)
        events.append(held)
    return tuple(events)


def _wanted(command: HoldSlot) -> tuple[tuple[str, Visit, Rules, str | None], ...]:
    """Each hold's id, visit, rules and other one."""
    if command.second is None:
        check_alone(command.rules)
        return ((command.hold_id, command.visit, command.rules, None),)
    second_id, second, rules = command.second
    check_pair(command.visit, second, command.rules)
    return (
        (command.hold_id, command.visit, command.rules, second_id),
        (second_id, second, of_second(rules, command.rules), command.hold_id),
    )


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
            return tuple(released(each, command.at, "released") for each in both(hold, known))
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
    holds = both(hold, known)
    for each in holds:
        check_still_alone(each, known, command.at)
    expires_at = _expiry(max(hold.expires_at, command.at), holds[0].visit.stretch)
    return tuple(
        HoldExtended(command.at, each.hold_id, each.account_id, each.visit.stretch, expires_at, each.linked_to)
        for each in holds
    )


def expire(command: ExpireHold, known: Known) -> Events:
    hold = known.holds.get(command.hold_id)
    if not isinstance(hold, Held) or hold.binds(command.at):
        return ()
    return (HoldExpired(command.at, hold.hold_id, hold.account_id, hold.visit.stretch, hold.linked_to),)


def claim(command: ClaimHold, known: Known) -> Events:
    hold = known.holds.get(command.hold_id)
    if hold is not None and hold.account_id == command.account_id:
        own_live_hold(known, command.hold_id, command.account_id, command.at)
        return ()
    hold = own_live_hold(known, command.hold_id, command.visitor_id, command.at)
    claimed = (
        HoldClaimed(
            at=command.at,
            hold_id=each.hold_id,
            visitor_id=command.visitor_id,
            account_id=command.account_id,
            visit=each.visit,
            rules=each.rules,
            expires_at=each.expires_at,
            extended=each.extended,
            linked_to=each.linked_to,
        )
        for each in both(hold, known)
    )
    return (*_replaced(known, command.account_id, command.at), *claimed)


def _replaced(known: Known, account_id: str, at: datetime) -> tuple[HoldReleased, ...]:
    """One live hold per account: the new one ends the old."""
    own = (hold for hold in known.live_holds(at) if hold.account_id == account_id)
    return tuple(released(hold, at, "replaced") for hold in own)


def _expiry(at: datetime, stretch: Stretch) -> datetime:
    """A hold never outlives the start of its visit, so whoever confirms in time confirms a visit to come."""
    return min(at + HOLD_LIFETIME, stretch.start)
