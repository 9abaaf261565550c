"""Public facts in a service's own log: how they are stored there, and how the relay reads them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking_events import EVENTS, POSITION_REACHED, PublicEvent, Record, record_of
from event_store import Event, RecordedEvent, append_in_transaction

from service_kit.database import Connection
from service_kit.telemetry import traceparent


def to_outbox(event: PublicEvent, at: datetime) -> Event:
    """`event` as an event of the log, in the current trace: its type is the public one, its data the public JSON."""
    metadata = {"at": at.isoformat()}
    if parent := traceparent():
        metadata["traceparent"] = parent
    return Event(
        type=event.ce_type,
        data=event.model_dump_json().encode(),
        tags=[f"{event.key.removesuffix('_id')}:{event.partition_key}"],
        metadata=metadata,
    )


async def say(connection: Connection, facts: Sequence[Event]) -> int | None:
    """Append `facts` (of `to_outbox`), if there are any, as the last statement of the transaction of `connection`.

    Returns the position of the last one.
    """
    return await append_in_transaction(connection, facts) if facts else None


def from_outbox(service: str, recorded: RecordedEvent) -> Record | None:
    """The Kafka record of a public fact in the log: the very bytes that were stored.

    Raises KeyError for a type that no catalogue knows: that stops.
    """
    return record_of(
        EVENTS[recorded.event.type],
        recorded.event.tags[0].partition(":")[2],
        recorded.event.data,
        id=str(recorded.event.id),
        source=service,
        time=datetime.fromisoformat(recorded.event.metadata["at"]),
        sequence=recorded.position,
        traceparent=recorded.event.metadata.get("traceparent"),
    )


def position_reached(service: str, topic: str, partition: int, position: int, at: datetime) -> Record:
    """What tells one partition that all of the log up to `position` has been said, for whose keys had no news."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", f"{service}-{position}".encode()),
        ("ce_type", POSITION_REACHED.format(service=service).encode()),
        ("ce_source", service.encode()),
        ("ce_time", at.isoformat().encode()),
        ("ce_sequence", f"{position:020d}".encode()),
    ]
    return Record(topic, f"position-{partition}".encode(), b"{}", headers)
