"""Appointments over HTTP: confirm a hold, list, look, cancel."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime, Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller, positions
from service_kit.pages import After, Cursor, read_cursor
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application import handle
from booking.application.handle import Outcome
from booking.application.ports import Answer, PersonErased
from booking.domain import rejections as r
from booking.domain import tags
from booking.domain.actors import Auditor, Patient, Staff, may_see
from booking.domain.facts import EARLIEST, LATEST
from booking.domain.rejections import PersonNotTheirs
from booking.domain.states import Appointment
from booking.entrypoints.bodies import (
    AppointmentBody,
    AppointmentDetail,
    AppointmentPage,
    appointment_body,
    row_body,
)
from booking.entrypoints.http_holds import ENDED
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import (
    Id,
    account,
    actors_of,
    answer,
    changing_actors,
    json_of,
    ok,
    parts_of,
    read_response,
    refuse,
)
from booking.views import appointments as view

router = APIRouter(prefix="/v1", tags=["appointments"])
IdText = Annotated[str, Field(pattern="^[0-9A-Za-z_-]{1,64}$")]
SomeId = Annotated[str | None, Query(pattern="^[0-9A-Za-z_-]{1,64}$")]
PATIENT = (r.PersonBusy, r.LimitReached, r.VisitTooClose, r.KnownPatientsOnly, r.BookingStopped)
CANCELLING = (r.NoSuchAppointment, r.TooLate, r.AlreadyOver)


class ConfirmRequest(Body):
    """`person_id`: for whom. `answers`: by question id. What is said here is sealed with the person's own key.

    `replaces`: appointments of the person that are cancelled in the same decision.
    """

    person_id: IdText
    consulted_before: bool | None = None
    answers: Annotated[dict[IdText, Annotated[str, Field(max_length=2_000)]], Field(max_length=50)] = Field({})
    replaces: Annotated[list[IdText], Field(max_length=10)] = Field([])


class Place(Cursor):
    """The appointment after which a page begins."""

    start: AwareDatetime
    appointment_id: IdText


class CancelRequest(Body):
    """`reason`: for the practice, optional, sealed."""

    reason: Annotated[str, Field(max_length=500)] | None = None


@router.post(
    "/holds/{hold_id}/confirm",
    status_code=201,
    response_model=AppointmentBody,
    responses=refusals(*ENDED, *PATIENT, *CANCELLING, r.PractitionerAbsent, r.PersonNotTheirs, r.AnswerMissing),
)
async def confirm_hold(
    request: Request, caller: Caller, hold_id: Id, body: ConfirmRequest, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Make the held slot an appointment of the person; of a two-step motive both, and the answer is the first."""
    who, parts = account(caller), parts_of(request)
    if body.person_id not in await parts.heard.people_of(who):
        return await refuse(request, caller, PersonNotTheirs())
    appointment_id = str(uuid.uuid4())
    answers = {question: text for question, text in body.answers.items() if text.strip()}
    sealed = None
    if answers or body.consulted_before is not None:
        said = {"consulted_before": body.consulted_before, "answers": answers}
        try:
            sealed = await parts.seals.seal(body.person_id, appointment_id, said)
        except PersonErased:
            return await refuse(request, caller, PersonNotTheirs())
    task = handle.confirm(
        hold_id,
        who,
        appointment_id,
        body.person_id,
        frozenset(answers),
        sealed,
        frozenset(body.replaces),
        second_id=str(uuid.uuid4()),
    )
    return await answer(request, caller, task, shown(appointment_id, 201))


@router.get("/appointments", response_model=AppointmentPage)
async def list_appointments(
    request: Request,
    caller: Caller,
    _: AtLeast,
    person: SomeId = None,
    agenda: SomeId = None,
    place: SomeId = None,
    practitioner: SomeId = None,
    start_from: Annotated[AwareDatetime | date | None, Query(alias="from")] = None,
    start_until: Annotated[AwareDatetime | date | None, Query(alias="to")] = None,
    state: Literal["confirmed", "cancelled", "honoured", "missed"] | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: After = None,
) -> Response:
    """The caller's own, their practice's, or (auditor) all, in order of start; `from` and `to` are both included."""
    headers = await positions(request)
    wanted = view.Wanted(
        person, agenda, _instant(start_from), _instant(start_until, days=1), state, place, practitioner
    )
    actors = await actors_of(request, caller)
    last = read_cursor(Place, after) if after else None
    since = (last.start, last.appointment_id) if last else None
    rows, more = await view.listed(parts_of(request).database, actors, wanted, limit, since)
    following = Place(start=rows[-1]["start_at"], appointment_id=rows[-1]["appointment_id"]).text() if more else None
    page = {"items": [row_body(row) for row in rows], "next": following}
    return Response(json_of(page), 200, headers, media_type="application/json")


