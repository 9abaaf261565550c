"""What a practice does over HTTP after and around visits: attendance, known patients, online booking stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller
from starlette.responses import Response

from booking.application import handle_practice
from booking.application.handle import Outcome
from booking.application.ports import Answer
from booking.domain import rejections as r
from booking.domain import tags
from booking.domain.agenda import Agenda
from booking.domain.rejections import PersonNotTheirs
from booking.entrypoints.bodies import AppointmentBody
from booking.entrypoints.http_appointments import sealed_reason, shown
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import (
    Id,
    answer,
    ok,
    parts_of,
    read_response,
    refuse,
    staff_of,
    their_agenda,
)

router = APIRouter(prefix="/v1", tags=["practice"])


class AttendanceRequest(Body):
    """`outcome`: how the visit went. `reason`: needed when another outcome was recorded before; sealed."""

    outcome: Literal["honoured", "excused", "missed"]
    reason: Annotated[str, Field(max_length=500)] | None = None


class KnownRequest(Body):
    known: bool


class OnlineRequest(Body):
    allowed: bool


class PatientBody(BaseModel):
    """Who a person is to the practice of an agenda. `known`: marked, or seen at an honoured visit."""

    person_id: str
    practitioner_id: str
    practice_id: str
    known: bool
    may_book_online: bool


@router.post(
    "/appointments/{appointment_id}/attendance",
    response_model=AppointmentBody,
    responses=refusals(r.NoSuchAppointment, r.NotBegun, r.WasCancelled, r.ReasonMissing),
)
async def record_attendance(
    request: Request,
    caller: Caller,
    appointment_id: Id,
    body: AttendanceRequest,
    _: AtLeast,
    key: IdempotencyKey = None,
) -> Response:
    """Say how a visit went, once it has begun; the same again changes nothing, another outcome needs a reason."""
    staff = staff_of(caller)
    reason = body.reason if body.reason and body.reason.strip() else None
    sealed = await sealed_reason(request, (staff,), appointment_id, reason) if reason else None
    task = handle_practice.record_attendance(appointment_id, staff, body.outcome, reason is not None, sealed)
    return await answer(request, caller, task, shown(appointment_id, 200))


@router.get("/agendas/{agenda_id}/patients/{person_id}", response_model=PatientBody)
async def one_patient(request: Request, caller: Caller, agenda_id: Id, person_id: Id, _: AtLeast) -> Response:
    """Whether the person is known to the agenda's practitioner, and may book online with the practice."""
    agenda = await their_agenda(request, staff_of(caller), agenda_id)
    reading = await parts_of(request).ledger.read((tags.person(person_id),))
    outcome = Outcome((), reading.known, reading.at)
    return read_response(request, _patient(outcome, agenda, person_id), reading.head)


@router.post(
    "/agendas/{agenda_id}/patients/{person_id}/known",
    response_model=PatientBody,
    responses=refusals(r.PersonNotTheirs),
)
async def mark_known(
    request: Request, caller: Caller, agenda_id: Id, person_id: Id, body: KnownRequest, _: AtLeast,
    key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Mark a person as known to the agenda's practitioner, or take the mark back."""
    agenda = await their_agenda(request, staff_of(caller), agenda_id)
    if not await parts_of(request).heard.accounts_of(person_id):
        return await refuse(request, caller, PersonNotTheirs())
    task = handle_practice.mark_known(person_id, agenda.practitioner_id, body.known)
    return await answer(request, caller, task, _answered(agenda, person_id))


@router.post(
    "/agendas/{agenda_id}/patients/{person_id}/online-booking",
    response_model=PatientBody,
    responses=refusals(r.NotRepeatedlyAbsent),
)
async def let_book_online(
    request: Request, caller: Caller, agenda_id: Id, person_id: Id, body: OnlineRequest, _: AtLeast,
    key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Stop online booking with this practice for who missed two visits to it without excuse, or allow it again."""
    agenda = await their_agenda(request, staff_of(caller), agenda_id)
    task = handle_practice.let_book_online(person_id, agenda.practice_id, body.allowed)
    return await answer(request, caller, task, _answered(agenda, person_id))


def _answered(agenda: Agenda, person_id: str) -> Callable[[Outcome], Answer]:
    return lambda outcome: ok(_patient(outcome, agenda, person_id))


def _patient(outcome: Outcome, agenda: Agenda, person_id: str) -> dict[str, object]:
    return {
        "person_id": person_id,
        "practitioner_id": agenda.practitioner_id,
        "practice_id": agenda.practice_id,
        "known": outcome.known.knows(agenda.practitioner_id, person_id),
        "may_book_online": agenda.practice_id not in outcome.known.patient(person_id).stopped_by,
    }
