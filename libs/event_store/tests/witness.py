"""One append, read or inquiry, and the record of how it went."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import psycopg
from event_store import (
    AlreadySeen,
    Appended,
    Conflict,
    DCBAppendCondition,
    Event,
    EventStore,
    Request,
    StoreUnavailable,
)

from .testimony import Inquiry, Look, QueryItems, Try, TypeAndTags, answer_to_keep, as_query

T = TypeVar("T")
Send = Callable[[list[Event], DCBAppendCondition | None, Request | None], Awaitable[Appended | Conflict | AlreadySeen]]


async def attempt(
    send: Send, name: str, events: list[TypeAndTags], *, query: QueryItems, after: int | None, request: UUID | None
) -> Try:
    """Send the events on condition that nothing matches `query` after `after` (None: unconditionally)."""
    outcome, position, kept = "", None, None
    asked = Try(name, request and str(request), events, query, after, time.monotonic(), 0, outcome)
    try:
        answer = await send(
            [asked.event(number) for number in range(len(events))],
            None if after is None else DCBAppendCondition(as_query(query), after=after),
            request and Request(request, name.encode(), answer_to_keep(name).encode()),
        )
    except StoreUnavailable as failure:
        outcome = "Unknown" if failure.request_id else "Refused"
    except psycopg.errors.LockNotAvailable:
        outcome = "Refused"  # by the server, which had not yet looked at it: the machine is slow, nothing is wrong
    except psycopg.Error as failure:
        outcome = type(failure).__name__
    else:
        outcome, position = type(answer).__name__, answer.position
        if isinstance(answer, AlreadySeen):
            kept = (answer.fingerprint.decode(), answer.answer.decode())
    return replace(asked, ended=time.monotonic(), outcome=outcome, position=position, kept=kept)


async def look(store: EventStore, query: QueryItems, *, after: int = 0, limit: int | None = None) -> Look:
    """Read what matches."""
    began, snapshot = await _answered(lambda: store.read(as_query(query), after=after, limit=limit))
    ended = time.monotonic()
    seen = [one.position for one in snapshot.events]
    return Look(query, after, limit, began, ended, snapshot.head, seen, snapshot.now.isoformat())


async def inquire(store: EventStore, request: UUID) -> Inquiry:
    """Ask what was kept of a request."""
    began, found = await _answered(lambda: store.find_request(request))
    kept = found and (found.fingerprint.decode(), found.answer.decode())
    return Inquiry(str(request), began, time.monotonic(), found and found.position, kept)


async def _answered(ask: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    """The answer, and when it was asked for: a reader whose session cannot be had at once asks anew."""
    while True:
        began = time.monotonic()
        try:
            return began, await ask()
        except StoreUnavailable:
            await asyncio.sleep(0.05)
