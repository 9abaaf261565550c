"""The waiting list over HTTP: wait for an earlier time, see what was offered, accept it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Caller
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application import handle_waiting
from booking.application.handle import Outcome
from booking.application.ports import Answer
from booking.domain import rejections as r
from booking.domain import tags
from booking.domain.actors import Patient, may_see
from booking.domain.checks import check_room
from booking.domain.states import Appointment
from booking.domain.states_practice import Earlier
from booking.entrypoints.bodies import AppointmentBody
from booking.entrypoints.http_appointments import PATIENT, shown
from booking.entrypoints.http_holds import NO_ROOM
from booking.entrypoints.offered import check_current
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import Id, account, answer, ok, parts_of, read_response, refuse

router = APIRouter(prefix="/v1", tags=["waiting list"])
ENDED = (r.WasCancelled, r.AlreadyOver)


class WaitingBody(BaseModel):
    appointment_id: str
    waiting: bool


class EarlierBody(BaseModel):
    """A time that may be moved to until `expires_at`, unless somebody else was faster."""

    id: str
    appointment_id: str
    agenda_id: str
    start: datetime
    end: datetime
    zone: str
    motive_id: str
    mode: Literal["in_person", "video"]
    expires_at: datetime


class EarlierPage(BaseModel):
    """`waiting`: whether the patient wants to be told of more."""

    waiting: bool
    items: list[EarlierBody]
    next: None = None


@router.post(
    "/appointments/{appointment_id}/waiting-list",
    response_model=WaitingBody,
    responses=refusals(r.TooNearToWait, *ENDED),
)
async def join(
    request: Request, caller: Caller, appointment_id: Id, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Be told when an earlier time of the motive is freed; from five days ahead."""
    task = handle_waiting.wait(appointment_id, (await _patient(request, caller),), True)
    return await answer(request, caller, task, _waiting(appointment_id))


@router.delete("/appointments/{appointment_id}/waiting-list", response_model=WaitingBody, responses=refusals(*ENDED))
async def leave(request: Request, caller: Caller, appointment_id: Id, key: IdempotencyKey = None) -> Response:
    """Keep the appointment as it is; again is harmless."""
    task = handle_waiting.wait(appointment_id, (await _patient(request, caller),), False)
    return await answer(request, caller, task, _waiting(appointment_id))


@router.get("/appointments/{appointment_id}/earlier-slots", response_model=EarlierPage)
async def offered(request: Request, caller: Caller, appointment_id: Id, _: AtLeast) -> Response:
    """What is offered for an appointment and free just now, and whether it is on the waiting list."""
    patient = await _patient(request, caller)
    reading = await parts_of(request).ledger.read((tags.appointment(appointment_id),))
    _seen(patient, reading.known.appointments.get(appointment_id))
    waiting = reading.known.waits(appointment_id)
    live = [
        each for each in reading.known.earlier.values() if not each.taken and reading.at < each.expires_at and waiting
    ]
    items = [_body(each) for each in live if await _is_free(request, each)]
    return read_response(request, {"waiting": waiting, "items": items, "next": None}, reading.head)


@router.post(
    "/earlier-slots/{offer_id}/accept",
    response_model=AppointmentBody,
    responses=refusals(
        r.EarlierSlotExpired,
        r.OfferStale,
        r.AppointmentChanged,
        r.SecondVisitUnfit,
        r.TooLate,
        *NO_ROOM,
        *PATIENT,
        *ENDED,
    ),
)
async def accept(request: Request, caller: Caller, offer_id: Id, _: AtLeast, key: IdempotencyKey = None) -> Response:
    """Move to the earlier time; the first to accept has it. Again changes nothing."""
    patient = await _patient(request, caller)
    reading = await parts_of(request).ledger.read((tags.earlier(offer_id),))
    earlier = reading.known.earlier.get(offer_id)
    if earlier is None:
        return await refuse(request, caller, r.NoSuchEarlierSlot())
    mine = await parts_of(request).ledger.read((tags.appointment(earlier.appointment_id),))
    appointment = _seen(patient, mine.known.appointments.get(earlier.appointment_id))
    if not earlier.taken and reading.at < earlier.expires_at:
        try:
            await check_current(request, earlier.visit, earlier.rules)
        except r.OfferStale as stale:
            return await refuse(request, caller, stale)
    task = handle_waiting.accept(earlier, appointment.person_id, (patient,))
    return await answer(request, caller, task, shown(earlier.appointment_id, 200))


async def _patient(request: Request, caller: Caller) -> Patient:
    return Patient(account(caller), await parts_of(request).heard.people_of(caller.subject))


async def _is_free(request: Request, earlier: Earlier) -> bool:
    """Whether nobody else has taken or holds the time, and its agenda is as it was."""
    visit, rules = earlier.visit, earlier.rules
    there = await parts_of(request).ledger.read(tags.around(visit, rules))
    try:
        check_room(visit, rules, there.known, there.at, but={earlier.appointment_id})
        await check_current(request, visit, rules)
    except r.Rejection:
        return False
    return True


def _seen(patient: Patient, appointment: Appointment | None) -> Appointment:
    if appointment is None or not may_see(patient, appointment):
        raise Problem("not-found")
    return appointment


def _waiting(appointment_id: str) -> Callable[[Outcome], Answer]:
    return lambda outcome: ok({"appointment_id": appointment_id, "waiting": outcome.known.waits(appointment_id)})


def _body(earlier: Earlier) -> dict[str, Any]:
    visit = earlier.visit
    return {
        "id": earlier.offer_id,
        "appointment_id": earlier.appointment_id,
        "agenda_id": visit.stretch.agenda_id,
        "start": visit.stretch.start,
        "end": visit.stretch.end,
        "zone": visit.zone,
        "motive_id": visit.motive_id,
        "mode": visit.mode,
        "expires_at": earlier.expires_at,
    }