@router.get("/appointments/{appointment_id}", response_model=AppointmentDetail)
async def one_appointment(request: Request, caller: Caller, appointment_id: Id, _: AtLeast) -> Response:
    """With its history, and, for the patient's side and the practice, what was said before the visit."""
    appointment, head, listener = await _theirs(request, caller, appointment_id)
    body = appointment_body(appointment)
    if listener and appointment.sealed is not None:
        body |= await _said(request, appointment, appointment.sealed)
    return read_response(request, body, head)


@router.post("/appointments/{appointment_id}/cancel", response_model=AppointmentBody, responses=refusals(*CANCELLING))
async def cancel_appointment(
    request: Request,
    caller: Caller,
    appointment_id: Id,
    _: AtLeast,
    body: CancelRequest | None = None,
    key: IdempotencyKey = None,
) -> Response:
    """Cancel; again changes nothing and answers the same appointment.

    The other one of a two-step motive goes with it, if the practice chose so.
    """
    actors = await changing_actors(request, caller)
    sealed = None
    if body is not None and body.reason and body.reason.strip():
        sealed = await sealed_reason(request, actors, appointment_id, body.reason)
    return await answer(request, caller, handle.cancel(appointment_id, actors, sealed), shown(appointment_id, 200))


async def sealed_reason(
    request: Request, actors: Sequence[Patient | Staff], appointment_id: str, reason: str
) -> str | None:
    """The reason under the key of the appointment's person; None once they are erased, or if it is not theirs to see.

    Then deciding finds the same, and refuses.
    """
    parts = parts_of(request)
    appointment = (await parts.ledger.read((tags.appointment(appointment_id),))).known.appointments.get(appointment_id)
    if appointment is None or not any(may_see(actor, appointment) for actor in actors):
        return None
    try:
        return await parts.seals.seal(appointment.person_id, f"{appointment_id} reason", {"reason": reason})
    except PersonErased:
        return None


async def _theirs(request: Request, caller: Caller, appointment_id: str) -> tuple[Appointment, int, bool]:
    """The appointment, the head it was read at, and whether the caller may hear what was said."""
    actors = await actors_of(request, caller)
    reading = await parts_of(request).ledger.read((tags.appointment(appointment_id),))
    appointment = reading.known.appointments.get(appointment_id)
    if appointment is None:
        raise Problem("not-found")
    seeing = [actor for actor in actors if may_see(actor, appointment)]
    if not seeing:
        raise Problem("not-found")
    return appointment, reading.head, any(not isinstance(actor, Auditor) for actor in seeing)


async def _said(request: Request, appointment: Appointment, sealed: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = await parts_of(request).seals.unseal(
            appointment.person_id, appointment.appointment_id, sealed
        )
    except PersonErased:
        return {"consulted_before": None, "answers": None}
    return said


def shown(appointment_id: str, status: int) -> Callable[[Outcome], Answer]:
    def body(outcome: Outcome) -> Answer:
        headers = {"Location": f"/v1/appointments/{appointment_id}"} if status == 201 else None
        return ok(appointment_body(outcome.known.appointments[appointment_id]), status, headers)

    return body


def _instant(value: datetime | date | None, days: int = 0) -> datetime | None:
    """A date stands for its midnight in UTC, the end of one for the midnight after it."""
    if value is None:
        return None
    if not isinstance(value, datetime):
        value = datetime.combine(min(value, LATEST.date()), time(), UTC) + timedelta(days=days)
    elif days:
        value = min(value, LATEST) + timedelta(microseconds=1)
    return min(max(value, EARLIEST), LATEST)
