"""Decisions of staff who book without an offer: bound by what is in the way, unless they say why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from booking.domain.checks import check_time, in_a_room
from booking.domain.commands_practice import BookVisit
from booking.domain.events import Event
from booking.domain.events_practice import AppointmentBookedByPractice, AppointmentBookedOverRules, Overridden
from booking.domain.facts import Rules, Visit
from booking.domain.patients import check_patient
from booking.domain.rejections import (
    AlreadyOver,
    BeyondHorizon,
    DayFull,
    LimitReached,
    PersonBusy,
    PractitionerAbsent,
    Rejection,
    SlotHeldByOthers,
    SlotTaken,
    WeekFull,
)
from booking.domain.states import Known

AHEAD_MAX = timedelta(days=3 * 366)
NAMES: dict[type[Rejection], Overridden] = {
    SlotTaken: "slot", SlotHeldByOthers: "slot", DayFull: "limit", WeekFull: "limit", PersonBusy: "person",
    LimitReached: "limit", PractitionerAbsent: "absence",
}  # fmt: skip


def book(command: BookVisit, known: Known) -> tuple[Event, ...]:
    """Notice, horizon, who may book and the days between two visits bind patients only."""
    start = command.visit.stretch.start
    if start <= command.at:
        raise AlreadyOver
    if start > command.at + AHEAD_MAX:
        raise BeyondHorizon
    in_the_way = _in_the_way(command, known)
    if not in_the_way:
        return (AppointmentBookedByPractice(command.at, *_facts(command, known)),)
    if command.sealed_override is None:
        raise in_the_way[0]
    names = tuple(NAMES[type(each)] for each in in_the_way)
    return (AppointmentBookedOverRules(command.at, *_facts(command, known), names, command.sealed_override),)


def _facts(command: BookVisit, known: Known) -> tuple[str, str, str, Visit, Rules]:
    """A practitioner may see two patients at once if staff say so; a room never holds two."""
    visit = in_a_room(command.visit, command.rules, known, command.at, but=frozenset())
    return command.appointment_id, command.person_id, command.account_id, visit, command.rules


def _in_the_way(command: BookVisit, known: Known) -> list[Rejection]:
    """What staff may book over and a patient may not: the first of the time asked, the first of the patient."""
    rules = replace(command.rules, min_days_between=0)
    found: list[Rejection] = []
    try:
        check_time(command.visit, rules, known, command.at, but=frozenset())
    except Rejection as rejection:
        found.append(rejection)
    try:
        check_patient(command.person_id, command.visit, rules, known, command.at)
    except Rejection as rejection:
        found.append(rejection)
    return found
