"""Staff book over HTTP: on their agenda, at any time to come, without an offer."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller, invalid
from starlette.responses import Response

from booking.application import handle_practice
from booking.application.ports import PersonErased
from booking.domain import rejections as r
from booking.domain.rejections import PersonNotTheirs, ReasonMissing, Rejection
from booking.entrypoints.bodies import AppointmentBody
from booking.entrypoints.http_appointments import IdText, shown
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import Id, answer, parts_of, refuse, staff_of, their_agenda

router = APIRouter(prefix="/v1", tags=["practice"])
REFUSED = refusals(
    r.SlotTaken, r.SlotHeldByOthers, r.PersonBusy, r.LimitReached, r.DayFull, r.WeekFull, r.AlreadyOver,
    r.BeyondHorizon, r.NoSuchMotive, r.PersonNotTheirs, r.ReasonMissing,
)  # fmt: skip
CELL_SECONDS = 300


class StaffBooking(Body):
    """`start` on a multiple of five minutes. `override`: book over what is in the way; then `reason` says why."""

    person_id: IdText
    motive_id: IdText
    mode: Literal["in_person", "video"] = "in_person"
    start: AwareDatetime
    override: bool = False
    reason: Annotated[str, Field(max_length=500)] | None = None


@router.post("/agendas/{agenda_id}/appointments", status_code=201, response_model=AppointmentBody, responses=REFUSED)
async def book(
    request: Request, caller: Caller, agenda_id: Id, body: StaffBooking, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Book for a patient: opening hours, notice and horizon do not bind; what is taken does, unless overridden."""
    agenda, parts = await their_agenda(request, staff_of(caller), agenda_id), parts_of(request)
    start, appointment_id = on_the_grid(body.start), str(uuid.uuid4())
    try:
        visit = agenda.visit(body.motive_id, body.mode, start)
        rules = agenda.rules(body.motive_id, body.mode, start)
        accounts = await parts.heard.accounts_of(body.person_id)
        if not accounts:
            raise PersonNotTheirs
        sealed = None
        if body.override:
            if body.reason is None or not body.reason.strip():
                raise ReasonMissing
            sealed = await parts.seals.seal(body.person_id, f"{appointment_id} reason", {"reason": body.reason})
    except Rejection as rejection:
        return await refuse(request, caller, rejection)
    except PersonErased:
        return await refuse(request, caller, PersonNotTheirs())
    task = handle_practice.book(appointment_id, body.person_id, accounts[0], visit, rules, sealed)
    return await answer(request, caller, task, shown(appointment_id, 201))


def on_the_grid(start: datetime) -> datetime:
    """In UTC. Visits of staff, too, start on multiples of five minutes: capacity is counted in such cells."""
    if start.timestamp() % CELL_SECONDS:
        raise invalid("/start", "A visit starts on a multiple of 5 minutes.", "Début à un multiple de 5 minutes.")
    return start.astimezone(UTC)
