"""Reads: several in one statement for the services, and ranges of the log for whoever follows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.dcb.api import DCBQuery, DCBQueryItem
from psycopg.rows import tuple_row

from event_store import wire
from event_store.events import AlreadySeen, RecordedEvent, Snapshot


@dataclass(frozen=True, slots=True)
class Read:
    """The matching events after a position."""

    query: DCBQuery
    after: int
    limit: int | None


@dataclass(frozen=True, slots=True)
class Find:
    """What was kept of a request."""

    request_id: UUID


def tagged(*tags: str, types: Sequence[str] = ()) -> DCBQuery:
    """The query of whatever carries all of `tags` (and is of one of `types`): an appointment's, an agenda's events."""
    return DCBQuery([DCBQueryItem(types=list(types), tags=list(tags))])


def read_parameters(calls: Sequence[Read | Find]) -> tuple[str, str]:
    """The parameters of wire.READ; a call's number is its place."""
    reads: list[dict[str, object]] = []
    finds: list[dict[str, object]] = []
    for number, call in enumerate(calls):
        match call:
            case Read(query, after, limit):
                reads.append(wire.read_words(number, query, after, limit))
            case Find(request_id):
                finds.append({"number": number, "id": str(request_id)})
    return wire.as_json(reads).decode(), wire.as_json(finds).decode()


def read_answers(calls: Sequence[Read | Find], rows: Sequence[wire.Row]) -> list[Snapshot | AlreadySeen | None]:
    """Deal the rows of wire.READ out to the calls."""
    head, now = rows[0][:2]
    events: list[list[RecordedEvent]] = [[] for _ in calls]
    kept: dict[int, AlreadySeen] = {}
    for row in rows:
        number = row[2]
        if number is None:
            continue
        if isinstance(calls[number], Find):
            kept[number] = wire.already_seen(row[3], row[11], row[12])
        else:
            events[number].append(wire.recorded_event(row[3:]))
    return [
        Snapshot(events[number], head, now) if isinstance(call, Read) else kept.get(number)
        for number, call in enumerate(calls)
    ]


async def send_reads(
    connection: psycopg.AsyncConnection[Any], calls: Sequence[Read | Find]
) -> list[Snapshot | AlreadySeen | None]:
    cursor = connection.cursor(binary=True, row_factory=tuple_row)
    await cursor.execute(wire.READ, read_parameters(calls), prepare=True)
    return read_answers(calls, await cursor.fetchall())


async def read_after(
    connection: psycopg.AsyncConnection[Any], *, after: int, until: int | None = None, limit: int = 500
) -> list[RecordedEvent]:
    """The next events after a position, in order, on a connection of the caller's (a relay's, which holds its lock)."""
    cursor = connection.cursor(binary=True, row_factory=tuple_row)
    await cursor.execute(wire.READ_RANGE, wire.range_parameters(after, until, limit), prepare=True)
    return [wire.recorded_event(row) for row in await cursor.fetchall()]
