"""The feed: public events in order over HTTP, with the positions that Kafka carries, for those without Kafka."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from service_kit.http import AtLeast, Caller, invalid
from starlette.responses import Response

from booking.application.ports import Record
from booking.application.publish import PUBLIC_TYPES, publish
from booking.entrypoints.requests import parts_of, read_response

router = APIRouter(prefix="/v1", tags=["events"])
LOOK_AGAIN_SECONDS = 0.2


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


@router.get("/events", response_model=Feed)
async def events(
    request: Request,
    caller: Caller,
    _: AtLeast,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    types: Annotated[str | None, Query(max_length=1000)] = None,
    agenda: Annotated[str | None, Query(pattern="^[0-9A-Za-z_-]{1,64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    wait: Annotated[float, Query(ge=0, le=20)] = 0,
) -> Response:
    """Public events after a position. `types`: names or full types, separated by commas; `wait`: seconds for news."""
    caller.require("service", "auditor")
    kinds = _kinds(types)
    ledger = parts_of(request).ledger
    until = asyncio.get_running_loop().time() + wait
    while True:
        records, head = await ledger.feed(kinds, agenda, after, limit)
        left = until - asyncio.get_running_loop().time()
        if records or left <= 0:
            break
        await asyncio.sleep(min(left, LOOK_AGAIN_SECONDS))
    following = records[-1].position if len(records) == limit else max(head, after)
    return read_response(request, {"items": [_item(record) for record in records], "next": following}, head)


def _kinds(types: str | None) -> list[str]:
    """The private types behind the public ones asked for; none stands for all."""
    if types is None:
        return []
    wanted = {name.strip() for name in types.split(",")}
    kinds = []
    known: set[str] = set()
    for private, public in PUBLIC_TYPES.items():
        names = {public.ce_type, public.__name__}
        known |= names
        if names & wanted:
            kinds.append(private.__name__)
    if wanted - known:
        raise invalid("query/types", "There is no such type.", "Ce type n'existe pas.")
    return kinds


def _item(record: Record) -> dict[str, Any]:
    public = publish(record.event)
    return {
        "position": record.position,
        "id": str(record.id),
        "type": public.ce_type,
        "time": record.event.at,
        "subject": public.subject,
        "data": public.model_dump(mode="json"),
    }
