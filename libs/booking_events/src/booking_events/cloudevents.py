"""CloudEvents 1.0 over Kafka in binary mode: attributes in headers, the event's JSON as the value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from booking_events.base import PublicEvent
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
    value = event.model_dump_json().encode()
    key = event.partition_key
    return record_of(
        type(event), key, value, id=id, source=source, time=time, sequence=sequence, traceparent=traceparent
    )


def record_of(
    model: type[PublicEvent],
    key: str,
    value: bytes,
    *,
    id: str,
    source: str,
    time: datetime,
    sequence: int,
    traceparent: str | None = None,
) -> Record:
    """As `encode`, for an event of `model` whose JSON is there already; `key` is its partition key."""
    key_octets = key.encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", id.encode()),
        ("ce_type", model.ce_type.encode()),
        ("ce_source", source.encode()),
        ("ce_subject", key_octets),
        ("ce_time", time.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()),
        ("ce_sequence", b"%020d" % sequence),
        ("ce_partitionkey", key_octets),
        ("content-type", b"application/json"),
    ]
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return Record(model.topic, key_octets, value, headers)


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
        return model.model_validate_json(value, extra="ignore")
    except ValidationError as error:
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


def _where(model: type[PublicEvent], error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    if first["type"] == "json_invalid":
        return f"{model.ce_type}: not JSON"
    return f"{model.ce_type}: {'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
