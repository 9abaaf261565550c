"""From the log to Kafka: each private event in its public form, at its own position."""

from __future__ import annotations

from collections.abc import Callable

import booking_events
from event_store import RecordedEvent

from booking.application.ports import Record
from booking.application.publish import publish


def publishing(
    service: str, decode: Callable[[RecordedEvent], Record]
) -> Callable[[RecordedEvent], booking_events.Record]:
    """What the relay says of a stored event. Stops at one that this release does not know."""

    def said(recorded: RecordedEvent) -> booking_events.Record:
        record = decode(recorded)
        return booking_events.encode(
            publish(record.event),
            id=str(record.id),
            source=service,
            time=record.event.at,
            sequence=record.position,
            traceparent=record.metadata.get("traceparent"),
        )

    return said
