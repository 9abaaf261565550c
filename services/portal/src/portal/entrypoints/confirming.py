"""The last step: look at everything once more, and make the held slot an appointment."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Refused, WaysOn
from portal.application.session import Draft
from portal.application.shapes import Person
from portal.entrypoints.forms import read_form
from portal.entrypoints.held import Done, Held, ended, held
from portal.entrypoints.showing import one
from portal.entrypoints.steps import chosen_person, missing_answers, questions_page, who_page
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.refusals import sentence

router = APIRouter(prefix="/book/{hold_id}")

# Refusals about the person rather than the slot: another one may be chosen, and the slot stays held meanwhile.
_ABOUT_THE_PERSON = frozenset({"person-busy", "person-unknown"})


@router.get("/check")
async def check(visit: Coming, hold_id: str) -> Response:
    found = await held(visit, hold_id)
    ready = await _ready(visit, found)
    return ready if isinstance(ready, Response) else _check_page(visit, found, ready)


@router.post("/confirm")
async def confirm(visit: Coming, request: Request, hold_id: str) -> Response:
    form = await read_form(request)
    found = await held(visit, hold_id)
    ready = await _ready(visit, found)
    if isinstance(ready, Response):
        return ready
    replaces = form["replaces"].split()
    body = _body(visit.draft, found) | ({"replaces": replaces} if replaces else {})
    asker = await visit.account()
    try:
        made = await visit.house.booking.confirm(
            asker, found.booking.hold_id, body, idempotency_key(form["form_key"], body)
        )
    except Refused as refusal:
        return await _refused(visit, found, ready, refusal)
    visit.changed(asker)
    visit.session.booking = None
    visit.draft = Draft(phone=visit.draft.phone, email=visit.draft.email)
    if replaces:
        visit.flash("appointment.replaced")
    else:
        visit.flash("appointment.booked")
    return visit.go(f"/appointments/{quoted(made.id)}")


@router.post("/keep-first")
async def keep_first(visit: Coming, request: Request, hold_id: str) -> Response:
    """Let the held slot go, for the appointment that the person has; a slot that is gone already is no matter."""
    form = await read_form(request)
    asker = await visit.account()
    try:
        await visit.house.booking.release(asker, hold_id)
    except Refused as refusal:
        if refusal.slug == "hold-confirmed":
            raise Done(str(refusal.members.get("appointment_id", ""))) from None
        if refusal.status != 404:
            raise
    visit.changed(asker)
    visit.session.booking = None
    visit.flash("appointment.kept")
    return visit.go(f"/appointments/{quoted(form['appointment'])}")


async def _ready(visit: Visit, found: Held) -> Person | Response:
    """The person to book for once every step is done; else the way to the first one that is not."""
    hold_id = found.booking.hold_id
    if not visit.logged_in:
        return visit.go(f"/book/{quoted(hold_id)}")
    person = await chosen_person(visit)
    if person is None:
        return visit.go(f"/book/{quoted(hold_id)}/who")
    words = visit.house.pages.words[visit.language]
    if missing_answers(words, found, visit.draft).errors:
        return visit.go(f"/book/{quoted(hold_id)}/questions")
    return person


async def _refused(visit: Visit, found: Held, person: Person, refusal: Refused) -> Response:
    """Every refusal leads to the page where something can be done about it."""
    over = ended(found.booking, refusal)
    if over is not None:
        raise over
    words = visit.house.pages.words[visit.language]
    if refusal.slug in _ABOUT_THE_PERSON:
        return await who_page(visit, found, refusal=refusal)
    if refusal.slug == "answer-missing":
        form = missing_answers(words, found, visit.draft)
        for id_ in refusal.fields:
            form.errors.setdefault(f"answer.{id_}", words("field.answer.missing"))
        return questions_page(visit, found, person, form, status=422, refusal_text=sentence(words, refusal))
    if refusal.status == 401:
        raise refusal
    if refusal.slug == "visit-too-close":
        return await _too_close_page(visit, found, person, refusal)
    return _check_page(visit, found, person, refusal)


async def _too_close_page(visit: Visit, found: Held, person: Person, refusal: Refused) -> Response:
    """The appointments that are too close, beside the held slot: keep them, or give them up for it if that may be."""
    ways = WaysOn.of(refusal)
    try:
        close = [await one(visit, id_) for id_ in ways.keep]
    except Refused:
        # Booked by another account of the person's: there is nothing of it to show here, nor to give up.
        return _check_page(visit, found, person, refusal)
    return visit.page("too_close.html", 422, held=found, close=close, replaces=" ".join(ways.replaces), days=ways.days)


def _check_page(visit: Visit, found: Held, person: Person, refusal: Refused | None = None) -> Response:
    words = visit.house.pages.words[visit.language]
    return visit.page(
        "check.html",
        refusal.status if refusal else 200,
        held=found,
        person=person,
        draft=visit.draft,
        refusal=refusal,
        refusal_text=sentence(words, refusal, "check.problem") if refusal else "",
    )


def _body(draft: Draft, found: Held) -> dict[str, Any]:
    """What goes with the confirmation: answers to questions that are still asked."""
    asked = {question.id for question in found.motive.questions} if found.motive else set()
    answers = {id_: text for id_, text in draft.answers.items() if id_ in asked}
    return {"person_id": draft.person_id, "consulted_before": draft.consulted_before, "answers": answers}
