"""What travels between the library and the database: statements, their parameters and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBSequencedEvent

from event_store.events import AlreadySeen, Appended, Conflict, Event, RecordedEvent, Request
from event_store.packing import pack, pack_answer, unpack, unpack_answer

CHANNEL = "ledger"
REQUEST_BYTES_MAX = 8 * 1024 * 1024
_POSITION_MAX = 2**63 - 1
_VERSION_MAX = 2**31 - 1

APPEND = "SELECT outcome, reached, fingerprint, answer FROM ledger.append_batch(%s::jsonb, %b::bytea[])"

# What `recorded_event` takes, in its order.
EVENT_COLUMNS = (
    "e.position, e.recorded_at, e.id, e.version, e.type, e.tags, e.metadata, e.previous_hash, e.hash, e.data"
)

# The head of the log and its clock, beside what a LATERAL after it calls `found`. There is always a row, for the head.
HEAD_AND = """
SELECT coalesce(head.position, 0), greatest(statement_timestamp(), head.recorded_at), found.*
FROM (SELECT) AS always
LEFT JOIN LATERAL (
    SELECT e.position, e.recorded_at FROM ledger.events e ORDER BY e.position DESC LIMIT 1
) AS head ON true
"""

# Head, clock, events and kept answers in one statement, so of one snapshot.
READ = f"""{HEAD_AND}LEFT JOIN LATERAL (
    SELECT r.number, {EVENT_COLUMNS}
    FROM jsonb_to_recordset(%s::jsonb) AS r(number integer, after bigint, most bigint, items jsonb)
    CROSS JOIN LATERAL (
        SELECT DISTINCT m.at
        FROM jsonb_to_recordset(r.items) AS i(tags text[], types text[])
        CROSS JOIN LATERAL ledger.matching(i.tags, i.types, r.after, r.most) AS m
        ORDER BY m.at
        LIMIT r.most
    ) AS matched
    JOIN ledger.events e ON e.position = matched.at
    UNION ALL
    SELECT s.number, q.position, NULL, q.id, NULL, NULL, NULL, NULL, NULL, q.fingerprint, q.answer
    FROM jsonb_to_recordset(%s::jsonb) AS s(number integer, id uuid)
    JOIN ledger.requests q ON q.id = s.id
) AS found ON true
ORDER BY found.number, found.position
"""  # noqa: S608 (only constants are put in)

READ_RANGE = f"""
SELECT {EVENT_COLUMNS}
FROM ledger.events e
WHERE e.position > %s AND e.position <= %s
ORDER BY e.position
LIMIT %s
"""  # noqa: S608 (only constants are put in)

# A generic plan is made before the rows are there: these keep it on the indexes whatever it was told of their number.
SESSION = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_bitmapscan": "off",
    "jit": "off",
    "timezone": "UTC",
    "statement_timeout": "3s",
    # The server's only way to be rid of a client that stopped before it had read a long answer, under the lock.
    "tcp_user_timeout": "3s",
}

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AppendCall:
    """One append, checked and encoded when it is made, so that a faulty one fails alone and not with its batch."""

    words: bytes
    blobs: list[bytes]
    size: int
    request_id: UUID | None
    own_id: bool  # the caller gave the id, and so wants to know when it was seen before


def append_call(
    events: Sequence[DCBEvent],
    condition: DCBAppendCondition | None,
    request: Request | None,
    fallback_id: UUID | None,
) -> AppendCall:
    """Encode one append. `fallback_id` is the request id of an append whose caller gave none; ValueError if faulty."""
    blobs: list[bytes] = []
    request_id = fallback_id
    if request is not None:
        request_id = request.id
        blobs += (request.fingerprint, pack_answer(request.answer))
    elif request_id is not None:
        blobs += (b"", b"")
    encoded = []
    for given in events:
        event = given if isinstance(given, Event) else Event(given.type, given.data, given.tags)
        _check(event)
        metadata, data = pack(metadata_text(event.metadata), event.data, event.tags)
        blobs.append(data)
        encoded.append(
            {
                "id": str(event.id),
                "type": event.type,
                "version": event.version,
                "tags": event.tags,
                "metadata": metadata,
            }
        )
    fields: dict[str, object] = {
        "id": None if request_id is None else str(request_id),
        "blobs": len(blobs),
        "events": encoded,
    }
    if condition is not None:
        fields["after"] = _position(condition.after or 0)
        fields["items"] = _items(condition.fail_if_events_match)
    words = as_json(fields)
    # What is sent is less; what was given is the limit, so that it does not depend on how well it deflates.
    given_bytes = sum(len(event.data) for event in events) + (0 if request is None else len(request.answer))
    size = len(words) + sum(map(len, blobs))
    if max(size, given_bytes) > REQUEST_BYTES_MAX:
        raise ValueError(f"an append of {max(size, given_bytes)} bytes is too large; {REQUEST_BYTES_MAX} is the most")
    return AppendCall(words, blobs, size, request_id, own_id=request is not None)


def append_parameters(calls: Sequence[AppendCall]) -> tuple[str, list[bytes]]:
    words = b"[" + b",".join([call.words for call in calls]) + b"]"
    return words.decode(), [blob for call in calls for blob in call.blobs]


def append_answer(call: AppendCall, row: Row) -> Appended | Conflict | AlreadySeen:
    match row:
        case ("A", int(position), _, _):
            return Appended(position)
        case ("C", int(position), _, _):
            return Conflict(position)
        case ("S", int(position), bytes(fingerprint), bytes(answer)):
            # An id of our own can only have been seen in an earlier try of this very append.
            return already_seen(position, fingerprint, answer) if call.own_id else Appended(position)
        case _:
            raise ValueError("ledger.append_batch gave an answer that this library does not know")


def already_seen(position: int, fingerprint: bytes, answer: bytes) -> AlreadySeen:
    """What was kept of a request, out of its row."""
    return AlreadySeen(position, fingerprint, unpack_answer(answer))


def read_words(number: int, query: DCBQuery, after: int, limit: int | None) -> dict[str, object]:
    return {
        "number": number,
        "after": _position(after),
        "most": None if limit is None else max(0, min(limit, _POSITION_MAX)),
        "items": _items(query),
    }


def recorded_event(row: Row) -> RecordedEvent:
    """A row of READ_RANGE, or of READ without its first three columns."""
    position, recorded_at, id, version, type, tags, metadata, previous_hash, hash, stored = row
    given, data = unpack(metadata, stored, tags)
    try:
        fields = orjson.loads(given) if given else {}
    except ValueError:  # tampered with: read as it stands, so that the chain can name its position
        fields, data = {}, stored
    event = Event(type, data, tags, id, version, fields)
    return RecordedEvent(event, position, _aware(recorded_at), previous_hash, hash, metadata, stored)


def sequenced(recorded: RecordedEvent) -> DCBSequencedEvent:
    """A recorded event in the wheel's own shape."""
    return DCBSequencedEvent(recorded.event, recorded.position)


