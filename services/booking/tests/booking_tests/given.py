"""Invented facts for the tests, and "given events, when command, then events" in one line each."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from booking.domain.actors import Patient, Staff
from booking.domain.commands import Command, ConfirmHold, HoldSlot, MoveAppointment
from booking.domain.decide import decide
from booking.domain.events import AppointmentConfirmed, Event, SlotHeld
from booking.domain.evolve import fold
from booking.domain.facts import Rules, Stretch, Visit

NOW = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
NINE = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
BOB = Patient("bob")


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def new_id() -> str:
    return str(uuid.uuid4())


def visit(
    start: datetime = NINE,
    length: int = 15,
    *,
    agenda: str = "agenda-1",
    before: int = 0,
    after: int = 0,
    practitioner: str = "practitioner-1",
    place: str | None = "place-1",
    speciality: str = "dermatologie",
    zone: str = "Europe/Paris",
    motive: str = "motive-1",
    room: str | None = None,
) -> Visit:
    return Visit(
        stretch=Stretch(agenda, start, start + minutes(length), before, after, room),
        practitioner_id=practitioner,
        place_id=place,
        speciality=speciality,
        zone=zone,
        motive_id=motive,
        mode="in_person",
    )


def rules(**changes: Any) -> Rules:
    return Rules(**{"agenda_version": 3, "offer": "0" * 64, **changes})


def hold_slot(account: str = "alice", hold: str = "hold-new", at: datetime = NOW, **more: Any) -> HoldSlot:
    return HoldSlot(at, hold, account, more.get("visit", visit()), more.get("rules", rules()))


def held(account: str = "alice", hold: str = "hold-1", at: datetime = NOW, **more: Any) -> SlotHeld:
    expires_at = more.get("expires_at", at + minutes(10))
    return SlotHeld(at, hold, account, more.get("visit", visit()), more.get("rules", rules()), expires_at)


def confirm(account: str = "alice", hold: str = "hold-1", at: datetime = NOW, **more: Any) -> ConfirmHold:
    return ConfirmHold(
        at, hold, account, more.get("appointment", "appointment-new"), more.get("person", "anna"),
        more.get("answered", frozenset()), more.get("sealed"), frozenset(more.get("replaces", ())),
    )  # fmt: skip


def confirmed(account: str = "bob", hold: str = "hold-0", at: datetime = NOW, **more: Any) -> AppointmentConfirmed:
    return AppointmentConfirmed(
        at, more.get("appointment", "appointment-1"), hold, more.get("person", "bea"), account,
        more.get("visit", visit()), more.get("rules", rules()), more.get("sealed"),
    )  # fmt: skip


def move(to: Visit, at: datetime = NOW, actor: Patient | Staff = BOB, **more: Any) -> MoveAppointment:
    return MoveAppointment(
        at, more.get("appointment", "appointment-1"), (actor,), to, more.get("rules", rules()), more.get("version")
    )


def when(command: Command, *given: Event) -> tuple[Event, ...]:
    """What `command` decides after `given`. Raises its rejection."""
    return decide(command, fold(given))
