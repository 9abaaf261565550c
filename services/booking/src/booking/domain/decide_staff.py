"""Decisions of staff who book without an offer: bound by what is in the way, unless they say why not."""

from __future__ import annotations

from datetime import timedelta

from booking.domain.checks import check_limit, check_person_free, check_room
from booking.domain.commands_practice import BookVisit
from booking.domain.events import Event
from booking.domain.events_practice import AppointmentBookedByPractice, AppointmentBookedOverRules, Overridden
from booking.domain.rejections import (
    AlreadyOver,
    BeyondHorizon,
    LimitReached,
    PersonBusy,
    Rejection,
    SlotHeldByOthers,
    SlotTaken,
)
from booking.domain.states import Known

AHEAD_MAX = timedelta(days=3 * 366)
NAMES: dict[type[Rejection], Overridden] = {
    SlotTaken: "slot", SlotHeldByOthers: "slot", PersonBusy: "person", LimitReached: "limit",
}  # fmt: skip


def book(command: BookVisit, known: Known) -> tuple[Event, ...]:
    """Notice, horizon and who may book bind patients only."""
    start = command.visit.stretch.start
    if start <= command.at:
        raise AlreadyOver
    if start > command.at + AHEAD_MAX:
        raise BeyondHorizon
    in_the_way = obstacles(command, known)
    facts = command.at, command.appointment_id, command.person_id, command.account_id, command.visit, command.rules
    if not in_the_way:
        return (AppointmentBookedByPractice(*facts),)
    if command.sealed_override is None:
        raise in_the_way[0]
    names = tuple(NAMES[type(each)] for each in in_the_way)
    return (AppointmentBookedOverRules(*facts, names, command.sealed_override),)


def obstacles(command: BookVisit, known: Known) -> list[Rejection]:
    """Everything that staff may book over, and a patient may not."""
    stretch, rules = command.visit.stretch, command.rules
    found: list[Rejection] = []
    for check in (
        lambda: check_room(stretch, rules.capacity, known, command.at, but=frozenset()),
        lambda: check_person_free(command.person_id, stretch, known),
        lambda: check_limit(command.person_id, stretch, rules, known, command.at),
    ):
        try:
            check()
        except Rejection as rejection:
            found.append(rejection)
    return found
