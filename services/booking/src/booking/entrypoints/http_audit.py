"""For auditors: what happened to an appointment and on which facts, any past state, whether the log is unaltered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from event_store import LogBroken
from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, BaseModel
from service_kit.http import AtLeast, Caller, invalid
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application.audit import at_position, explained, story_tags
from booking.application.ports import Reading
from booking.entrypoints.requests import Id, parts_of, read_response

router = APIRouter(prefix="/v1/audit", tags=["audit"])


class AuditRecord(BaseModel):
    """An event as stored: who asked (`actor`), what was looked at (`boundary`, up to position `after`), the facts."""

    position: int
    id: str
    type: str
    recorded_at: datetime
    actor: str
    cause: str | None
    rules: str
    boundary: list[str]
    after: int
    facts: dict[str, Any]
    previous_hash: str
    hash: str


class AuditHistory(BaseModel):
    items: list[AuditRecord]
    next: None = None


class AuditState(BaseModel):
    """What was known of an appointment and its hold after the event at `position`; None: not yet there."""

    position: int
    events: int
    appointment: dict[str, Any] | None
    hold: dict[str, Any] | None


class ChainHead(BaseModel):
    position: int
    hash: str | None
    recorded_at: datetime | None


class ChainReport(BaseModel):
    intact: bool
    verified: int
    broken_at: int | None
    reason: str | None
    head: ChainHead


@router.get("/appointments/{appointment_id}", response_model=AuditHistory)
async def history(request: Request, caller: Caller, appointment_id: Id, _: AtLeast) -> Response:
    """Every event of the appointment and of the hold that it came from."""
    caller.require("auditor")
    reading = await _story(request, appointment_id)
    items = [explained(record) for record in reading.records]
    return read_response(request, {"items": items, "next": None}, reading.head)


@router.get("/state", response_model=AuditState)
async def state(
    request: Request,
    caller: Caller,
    _: AtLeast,
    appointment: Annotated[str, Query(pattern="^[0-9A-Za-z_-]{1,64}$")],
    position: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    at: AwareDatetime | None = None,
) -> Response:
    """Replay to a position, or to an instant of recording; without either, to the head."""
    caller.require("auditor")
    if position is not None and at is not None:
        raise invalid(
            "query/at", "Name a position or an instant, not both.", "Une position ou un instant, pas les deux."
        )
    if at is not None:
        try:
            position = await parts_of(request).ledger.position_at(at)
        except LogBroken:
            raise Problem("log-broken") from None
    reading = await _story(request, appointment)
    body = at_position(reading.records, appointment, reading.head if position is None else position)
    return read_response(request, body, reading.head)


@router.get("/heads", response_model=ChainHead)
async def head(
    request: Request, caller: Caller, _: AtLeast, position: Annotated[int | None, Query(ge=1, le=2**53)] = None
) -> Response:
    """The hash of the log's newest event, or of an earlier one: whoever notes it can prove later what it stood on."""
    caller.require("auditor")
    ledger = parts_of(request).ledger
    newest = await ledger.head()
    record = await ledger.at(newest if position is None else position)
    if record is None and position is not None:
        raise Problem("not-found")
    body: dict[str, Any] = {"position": 0, "hash": None, "recorded_at": None}
    if record is not None:
        body = {"position": record.position, "hash": record.hash.hex(), "recorded_at": record.recorded_at}
    return read_response(request, body, newest)


@router.get("/chain", response_model=ChainReport)
async def chain(request: Request, caller: Caller, _: AtLeast) -> Response:
    """Recompute every hash from the first event to the head."""
    caller.require("auditor")
    found = await parts_of(request).ledger.verify()
    head = {"position": found.head, "hash": found.hash.hex() if found.hash else None, "recorded_at": found.recorded_at}
    body = {
        "intact": found.broken_at is None,
        "verified": found.verified,
        "broken_at": found.broken_at,
        "reason": found.reason,
        "head": head,
    }
    return read_response(request, body, found.head)


async def _story(request: Request, appointment_id: str) -> Reading:
    ledger = parts_of(request).ledger
    first = await ledger.read(story_tags(appointment_id, ()))
    if not first.records:
        raise Problem("not-found")
    return await ledger.read(story_tags(appointment_id, first.records))
