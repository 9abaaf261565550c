"""Moving an appointment: the free times of its motive, old and new time side by side, then one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Refused
from portal.application.shapes import Appointment
from portal.entrypoints.forms import instant, read_form
from portal.entrypoints.showing import appointment_page, one
from portal.entrypoints.timetable import Wish, see
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.appointments import Shown
from portal.views.formats import local
from portal.views.refusals import sentence

router = APIRouter(prefix="/appointments/{appointment_id}/move")

# These are about the appointment itself; every other refusal is mended by choosing another time.
_ABOUT_THE_APPOINTMENT = frozenset(
    {"too-late", "already-over", "appointment-cancelled", "appointment-changed", "another-visit"}
)


@dataclass(frozen=True)
class MoveWish(Wish):
    """The free times of an appointment's own motive. `version`: the appointment's, as the person saw it."""

    appointment_id: str
    version: int

    @classmethod
    def of(cls, appointment: Appointment) -> MoveWish:
        return cls(
            appointment.practitioner_id,
            appointment.agenda_id,
            appointment.motive_id,
            appointment.mode,
            appointment.id,
            appointment.version,
        )

    @property
    def action(self) -> str:
        return f"/appointments/{quoted(self.appointment_id)}/move/check"

    @property
    def fields(self) -> dict[str, str]:
        return {"version": str(self.version)}

    def path(self, day: str = "") -> str:
        return f"/appointments/{quoted(self.appointment_id)}/move" + (f"?week={quoted(day)}" if day else "")


@router.get("")
async def times(visit: Coming, request: Request, appointment_id: str) -> Response:
    shown = await one(visit, appointment_id)
    if not shown.may_move:
        return await appointment_page(visit, shown)
    return await _calendar(visit, shown, request.query_params.get("week", ""))


@router.post("/check")
async def check(visit: Coming, request: Request, appointment_id: str) -> Response:
    """Old and new time; nothing is taken yet."""
    form = await read_form(request)
    start = instant(form["start"])
    shown = await one(visit, appointment_id)
    if form["version"] != str(shown.appointment.version) or not shown.may_move:
        words = visit.house.pages.words[visit.language]
        return await appointment_page(visit, shown, 409, words("move.problem.appointment-changed"))
    back = MoveWish.of(shown.appointment).path(local(start, shown.appointment.zone).date().isoformat())
    return visit.page("move_check.html", shown=shown, start=start, form=form.values, calendar_path=back)


@router.post("")
async def move(visit: Coming, request: Request, appointment_id: str) -> Response:
    form = await read_form(request)
    start = instant(form["start"])
    if not (form["version"].isascii() and form["version"].isdigit()):
        raise HTTPException(400)
    body = {"offer": form["offer"], "start": form["start"], "version": int(form["version"])}
    asker = await visit.account()
    try:
        await visit.house.booking.move(asker, appointment_id, body, idempotency_key(form["form_key"], body))
    except Refused as refusal:
        return await _refused(visit, appointment_id, start, refusal)
    visit.changed(asker)
    visit.flash("appointment.moved")
    return visit.go(f"/appointments/{quoted(appointment_id)}")


async def _refused(visit: Visit, appointment_id: str, start: datetime, refusal: Refused) -> Response:
    """Why, and the other free times, where one of them would do; the appointment stands as it is."""
    if refusal.status not in (409, 410, 422):
        raise refusal
    text = sentence(visit.house.pages.words[visit.language], refusal, "move.problem")
    shown = await one(visit, appointment_id)
    if refusal.slug in _ABOUT_THE_APPOINTMENT or not shown.may_move:
        return await appointment_page(visit, shown, refusal.status, text)
    day = local(start, shown.appointment.zone).date().isoformat()
    return await _calendar(visit, shown, day, refusal.status, text)


async def _calendar(visit: Visit, shown: Shown, day: str, status: int = 200, refusal_text: str = "") -> Response:
    """The week of `day`: without one, that of the appointment."""
    appointment = shown.appointment
    day = day or local(appointment.start, appointment.zone).date().isoformat()
    try:
        # Booking moves within one agenda only.
        sight = await see(visit, MoveWish.of(appointment), day, alone=True)
    except HTTPException:
        words = visit.house.pages.words[visit.language]
        return await appointment_page(visit, shown, 409, refusal_text or words("move.closed"))
    return visit.page("move.html", status, shown=shown, sight=sight, refusal_text=refusal_text)
