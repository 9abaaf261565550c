"""Public facts in a service's own log: how they are stored there, and how the relay reads them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking_events import EVENTS, PublicEvent, Record, encode
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
    """The Kafka record of a public fact in the log. Raises KeyError for a type that no catalogue knows: that stops."""
    model = EVENTS[recorded.event.type]
    return encode(
        model.model_validate_json(recorded.event.data),
        id=str(recorded.event.id),
        source=service,
        time=datetime.fromisoformat(recorded.event.metadata["at"]),
        sequence=recorded.position,
        traceparent=recorded.event.metadata.get("traceparent"),
    )
