"""Requests as tasks: which boundary to read, and the command that meets it. Deciding is the domain's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from booking.domain import tags
from booking.domain.actors import Leaver, Patient, Staff
from booking.domain.commands import (
    CancelAppointment,
    ClaimHold,
    Command,
    ConfirmHold,
    ExpireHold,
    ExtendHold,
    HoldAnyOf,
    HoldSlot,
    MoveAppointment,
    ReleaseHold,
)
from booking.domain.events import Event
from booking.domain.facts import Rules, Visit
from booking.domain.states import Held, Known


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided: the events (none when it was already so), what is known with them, and when."""

    events: tuple[Event, ...]
    known: Known
    at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """`subject`: those with the same one queue before they read. `about`: the tags known beforehand.

    `hold_id`: a hold whose hours belong to the boundary as well. `command` takes the time, which comes with the
    boundary, from the database's clock.
    """

    subject: str
    about: tags.Tags
    command: Callable[[datetime], Command]
    hold_id: str | None = None

    def hours(self, known: Known) -> tags.Tags:
        """The hours of `hold_id` and of its other one, as `known` tells; none when it no longer binds anything."""
        hold = None if self.hold_id is None else known.holds.get(self.hold_id)
        if not isinstance(hold, Held):
            return ()
        other = None if hold.linked_to is None else known.holds.get(hold.linked_to)
        held = [each for each in (hold, other) if isinstance(each, Held)]
        return tuple(dict.fromkeys(tag for each in held for tag in tags.around(each.visit, each.rules)))


def hold_slot(
    hold_id: str, account_id: str, visit: Visit, rules: Rules, second: tuple[str, Visit, Rules] | None = None
) -> Task:
    """The time itself, that of a second visit, and the account: one live hold each.

    Only the account's own commands queue: of many who want one slot, all read at once, one wins and the others are
    refused by their second reading, which is sooner than one after the other.
    """
    wanted = (*tags.around(visit, rules), *(() if second is None else tags.around(*second[1:])))
    about = (*dict.fromkeys(wanted), tags.account(account_id))
    return Task(tags.account(account_id), about, lambda at: HoldSlot(at, hold_id, account_id, visit, rules, second))


def hold_any_of(hold_id: str, account_id: str, choices: tuple[tuple[Visit, Rules], ...]) -> Task:
    """All the times that are asked for, so that whoever takes the last one is seen."""
    wanted = [tag for visit, rules in choices for tag in tags.around(visit, rules)]
    about = (*dict.fromkeys(wanted), tags.account(account_id))
    return Task(tags.account(account_id), about, lambda at: HoldAnyOf(at, hold_id, account_id, choices))


def release(hold_id: str, account_id: str) -> Task:
    hold = tags.hold(hold_id)
    return Task(hold, (hold,), lambda at: ReleaseHold(at, hold_id, account_id))


def extend(hold_id: str, account_id: str) -> Task:
    """With its hours: when it had just ended, another may have come between."""
    hold = tags.hold(hold_id)
    return Task(hold, (hold,), lambda at: ExtendHold(at, hold_id, account_id), hold_id)


def expire(hold_id: str) -> Task:
    hold = tags.hold(hold_id)
    return Task(hold, (hold,), lambda at: ExpireHold(at, hold_id))


def claim(hold_id: str, visitor_id: str, account_id: str) -> Task:
    about = (tags.hold(hold_id), tags.account(visitor_id), tags.account(account_id))
    return Task(tags.account(account_id), about, lambda at: ClaimHold(at, hold_id, visitor_id, account_id))


def confirm(
    hold_id: str,
    account_id: str,
    appointment_id: str,
    person_id: str,
    answered: frozenset[str] = frozenset(),
    sealed: str | None = None,
    replaces: frozenset[str] = frozenset(),
    second_id: str = "",
) -> Task:
    """The hold, its hours and the person with all that they have booked."""
    return Task(
        tags.hold(hold_id),
        (tags.hold(hold_id), tags.person(person_id)),
        lambda at: ConfirmHold(
            at, hold_id, account_id, appointment_id, person_id, answered, sealed, replaces, second_id
        ),
        hold_id,
    )


def cancel(appointment_id: str, actors: tuple[Patient | Staff | Leaver, ...], sealed_reason: str | None = None) -> Task:
    appointment = tags.appointment(appointment_id)
    return Task(appointment, (appointment,), lambda at: CancelAppointment(at, appointment_id, actors, sealed_reason))


def move(
    appointment_id: str,
    person_id: str,
    actors: tuple[Patient | Staff, ...],
    visit: Visit,
    rules: Rules,
    seen_version: int | None,
) -> Task:
    """The appointment, the person and the new time. The old one is only freed: nothing there can be in the way."""
    appointment = tags.appointment(appointment_id)
    return Task(
        appointment,
        (appointment, tags.person(person_id), *tags.around(visit, rules)),
        lambda at: MoveAppointment(at, appointment_id, actors, visit, rules, seen_version),
    )
