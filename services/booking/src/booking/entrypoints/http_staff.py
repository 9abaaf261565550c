"""Staff book over HTTP: on their agenda, at any time to come, without an offer."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller, invalid, positions
from starlette.responses import Response

from booking.application import handle_practice
from booking.application.ports import PersonErased
from booking.domain import rejections as r
from booking.domain.facts import CELL_SECONDS, EARLIEST, LATEST
from booking.domain.rejections import PersonNotTheirs, ReasonMissing, Rejection
from booking.entrypoints.bodies import AppointmentBody, AppointmentSummary, Start, row_body
from booking.entrypoints.http_appointments import IdText, shown
from booking.entrypoints.problems import refusals
from booking.entrypoints.requests import Id, answer, json_of, parts_of, refuse, staff_of, their_agenda
from booking.views import appointments as view

router = APIRouter(prefix="/v1", tags=["practice"])
REFUSED = refusals(
    r.SlotTaken, r.SlotHeldByOthers, r.PersonBusy, r.LimitReached, r.DayFull, r.WeekFull, r.AlreadyOver,
    r.BeyondHorizon, r.NoRoomFree, r.PractitionerAbsent, r.AgendaClosed, r.NoSuchMotive, r.PersonNotTheirs,
    r.ReasonMissing,
)  # fmt: skip
DAYS_ROWS_MAX = 10_000


class StaffBooking(Body):
    """`start` on a multiple of five minutes. `override`: book over what is in the way; then `reason` says why."""

    person_id: IdText
    motive_id: IdText
    mode: Literal["in_person", "video"] = "in_person"
    start: Start
    override: bool = False
    reason: Annotated[str, Field(max_length=500)] | None = None


class Day(BaseModel):
    date: date
    appointments: list[AppointmentSummary]


class DayPage(BaseModel):
    agenda_id: str
    zone: str
    items: list[Day]
    next: None = None


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


@router.get("/agendas/{agenda_id}/days", response_model=DayPage)
async def days(
    request: Request,
    caller: Caller,
    agenda_id: Id,
    _: AtLeast,
    first: Annotated[date, Query(alias="from", ge=EARLIEST.date(), le=LATEST.date())],
    count: Annotated[int, Query(ge=1, le=31, description="1: a day; 7: a week")] = 1,
) -> Response:
    """The agenda's appointments that stand or took place, by local date of the place; days of 23 and 25 hours too."""
    headers = await positions(request)
    staff = staff_of(caller)
    agenda = await their_agenda(request, staff, agenda_id)
    zone = ZoneInfo(agenda.zone)
    dates = [first + timedelta(days=n) for n in range(count)]
    start, end = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (first, dates[-1] + timedelta(1)))
    wanted = view.Wanted(agenda_id=agenda_id, start_from=start, start_until=end)
    rows, _more = await view.listed(parts_of(request).database, (staff,), wanted, DAYS_ROWS_MAX, None)
    by_date: dict[date, list[dict[str, Any]]] = {each: [] for each in dates}
    for row in rows:
        if row["state"] != "cancelled":
            by_date[row["start_at"].astimezone(zone).date()].append(row_body(row))
    items = [{"date": each, "appointments": found} for each, found in by_date.items()]
    body = {"agenda_id": agenda_id, "zone": agenda.zone, "items": items, "next": None}
    return Response(json_of(body), 200, headers, media_type="application/json")


def on_the_grid(start: datetime) -> datetime:
    """In UTC. Visits of staff, too, start on multiples of five minutes: capacity is counted in such cells."""
    if start.timestamp() % CELL_SECONDS:
        raise invalid("/start", "A visit starts on a multiple of 5 minutes.", "Début à un multiple de 5 minutes.")
    return start.astimezone(UTC)
