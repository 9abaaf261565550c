"""The feed: public events in order over HTTP, with the positions that Kafka carries, for those without Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from service_kit.http import AtLeast, Caller, context_of, invalid
from service_kit.problems import Problem
from starlette.responses import Response, StreamingResponse

from booking.application.ports import Record
from booking.application.publish import PUBLIC_TYPES, PublishedEvent, publish
from booking.domain.events import Event
from booking.entrypoints.requests import Parts, json_of, parts_of, read_response

router = APIRouter(prefix="/v1", tags=["events"])
LOOK_AGAIN_SECONDS = 1.0
STREAM_SECONDS_MAX = 60.0
ALIVE_SECONDS = 10.0
STREAM = "text/event-stream"
POSITION_MAX = 2**53


class FeedItem(BaseModel):
    """A public event; `data` is what Kafka carries under the same `type`."""

    position: int
    id: str
    type: str
    time: datetime
    subject: str
    data: dict[str, Any]


class Feed(BaseModel):
    """`next`: what to ask `after` next, whether or not there were items."""

    items: list[FeedItem]
    next: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events, and how many at a time."""

    kinds: list[type[Event]]
    agenda_id: str | None
    limit: int


@router.get("/events", response_model=Feed, responses={200: {"content": {STREAM: {"schema": {"type": "string"}}}}})
async def events(
    request: Request,
    caller: Caller,
    _: AtLeast,
    after: Annotated[int, Query(ge=0, le=POSITION_MAX)] = 0,
    types: Annotated[str | None, Query(max_length=1000)] = None,
    agenda: Annotated[str | None, Query(pattern="^[0-9A-Za-z_-]{1,64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    wait: Annotated[float, Query(ge=0, le=20, description="seconds to wait for news when there is none")] = 0,
    accept: Annotated[str | None, Header(max_length=300, include_in_schema=False)] = None,
    last_event_id: Annotated[str | None, Header(pattern="^[0-9]{1,15}$", description="of a stream: go on from")] = None,
) -> Response:
    """Public events after a position. `types`: names or full types, separated by commas.

    With `Accept: text/event-stream` they are streamed as they come, for a minute at most and as long as the token is
    good: come again with `Last-Event-ID`, as every EventSource does by itself.
    """
    caller.require("service", "auditor")
    parts, asked = parts_of(request), Asked(_kinds(types), agenda, limit)
    if accept is not None and STREAM in accept:
        place = after if last_event_id is None else int(last_event_id)
        stream = _stream(parts, asked, place, _still_allowed(request))
        return StreamingResponse(stream, media_type=STREAM, headers={"X-Accel-Buffering": "no"})
    items, following, head = await _following(parts, asked, after, wait)
    return read_response(request, {"items": items, "next": following}, head)


async def _following(parts: Parts, asked: Asked, after: int, wait: float) -> tuple[list[dict[str, Any]], int, int]:
    """What comes after a position, waited for if there is none; the position to go on from; the head."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while True:
        # The head is of the same snapshot as the records: up to it, nothing that was asked for is missing.
        records, head = await parts.ledger.feed(asked.kinds, asked.agenda_id, after, asked.limit)
        left = until - loop.time()
        if records or left <= 0 or parts.news.ended:
            break
        await parts.news.wait(min(left, LOOK_AGAIN_SECONDS))
    following = records[-1].position if len(records) == asked.limit else max(head, after)
    items = [item(record, record.event) for record in records if isinstance(record.event, PublishedEvent)]
    return items, following, head


def _still_allowed(request: Request) -> Callable[[], Awaitable[bool]]:
    """Whether the token that the request came with is good now."""
    _, _, token = request.headers["authorization"].partition(" ")

    async def allowed() -> bool:
        try:
            await context_of(request).verifier.verify(token.strip())
        except Problem:
            return False
        return True

    return allowed


async def _stream(
    parts: Parts, asked: Asked, after: int, allowed: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    """Each next piece is read when the one before it is in the socket: a slow reader costs one page of memory."""
    loop = asyncio.get_running_loop()
    until = loop.time() + STREAM_SECONDS_MAX
    yield b"retry: 1000\n\n"
    while loop.time() < until and not parts.news.ended:
        items, after, _ = await _following(parts, asked, after, ALIVE_SECONDS)
        if not await allowed():
            return
        for told in items:
            yield b"id: %d\nevent: %b\ndata: %b\n\n" % (told["position"], told["type"].encode(), json_of(told))
        # An id without data is no event, but moves the place from which the reader comes again; and it keeps alive.
        yield b"id: %d\n\n" % after


def _kinds(types: str | None) -> list[type[Event]]:
    """The private types behind the public ones asked for; none stands for all."""
    if types is None:
        return []
    wanted = {name.strip() for name in types.split(",")}
    names = {private: {public.ce_type, public.__name__} for private, public in PUBLIC_TYPES.items()}
    if wanted - set().union(*names.values()):
        raise invalid("query/types", "There is no such type.", "Ce type n'existe pas.")
    return [private for private, known in names.items() if known & wanted]


def item(record: Record, event: PublishedEvent) -> dict[str, Any]:
    """A record as the feed tells it."""
    public = publish(event)
    return {
        "position": record.position,
        "id": str(record.id),
        "type": public.ce_type,
        "time": event.at,
        "subject": public.subject,
        "data": public.model_dump(mode="json"),
    }
