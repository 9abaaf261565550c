"""Private events as the bytes of the log, and back: explicit names, versions raised step by step on reading."""

from __future__ import annotations

from collections.abc import Mapping

from event_store import Event as StoredEvent
from event_store import RecordedEvent, StoredType, StoredTypes
from pydantic import TypeAdapter

from booking.application.ports import Record
from booking.domain import tags
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    Event,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_absences import AbsenceEnded, AbsenceNoted, AbsencePlanned, AbsenceSettled
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
    RequestApproved,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft

NAMES: dict[type[Event], str] = {
    SlotHeld: "SlotHeld",
    HoldReleased: "HoldReleased",
    HoldExpired: "HoldExpired",
    HoldExtended: "HoldExtended",
    HoldClaimed: "HoldClaimed",
    AppointmentConfirmed: "AppointmentConfirmed",
    AppointmentMoved: "AppointmentMoved",
    AppointmentCancelled: "AppointmentCancelled",
    AppointmentImported: "AppointmentImported",
    AppointmentHonoured: "AppointmentHonoured",
    AppointmentMissed: "AppointmentMissed",
    PatientMarkedKnown: "PatientMarkedKnown",
    PatientUnmarkedKnown: "PatientUnmarkedKnown",
    OnlineBookingStopped: "OnlineBookingStopped",
    OnlineBookingResumed: "OnlineBookingResumed",
    AppointmentBookedByPractice: "AppointmentBookedByPractice",
    AppointmentBookedOverRules: "AppointmentBookedOverRules",
    AppointmentRequested: "AppointmentRequested",
    RequestApproved: "RequestApproved",
    RequestEnded: "RequestEnded",
    AbsenceNoted: "AbsenceNoted",
    AbsencePlanned: "AbsencePlanned",
    AbsenceEnded: "AbsenceEnded",
    AbsenceSettled: "AbsenceSettled",
    WaitingListJoined: "WaitingListJoined",
    WaitingListLeft: "WaitingListLeft",
    EarlierSlotOffered: "EarlierSlotOffered",
    FreedSlotClosed: "FreedSlotClosed",
}
"""The stored name of each event, for ever and whatever its class is called."""

_ADAPTERS: dict[str, TypeAdapter[Event]] = {name: TypeAdapter(kind) for kind, name in NAMES.items()}


def _stored(name: str, version: int) -> StoredType[Event]:
    return StoredType(name, version, _ADAPTERS[name].validate_json)


TYPES = StoredTypes[Event](
    [
        _stored("SlotHeld", 1),
        _stored("HoldReleased", 1),
        _stored("HoldExpired", 1),
        _stored("HoldExtended", 1),
        _stored("HoldClaimed", 1),
        _stored("AppointmentConfirmed", 1),
        _stored("AppointmentMoved", 1),
        _stored("AppointmentCancelled", 1),
        _stored("AppointmentImported", 1),
        _stored("AppointmentHonoured", 1),
        _stored("AppointmentMissed", 1),
        _stored("PatientMarkedKnown", 1),
        _stored("PatientUnmarkedKnown", 1),
        _stored("OnlineBookingStopped", 1),
        _stored("OnlineBookingResumed", 1),
        _stored("AppointmentBookedByPractice", 1),
        _stored("AppointmentBookedOverRules", 1),
        _stored("AppointmentRequested", 1),
        _stored("RequestApproved", 1),
        _stored("RequestEnded", 1),
        _stored("AbsenceNoted", 1),
        _stored("AbsencePlanned", 1),
        _stored("AbsenceEnded", 1),
        _stored("AbsenceSettled", 1),
        _stored("WaitingListJoined", 1),
        _stored("WaitingListLeft", 1),
        _stored("EarlierSlotOffered", 1),
        _stored("FreedSlotClosed", 1),
    ]
)
"""Each with the version that is written. A new one needs the step that leads to it, and its golden file."""


def encode(event: Event, metadata: Mapping[str, str]) -> StoredEvent:
    name = NAMES[type(event)]
    return StoredEvent(
        type=name,
        data=_ADAPTERS[name].dump_json(event),
        tags=list(tags.of(event)),
        version=TYPES.version(name),
        metadata=dict(metadata),
    )


def record(recorded: RecordedEvent) -> Record:
    """Raises `UnknownEvent`: the log holds a type or a version that this release does not know."""
    return Record(
        event=TYPES.decode(recorded.event),
        id=recorded.event.id,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        previous_hash=recorded.previous_hash,
        hash=recorded.hash,
        metadata=recorded.event.metadata,
    )
