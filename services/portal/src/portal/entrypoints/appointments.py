"""One's appointments: the list, one of them, its calendar file, cancelling it, and the earlier times offered for it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Refused
from portal.entrypoints.forms import read_form
from portal.entrypoints.held import resume
from portal.entrypoints.showing import appointment_page, linked_to, one, requests_of, shown_of
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.appointments import agenda_of
from portal.views.calendar import calendar_file
from portal.views.refusals import sentence

router = APIRouter(prefix="/appointments")


@router.get("")
async def list_appointments(visit: Coming) -> Response:
    asker = await visit.account()
    found = await visit.house.booking.appointments(asker)
    asked = await visit.house.booking.requests(asker)
    people = await visit.house.accounts.people(asker)
    await resume(visit, asker)
    agenda = agenda_of(await shown_of(visit, found, people), await requests_of(visit, asked, people))
    return visit.page("appointments.html", agenda=agenda)


# Before the page of one appointment, whose address would swallow the ending.
@router.get("/{appointment_id}.ics")
async def calendar(visit: Coming, appointment_id: str) -> Response:
    shown = await one(visit, appointment_id)
    words = visit.house.pages.words[visit.language]
    link = str(visit.request.url.replace(path=f"/appointments/{quoted(appointment_id)}", query=""))
    file = calendar_file(shown, words, link, visit.now)
    headers = {"Content-Disposition": 'attachment; filename="rendez-vous.ics"'}
    return visit.answer(Response(file, media_type="text/calendar; charset=utf-8; method=PUBLISH", headers=headers))


@router.get("/{appointment_id}")
async def one_appointment(visit: Coming, appointment_id: str) -> Response:
    return await appointment_page(visit, await one(visit, appointment_id))


@router.get("/{appointment_id}/cancel")
async def cancel_page(visit: Coming, appointment_id: str) -> Response:
    shown = await one(visit, appointment_id)
    if not shown.may_cancel:
        return await appointment_page(visit, shown)
    return visit.page("cancel.html", shown=shown, linked=await linked_to(visit, shown.appointment))


@router.post("/{appointment_id}/cancel")
async def cancel(visit: Coming, request: Request, appointment_id: str) -> Response:
    form = await read_form(request)
    asker = await visit.account()
    body = {"reason": form["reason"]} if form["reason"] else {}
    try:
        await visit.house.booking.cancel(asker, appointment_id, body, idempotency_key(form["form_key"], body))
    except Refused as refusal:
        if refusal.status != 409:
            raise
        words = visit.house.pages.words[visit.language]
        return await appointment_page(visit, await one(visit, appointment_id), 409, sentence(words, refusal))
    visit.changed(asker)
    visit.flash("appointment.cancelled")
    return visit.go(f"/appointments/{quoted(appointment_id)}")


@router.post("/{appointment_id}/earlier-slots/{offer_id}/accept")
async def accept_earlier(visit: Coming, appointment_id: str, offer_id: str) -> Response:
    """Move to the earlier time; who comes too late reads why, and keeps the appointment."""
    asker = await visit.account()
    try:
        moved = await visit.house.booking.accept_earlier(asker, offer_id)
    except Refused as refusal:
        return await _refused(visit, appointment_id, refusal, but=offer_id)
    visit.changed(asker)
    visit.flash("earlier.accepted")
    return visit.go(f"/appointments/{quoted(moved.id)}")


@router.post("/{appointment_id}/waiting-list")
async def wait(visit: Coming, appointment_id: str) -> Response:
    asker = await visit.account()
    try:
        await visit.house.booking.wait(asker, appointment_id)
    except Refused as refusal:
        return await _refused(visit, appointment_id, refusal)
    visit.changed(asker)
    visit.flash("earlier.waiting")
    return visit.go(f"/appointments/{quoted(appointment_id)}")


@router.post("/{appointment_id}/waiting-list/leave")
async def stop_waiting(visit: Coming, appointment_id: str) -> Response:
    asker = await visit.account()
    try:
        await visit.house.booking.stop_waiting(asker, appointment_id)
    except Refused as refusal:
        return await _refused(visit, appointment_id, refusal)
    visit.changed(asker)
    visit.flash("earlier.left")
    return visit.go(f"/appointments/{quoted(appointment_id)}")


async def _refused(visit: Visit, appointment_id: str, refusal: Refused, but: str = "") -> Response:
    """The page of the appointment with the reason; the appointment stands as it is."""
    if refusal.status not in (409, 410, 422):
        raise refusal
    text = sentence(visit.house.pages.words[visit.language], refusal, "earlier.problem")
    return await appointment_page(visit, await one(visit, appointment_id), refusal.status, text, but)
