"""Asking the practice for a visit that only it books: when, for whom, and a word to it. Nothing is held meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Refused
from portal.application.session import Draft
from portal.application.shapes import Motive, Place, Profile
from portal.entrypoints.forms import Form, instant, read_form
from portal.entrypoints.timetable import Wish, agendas_of, wish_of
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.formats import local
from portal.views.motives import ask_path
from portal.views.refusals import sentence

router = APIRouter(prefix="/practitioners/{practitioner_id}/ask")


@dataclass(frozen=True)
class Asking:
    """A time that is wished, with everything that shows it. `time`: RFC 3339, as it came."""

    wish: Wish
    time: str
    start: datetime
    zone: str
    profile: Profile
    motive: Motive
    place: Place | None

    @property
    def fields(self) -> dict[str, str]:
        return {**self.wish.fields, "start": self.time}

    @property
    def path(self) -> str:
        wish = self.wish
        return ask_path(wish.practitioner_id, wish.agenda_id, wish.motive_id, wish.mode, self.time)

    @property
    def other_times(self) -> str:
        return self.wish.path(local(self.start, self.zone).date().isoformat())


@router.get("")
async def ask_page(visit: Coming, request: Request, practitioner_id: str) -> Response:
    query = request.query_params
    wish = wish_of(practitioner_id, query.get("agenda", ""), query.get("motive", ""), query.get("mode", ""))
    asking = await _asking(visit, wish, query.get("start", ""))
    if not asking.motive.on_request:
        return visit.go(asking.other_times)
    if asking.start <= visit.now:
        visit.flash("ask.problem.already-over", "bad")
        return visit.go(wish.path())
    return await _page(visit, asking, Form({"person_id": visit.draft.person_id, "message": visit.draft.message}))


@router.post("")
async def ask(visit: Coming, request: Request, practitioner_id: str) -> Response:
    form = await read_form(request)
    wish = wish_of(practitioner_id, form["agenda"], form["motive"], form["mode"])
    asking = await _asking(visit, wish, form["start"])
    # Kept whatever comes: a log-in, a relative to add, another time. A cookie has no room for answers beside them.
    visit.draft.person_id, visit.draft.message, visit.draft.answers = form["person_id"], form["message"], {}
    if not visit.logged_in:
        return await _page(visit, asking, form)
    if form["then"] == "relative":
        return visit.go(f"/relatives/new?next={quoted(asking.path)}")
    words = visit.house.pages.words[visit.language]
    form.require(words, "person_id")
    if form.errors:
        return await _page(visit, asking, form, 422)
    body = {"person_id": form["person_id"], "motive_id": wish.motive_id, "mode": wish.mode, "start": asking.time}
    body |= {"message": form["message"]} if form["message"] else {}
    asker = await visit.account()
    try:
        made = await visit.house.booking.ask(asker, wish.agenda_id, body, idempotency_key(form["form_key"], body))
    except Refused as refusal:
        return await _refused(visit, asking, form, refusal)
    visit.changed(asker)
    visit.draft = Draft(phone=visit.draft.phone, email=visit.draft.email)
    visit.flash("request.sent")
    return visit.go(f"/requests/{quoted(made.id)}")


async def _asking(visit: Visit, wish: Wish, time: str) -> Asking:
    """Raises 404 where the agenda does not have the motive, 400 for what is no time."""
    start = instant(time)
    profile = await visit.house.directory.practitioner(visit.nobody(), wish.practitioner_id)
    for agenda, motives in await agendas_of(visit, wish.practitioner_id):
        for motive in motives:
            if (agenda.id, motive.id) == (wish.agenda_id, wish.motive_id) and wish.mode in motive.modes:
                visit.draft = visit.draft.for_motive(motive.id)
                place = profile.place(agenda.place_id) if agenda.place_id else None
                return Asking(wish, time, start, agenda.zone, profile, motive, place)
    raise HTTPException(404)


async def _refused(visit: Visit, asking: Asking, form: Form, refusal: Refused) -> Response:
    """Why, on the page where something can be done about it; what was typed stays."""
    if refusal.status in (401, 404):
        raise refusal
    if refusal.slug == "book-online-instead":
        visit.flash("ask.book-online")
        return visit.go(asking.other_times)
    text = sentence(visit.house.pages.words[visit.language], refusal, "ask.problem")
    if refusal.slug == "person-unknown":
        form.errors["person_id"] = text
        return await _page(visit, asking, form, refusal.status)
    return await _page(visit, asking, form, refusal.status, refusal, text)


async def _page(
    visit: Visit, asking: Asking, form: Form, status: int = 200, refusal: Refused | None = None, refusal_text: str = ""
) -> Response:
    """For whom, and a word to the practice; for who has not logged in, the way there and back."""
    people = await visit.house.accounts.people(await visit.account()) if visit.logged_in else None
    if people is None:
        visit.session.going_to = asking.path
    elif len(people) == 1:
        form.values["person_id"] = form["person_id"] or people[0].id
    return visit.page(
        "ask.html",
        status,
        asking=asking,
        people=people,
        form=form,
        refusal=refusal,
        refusal_text=refusal_text,
    )
