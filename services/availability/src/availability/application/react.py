"""What booking's facts mean for the time of an agenda: rows that begin to bind, rows that end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from booking_events import PublicEvent
from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)

from availability.domain.agenda import Stretch
from availability.domain.span import minute_after, minute_of

Kind = Literal["hold", "appointment"]


@dataclass(frozen=True)
class Key:
    """A hold or an appointment, by booking's id."""

    kind: Kind
    id: str


@dataclass(frozen=True)
class Binding:
    """Time that is taken: `time` with buffers, `visit` without; minutes since 1970."""

    key: Key
    time: Stretch
    visit: Stretch
    motive_id: str
    mode: str
    held_by: str | None = None
    expires_at: datetime | None = None
    room_id: str | None = None


@dataclass(frozen=True)
class Prolonged:
    """The hold binds until another instant, or for another account."""

    hold: Key
    held_by: str
    expires_at: datetime


@dataclass(frozen=True)
class Effect:
    """`ends` bind no longer, `prolonged` goes on, `begins` binds from now on."""

    agenda_id: str
    ends: tuple[Key, ...] = ()
    prolonged: Prolonged | None = None
    begins: Binding | None = None


def effect_of(event: PublicEvent) -> Effect | None:
    """None for a fact that takes and frees no time."""
    match event:
        case SlotHeld():
            held = _binding(Key("hold", event.hold_id), event, held_by=event.held_by, expires_at=event.expires_at)
            return Effect(event.agenda_id, begins=held)
        case HoldExtended():
            prolonged = Prolonged(Key("hold", event.hold_id), event.held_by, event.expires_at)
            return Effect(event.agenda_id, prolonged=prolonged)
        case HoldReleased() | HoldExpired():
            return Effect(event.agenda_id, ends=(Key("hold", event.hold_id),))
        case AppointmentConfirmed():
            appointment = Key("appointment", event.appointment_id)
            ends = (appointment,) if event.hold_id is None else (appointment, Key("hold", event.hold_id))
            return Effect(event.agenda_id, ends=ends, begins=_binding(appointment, event))
        case AppointmentMoved():
            moved = Key("appointment", event.appointment_id)
            return Effect(event.agenda_id, ends=(moved,), begins=_binding(moved, event))
        case AppointmentCancelled():
            return Effect(event.agenda_id, ends=(Key("appointment", event.appointment_id),))
        case _:
            return None


def _binding(
    key: Key,
    event: SlotHeld | AppointmentConfirmed | AppointmentMoved,
    *,
    held_by: str | None = None,
    expires_at: datetime | None = None,
) -> Binding:
    before = timedelta(minutes=event.buffer_before_minutes)
    after = timedelta(minutes=event.buffer_after_minutes)
    return Binding(
        key=key,
        time=Stretch(minute_of(event.start - before), minute_after(event.end + after)),
        visit=Stretch(minute_of(event.start), minute_after(event.end)),
        motive_id=event.motive_id,
        mode=event.mode,
        held_by=held_by,
        expires_at=expires_at,
        room_id=event.room_id,
    )
