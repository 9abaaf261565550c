"""Private events as the bytes of the log, and back: explicit names, versions raised step by step on reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from event_store import Event as StoredEvent
from event_store import RecordedEvent
from pydantic import TypeAdapter

from booking.application.ports import Record
from booking.domain import tags
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    Event,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)

KINDS: dict[str, tuple[type[Event], int]] = {
    "SlotHeld": (SlotHeld, 1),
    "HoldReleased": (HoldReleased, 1),
    "HoldExpired": (HoldExpired, 1),
    "HoldExtended": (HoldExtended, 1),
    "HoldClaimed": (HoldClaimed, 1),
    "AppointmentConfirmed": (AppointmentConfirmed, 1),
    "AppointmentCancelled": (AppointmentCancelled, 1),
}
"""The stored name of each event, for ever and whatever its class is called, with the version that is written."""

UPCASTS: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(name, version) -> the pure step to the next version. Stored bytes never change; what is read is raised."""

NAMES: dict[type[Event], str] = {kind: name for name, (kind, _) in KINDS.items()}
_ADAPTERS: dict[str, TypeAdapter[Event]] = {name: TypeAdapter(kind) for name, (kind, _) in KINDS.items()}


class UnknownEvent(Exception):
    """The log holds a type or a version that this release does not know: it stops, and never guesses."""


def encode(event: Event, metadata: Mapping[str, str]) -> StoredEvent:
    name = NAMES[type(event)]
    return StoredEvent(
        type=name,
        data=_ADAPTERS[name].dump_json(event),
        tags=list(tags.of(event)),
        version=KINDS[name][1],
        metadata=dict(metadata),
    )


def decode(stored: StoredEvent) -> Event:
    """Raises `UnknownEvent`."""
    _, newest = KINDS.get(stored.type, (None, 0))
    if stored.version > newest:
        raise UnknownEvent(f"{stored.type} version {stored.version} is not known to this release")
    if stored.version == newest:
        return _ADAPTERS[stored.type].validate_json(stored.data)
    fields = orjson.loads(stored.data)
    for version in range(stored.version, newest):
        fields = UPCASTS[stored.type, version](fields)
    return _ADAPTERS[stored.type].validate_json(orjson.dumps(fields))


def record(recorded: RecordedEvent) -> Record:
    """Raises `UnknownEvent`."""
    return Record(
        event=decode(recorded.event),
        id=recorded.event.id,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        previous_hash=recorded.previous_hash,
        hash=recorded.hash,
        metadata=recorded.event.metadata,
    )
