"""From the log to Kafka: each private event in its public form, at its own position."""

from __future__ import annotations

from collections.abc import Callable

import booking_events
import orjson
from event_store import RecordedEvent

from booking.application.ports import Record
from booking.application.publish import PUBLIC_TYPES, PublishedEvent, fields_of


def publishing(
    service: str, decode: Callable[[RecordedEvent], Record]
) -> Callable[[RecordedEvent], booking_events.Record | None]:
    """What the relay says of a stored event, if anything. Stops at one that this release does not know."""

    def said(recorded: RecordedEvent) -> booking_events.Record | None:
        record = decode(recorded)
        if not isinstance(record.event, PublishedEvent):
            return None
        # What is in the log has been checked: to check it again in a public model would double the cost of a record.
        model, fields = PUBLIC_TYPES[type(record.event)], fields_of(record.event)
        return booking_events.record_of(
            model,
            fields[model.key],
            orjson.dumps(fields, option=orjson.OPT_UTC_Z),
            id=str(record.id),
            source=service,
            time=record.event.at,
            sequence=record.position,
            traceparent=record.metadata.get("traceparent"),
        )

    return said
