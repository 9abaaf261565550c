"""The story of an appointment for an auditor: its events with the facts that decided, and its state at any position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from booking.application.ports import Record
from booking.application.replay import told
from booking.domain import tags
from booking.domain.events import AppointmentConfirmed
from booking.domain.evolve import fold


def story_tags(appointment_id: str, records: Sequence[Record]) -> tags.Tags:
    """The tags of an appointment and, once its confirmation is among `records`, of the hold that it came from.

    What is linked is read with it.
    """
    holds = [record.event.hold_id for record in records if isinstance(record.event, AppointmentConfirmed)]
    return (tags.appointment(appointment_id), *(tags.hold(hold_id) for hold_id in holds))


def explained(record: Record) -> dict[str, Any]:
    """An event with everything that was noted of its decision."""
    noted = record.metadata
    return {
        "position": record.position,
        "id": str(record.id),
        "type": type(record.event).__name__,
        "recorded_at": record.recorded_at,
        "actor": noted.get("actor", ""),
        "cause": noted.get("cause"),
        "rules": noted.get("rules", ""),
        "boundary": noted.get("boundary", "").split(),
        "after": int(noted.get("after", 0)),
        "facts": asdict(record.event),
        "previous_hash": record.previous_hash.hex(),
        "hash": record.hash.hex(),
    }


def at_position(records: Sequence[Record], appointment_id: str, position: int) -> dict[str, Any]:
    """What `records` say up to a position."""
    past = [record for record in records if record.position <= position]
    known = fold(record.event for record in past)
    appointment = known.appointments.get(appointment_id)
    own = (each.event for each in records if isinstance(each.event, AppointmentConfirmed))
    hold_id = next((event.hold_id for event in own if event.appointment_id == appointment_id), "")
    hold = known.holds.get(hold_id)
    return {
        "position": position,
        "events": len(past),
        "appointment": None if appointment is None else told(appointment),
        "hold": None if hold is None else told(hold),
    }
