"""What became of requests, over HTTP: what waits for a practice, what a patient asked for, one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from service_kit.http import AtLeast, Caller, positions
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application.ports import PersonErased
from booking.domain import states_practice as states
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.decide_requests import OUTCOMES, may_see_request
from booking.entrypoints.requests import Id, account, changing_actors, json_of, parts_of, read_response, staff_of
from booking.views import requests as view

router = APIRouter(prefix="/v1", tags=["requests"])


class RequestSummary(BaseModel):
    """Unanswered, a request lapses at its `start`. Instants are UTC; `zone` is the place's."""

    id: str
    state: Literal["pending", "approved", "declined", "withdrawn", "lapsed"]
    agenda_id: str
    practitioner_id: str
    place_id: str | None
    start: datetime
    wished_start: datetime = Field(description="what the patient asked for: the practice may approve another `start`")
    zone: str
    motive_id: str
    mode: Literal["in_person", "video"]
    person_id: str
    appointment_id: str | None = Field(description="what was booked, once approved")


class RequestDetail(RequestSummary):
    """`message`: what the patient wrote, while it waits. `reason`: what the practice said when it declined.

    Both are None once the person is erased.
    """

    message: str | None = None
    reason: str | None = None


class RequestPage(BaseModel):
    items: list[RequestSummary]
    next: None = None


@router.get("/requests", response_model=RequestPage)
async def waiting(
    request: Request,
    caller: Caller,
    _: AtLeast,
    agenda: Annotated[str | None, Query(pattern="^[0-9A-Za-z_-]{1,64}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """What waits for the practice's answer, the longest waiting first."""
    headers = await positions(request)
    rows = await view.waiting(parts_of(request).database, staff_of(caller), agenda, limit)
    names = ("agenda_id", "practitioner_id", "place_id", "zone", "motive_id", "mode", "person_id")
    items = [
        {"id": row["request_id"], "state": "pending", "start": row["start_at"], "wished_start": row["start_at"]}
        | {"appointment_id": None}
        | {name: row[name] for name in names}
        for row in rows
    ]
    return Response(json_of({"items": items, "next": None}), 200, headers, media_type="application/json")


@router.get("/me/requests", response_model=RequestPage)
async def own(request: Request, caller: Caller, _: AtLeast) -> Response:
    """What the account asked for, for whomever it may book, and what became of it; the latest visit first."""
    patient = Patient(account(caller), await parts_of(request).heard.people_of(caller.subject))
    # From the log, as a decision reads it: a patient's history is short, and what was just asked is in it.
    whose = tags.account(patient.account_id), *map(tags.person, sorted(patient.people))
    reading = await parts_of(request).ledger.read(whose)
    theirs = [asked for asked in reading.known.requests.values() if may_see_request(patient, asked)]
    theirs.sort(key=lambda asked: (asked.visit.stretch.start, asked.request_id), reverse=True)
    return read_response(request, {"items": [request_body(asked) for asked in theirs], "next": None}, reading.head)


@router.get("/requests/{request_id}", response_model=RequestDetail)
async def one_request(request: Request, caller: Caller, request_id: Id, _: AtLeast) -> Response:
    """With what the patient wrote, while it waits; with what the practice said, once declined."""
    asked, head = await their_request(request, await changing_actors(request, caller), request_id)
    body = request_body(asked) | {"message": None, "reason": None}
    match asked:
        case states.Pending(sealed_message=str(sealed)):
            body |= await _said(request, asked, request_id, sealed)
        case states.Ended(sealed_reason=str(sealed)):
            body |= await _said(request, asked, about_reason(request_id), sealed)
        case _:
            pass
    return read_response(request, body, head)


async def their_request(
    request: Request, actors: tuple[Patient | Staff, ...], request_id: str
) -> tuple[states.Request, int]:
    """A request that one of `actors` may see, and the head it was read at; to others it is not there."""
    reading = await parts_of(request).ledger.read((tags.request(request_id),))
    asked = reading.known.requests.get(request_id)
    if asked is None or not any(may_see_request(actor, asked) for actor in actors):
        raise Problem("not-found")
    return asked, reading.head


def about_reason(request_id: str) -> str:
    """What the reason of a refusal is sealed for, as the message is for the request."""
    return f"{request_id} reason"


async def _said(request: Request, asked: states.Request, about: str, sealed: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = await parts_of(request).seals.unseal(asked.person_id, about, sealed)
    except PersonErased:
        return {}
    return said


def request_body(asked: states.Request) -> dict[str, Any]:
    visit = asked.visit
    state = {states.Pending: "pending", states.Approved: "approved"}.get(type(asked))
    if isinstance(asked, states.Ended):
        state = OUTCOMES[asked.by]
    approved = asked if isinstance(asked, states.Approved) else None
    return {
        "id": asked.request_id,
        "state": state,
        "agenda_id": visit.stretch.agenda_id,
        "practitioner_id": visit.practitioner_id,
        "place_id": visit.place_id,
        "start": visit.stretch.start.astimezone(UTC),
        "wished_start": (approved.wished if approved else visit.stretch.start).astimezone(UTC),
        "zone": visit.zone,
        "motive_id": visit.motive_id,
        "mode": visit.mode,
        "person_id": asked.person_id,
        "appointment_id": approved.appointment_id if approved else None,
    }