def range_parameters(after: int, until: int | None, limit: int) -> tuple[int, int, int]:
    return _position(after), _POSITION_MAX if until is None else _position(until), limit


def metadata_text(metadata: dict[str, str]) -> str:
    """How the store writes metadata; what is stored is kept as it is and never written anew."""
    return as_json(metadata).decode()


def as_json(value: object) -> bytes:
    """Compact JSON in UTF-8; ValueError for what has none, such as half a surrogate pair."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as failure:
        raise ValueError(str(failure)) from None


def checked(query: DCBQuery) -> DCBQuery:
    """The query, if it can be sent at all; ValueError otherwise, before others travel with it."""
    _items(query)
    return query


def _items(query: DCBQuery) -> list[dict[str, list[str]]]:
    if not query.items:
        return [{"tags": [], "types": []}]
    return [{"tags": _texts(item.tags), "types": _texts(item.types)} for item in query.items]


def _texts(texts: Sequence[str]) -> list[str]:
    for text in texts:
        if "\x00" in text:
            raise ValueError("a tag or type cannot hold the character NUL")
        text.encode()
    return list(texts)


def _check(event: Event) -> None:
    if not event.type:
        raise ValueError("an event needs a type")
    if not 0 < event.version <= _VERSION_MAX:
        raise ValueError("an event's version counts from 1")
    if not all(event.tags):
        raise ValueError("a tag cannot be empty")
    _texts((event.type, *event.tags))


def _position(position: int) -> int:
    return max(0, min(position, _POSITION_MAX))


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("the database gave an instant without its offset")
    return instant
