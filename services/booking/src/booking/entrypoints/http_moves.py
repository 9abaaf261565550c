"""Moving an appointment over HTTP: to another start that availability offers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Caller
from starlette.responses import Response

from booking.application import handle
from booking.domain import rejections as r
from booking.domain import tags
from booking.domain.actors import may_see
from booking.entrypoints.bodies import AppointmentBody
from booking.entrypoints.http_appointments import CANCELLING, PATIENT, shown
from booking.entrypoints.http_holds import NO_ROOM
from booking.entrypoints.offered import OFFER_REFUSALS, OfferedStart, offered
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import Id, answer, changing_actors, parts_of, refuse

router = APIRouter(prefix="/v1", tags=["appointments"])
MOVING = (r.WasCancelled, r.AnotherVisit, r.AppointmentChanged)


class MoveRequest(OfferedStart):
    """`version`: of the appointment as the caller saw it; left out, whatever it is now is moved."""

    version: Annotated[int | None, Field(ge=1, le=2**31)] = None


@router.post(
    "/appointments/{appointment_id}/move",
    response_model=AppointmentBody,
    responses=refusals(*OFFER_REFUSALS, *NO_ROOM, *PATIENT, *CANCELLING, *MOVING, r.SecondVisitUnfit),
)
async def move_appointment(
    request: Request, caller: Caller, appointment_id: Id, body: MoveRequest, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Take the new time and free the old one, or neither; again to the same start changes nothing."""
    actors = await changing_actors(request, caller)
    reading = await parts_of(request).ledger.read((tags.appointment(appointment_id),))
    appointment = reading.known.appointments.get(appointment_id)
    if appointment is None or not any(may_see(actor, appointment) for actor in actors):
        return await refuse(request, caller, r.NoSuchAppointment())
    try:
        visit, rules = await offered(request, body)
    except r.Rejection as rejection:
        return await refuse(request, caller, rejection)
    task = handle.move(appointment_id, appointment.person_id, actors, visit, rules, body.version)
    return await answer(request, caller, task, shown(appointment_id, 200))
