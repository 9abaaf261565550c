"""What is to become of the appointments in an absence, over HTTP; the absence itself is availability's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller, invalid
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application import handle_absences
from booking.application.handle import Outcome
from booking.application.ports import Answer
from booking.domain import rejections as r
from booking.domain import tags
from booking.domain.events_absences import Cancel, HandOver, Keep, Move, Plan
from booking.domain.states_practice import Absence
from booking.entrypoints.http_appointments import IdText
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import Id, answer, ok, parts_of, read_response, staff_of, their_agenda

router = APIRouter(prefix="/v1/agendas/{agenda_id}/absences/{absence_id}", tags=["practice"])


class PlanRequest(Body):
    """`days`: how much later, for `move`. `to_agenda_id`: the colleague's, for `hand_over`."""

    plan: Literal["keep", "cancel", "move", "hand_over"]
    days: Annotated[int, Field(ge=-366, le=366)] | None = None
    to_agenda_id: IdText | None = None


class AbsenceBody(BaseModel):
    """`left`: appointments that the plan could not be carried out with, once it is settled."""

    id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Literal["keep", "cancel", "move", "hand_over"]
    days: int | None
    to_agenda_id: str | None
    settled: bool
    lifted: bool
    left: list[str]


@router.get("", response_model=AbsenceBody)
async def one_absence(request: Request, caller: Caller, agenda_id: Id, absence_id: Id, _: AtLeast) -> Response:
    """How far the plan has come."""
    await their_agenda(request, staff_of(caller), agenda_id)
    reading = await parts_of(request).ledger.read((tags.absence(absence_id),))
    absence = reading.known.absences.get(absence_id)
    if absence is None or absence.agenda_id != agenda_id:
        raise Problem("not-found")
    return read_response(request, _body(absence), reading.head)


@router.post("/plan", response_model=AbsenceBody, responses=refusals(r.AlreadyOver))
async def plan(
    request: Request, caller: Caller, agenda_id: Id, absence_id: Id, body: PlanRequest, _: AtLeast,
    key: IdempotencyKey = None,
) -> Response:  # fmt: skip
    """Decide what becomes of the appointments that are left in an absence; it is done in the background."""
    staff = staff_of(caller)
    await their_agenda(request, staff, agenda_id)
    chosen = _plan(body)
    if isinstance(chosen, HandOver):
        await their_agenda(request, staff, chosen.agenda_id)
    task = handle_absences.plan_for(absence_id, agenda_id, chosen)
    return await answer(request, caller, task, _shown(absence_id))


def _plan(body: PlanRequest) -> Plan:
    match body.plan:
        case "keep":
            return Keep()
        case "cancel":
            return Cancel()
        case "move":
            if not body.days:
                raise invalid("/days", "Say by how many days.", "Dites de combien de jours.")
            return Move(body.days)
        case "hand_over":
            if body.to_agenda_id is None:
                raise invalid("/to_agenda_id", "Say to whose agenda.", "Dites à quel agenda.")
            return HandOver(body.to_agenda_id)


def _shown(absence_id: str) -> Callable[[Outcome], Answer]:
    return lambda outcome: ok(_body(outcome.known.absences[absence_id]))


def _body(absence: Absence) -> dict[str, Any]:
    plan = absence.plan
    return {
        "id": absence.absence_id,
        "agenda_id": absence.agenda_id,
        "start": absence.start,
        "end": absence.end,
        "plan": plan.kind,
        "days": plan.days if isinstance(plan, Move) else None,
        "to_agenda_id": plan.agenda_id if isinstance(plan, HandOver) else None,
        "settled": absence.settled or isinstance(plan, Keep),
        "lifted": absence.lifted,
        "left": absence.left,
    }
