"""CloudEvents 1.0 over Kafka in binary mode: attributes in headers, the event's JSON as the value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from booking_events.base import PublicEvent, strip_unknown
from booking_events.catalogue import EVENTS

SEQUENCE_MAX = 2**63 - 1

Headers = list[tuple[str, bytes]]


class Undecodable(ValueError):
    """A record of a known type that is not what its type says; the message names the field, never its value."""


@dataclass(frozen=True)
class Envelope:
    """An event with the facts of its journey.

    `sequence`: the position in the log of `source`; `data` is None for a type unknown here.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    sequence: int
    partition_key: str
    traceparent: str | None
    data: PublicEvent | None


@dataclass(frozen=True)
class Record:
    """What is handed to a Kafka producer."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def encode(
    event: PublicEvent, *, id: str, source: str, time: datetime, sequence: int, traceparent: str | None = None
) -> Record:
    """The Kafka record of `event`. `source` is the service whose log gave it `sequence` (a position, from 1)."""
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_type": event.ce_type,
        "ce_source": source,
        "ce_subject": event.subject,
        "ce_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_sequence": f"{sequence:020d}",
        "ce_partitionkey": event.partition_key,
        "content-type": "application/json",
    }
    if traceparent:
        attributes["traceparent"] = traceparent
    headers = [(name, value.encode()) for name, value in attributes.items()]
    return Record(event.topic, event.partition_key.encode(), event.model_dump_json().encode(), headers)


def decode(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Envelope:
    """The typed event of a record. Unknown fields are dropped; an unknown type gives `data=None`.

    Raises `Undecodable`, and nothing else, for a missing or wrong attribute or data that does not fit its type.
    """
    try:
        found = {name: raw.decode() for name, raw in headers if raw is not None}
    except UnicodeDecodeError:
        raise Undecodable("a header is not UTF-8") from None
    try:
        type_ = found["ce_type"]
        envelope = Envelope(
            id=found["ce_id"],
            type=type_,
            source=found["ce_source"],
            subject=found.get("ce_subject", ""),
            time=_time(found["ce_time"]),
            sequence=_sequence(found["ce_sequence"]),
            partition_key=found.get("ce_partitionkey", ""),
            traceparent=found.get("traceparent"),
            data=None,
        )
    except KeyError as missing:
        raise Undecodable(f"the record has no header {missing}") from None
    model = EVENTS.get(type_)
    return envelope if model is None else replace(envelope, data=load(model, value or b""))


def load(model: type[PublicEvent], value: bytes) -> PublicEvent:
    """`value` read as a consumer reads it: open to fields that it does not know. Raises `Undecodable`."""
    try:
        fields = json.loads(value)
        return model.model_validate_json(json.dumps(strip_unknown(model, fields)))
    except (ValueError, RecursionError) as error:
        raise Undecodable(_where(model, error)) from None


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Undecodable("the header 'ce_time' is not an instant") from None
    if time.tzinfo is None:
        raise Undecodable("the header 'ce_time' has no offset")
    return time


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and int(text) <= SEQUENCE_MAX):
        raise Undecodable("the header 'ce_sequence' is not a position")
    return int(text)


def _where(model: type[PublicEvent], error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return f"{model.ce_type}: not JSON"
    first = errors(include_input=False, include_url=False)[0]
    return f"{model.ce_type}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
