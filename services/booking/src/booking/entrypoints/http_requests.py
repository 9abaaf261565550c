"""Requests over HTTP: a patient asks for a visit that only staff book, and one of the staff answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application import handle_practice
from booking.application.handle import Outcome
from booking.application.ports import Answer, PersonErased
from booking.domain import rejections as r
from booking.domain.actors import Patient
from booking.domain.rejections import BookOnlineInstead, NoSuchMotive, PersonNotTheirs, Rejection
from booking.entrypoints.bodies import Start
from booking.entrypoints.http_appointments import IdText
from booking.entrypoints.http_request_reads import RequestSummary, about_reason, request_body, their_request
from booking.entrypoints.http_staff import on_the_grid
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import Id, account, answer, ok, parts_of, refuse, staff_of

router = APIRouter(prefix="/v1", tags=["requests"])
ASKED = refusals(
    r.RequestPending, r.BookOnlineInstead, r.BookingStopped, r.AgendaClosed, r.NoSuchMotive, r.PersonNotTheirs,
    r.AlreadyOver,
)  # fmt: skip
APPROVED = refusals(
    r.RequestAnswered, r.SlotTaken, r.SlotHeldByOthers, r.PersonBusy, r.LimitReached, r.AlreadyOver, r.AgendaClosed,
    r.NoSuchMotive, r.NoRoomFree, r.PractitionerAbsent, r.DayFull, r.WeekFull, r.BeyondHorizon,
)  # fmt: skip


class VisitRequest(Body):
    """`start`: when the patient would like to come. `message`: for the practice, sealed."""

    person_id: IdText
    motive_id: IdText
    mode: Literal["in_person", "video"] = "in_person"
    start: Start
    message: Annotated[str, Field(max_length=2_000)] | None = None


class Approval(Body):
    """`start`: another time than the one wished."""

    start: Start | None = None


class Declining(Body):
    reason: Annotated[str, Field(max_length=500)] | None = None


@router.post("/agendas/{agenda_id}/requests", status_code=201, response_model=RequestSummary, responses=ASKED)
async def ask(
    request: Request, caller: Caller, agenda_id: Id, body: VisitRequest, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Ask for a visit of a motive that only staff book, on request. No time is kept until they have answered."""
    who, parts, request_id = account(caller), parts_of(request), str(uuid.uuid4())
    agenda, start = await parts.heard.agenda(agenda_id), on_the_grid(body.start)
    if agenda is None:
        raise Problem("not-found")
    try:
        if body.person_id not in await parts.heard.people_of(who):
            raise PersonNotTheirs
        motive = agenda.motive(body.motive_id, body.mode)
        if motive.booking != "staff":
            raise BookOnlineInstead
        if not motive.on_request:
            raise NoSuchMotive
        visit = agenda.visit(body.motive_id, body.mode, start)
        sealed = None
        if body.message and body.message.strip():
            sealed = await parts.seals.seal(body.person_id, request_id, {"message": body.message})
    except Rejection as rejection:
        return await refuse(request, caller, rejection)
    except PersonErased:
        return await refuse(request, caller, PersonNotTheirs())
    rules = agenda.rules(body.motive_id, body.mode, start)
    task = handle_practice.request(request_id, body.person_id, who, visit, rules, sealed)
    return await answer(request, caller, task, _shown(request_id, 201))


@router.post("/requests/{request_id}/approve", response_model=RequestSummary, responses=APPROVED)
async def approve(
    request: Request, caller: Caller, request_id: Id, _: AtLeast, body: Approval | None = None,
    key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Book what was asked for. Who approves the same a moment later gets the same answer."""
    staff = staff_of(caller)
    asked, _head = await their_request(request, (staff,), request_id)
    stretch, motive_id, mode = asked.visit.stretch, asked.visit.motive_id, asked.visit.mode
    start = stretch.start if body is None or body.start is None else on_the_grid(body.start)
    try:
        agenda = await parts_of(request).heard.agenda(stretch.agenda_id)
        if agenda is None:
            raise r.NoSuchMotive
        visit, rules = agenda.visit(motive_id, mode, start), agenda.rules(motive_id, mode, start)
    except Rejection as rejection:
        return await refuse(request, caller, rejection)
    ids = request_id, asked.person_id, staff, str(uuid.uuid4())
    return await answer(request, caller, handle_practice.approve(*ids, visit, rules), _shown(request_id))


@router.post("/requests/{request_id}/decline", response_model=RequestSummary, responses=refusals(r.RequestAnswered))
async def decline(
    request: Request, caller: Caller, request_id: Id, _: AtLeast, body: Declining | None = None,
    key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Say no, with a reason for the patient or without."""
    staff = staff_of(caller)
    asked, _head = await their_request(request, (staff,), request_id)
    sealed = None
    if body is not None and body.reason and body.reason.strip():
        try:
            said = {"reason": body.reason}
            sealed = await parts_of(request).seals.seal(asked.person_id, about_reason(request_id), said)
        except PersonErased:
            sealed = None
    return await answer(request, caller, handle_practice.end_request(request_id, staff, sealed), _shown(request_id))


@router.post("/requests/{request_id}/withdraw", response_model=RequestSummary, responses=refusals(r.RequestAnswered))
async def withdraw(
    request: Request, caller: Caller, request_id: Id, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """The patient no longer asks."""
    patient = Patient(account(caller), await parts_of(request).heard.people_of(caller.subject))
    return await answer(request, caller, handle_practice.end_request(request_id, patient, None), _shown(request_id))


def _shown(request_id: str, status: int = 200) -> Callable[[Outcome], Answer]:
    headers = {"Location": f"/v1/requests/{request_id}"} if status == 201 else None
    return lambda outcome: ok(request_body(outcome.known.requests[request_id]), status, headers)
