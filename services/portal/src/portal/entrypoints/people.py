"""The people that one may book for: oneself and one's relatives."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Refused
from portal.entrypoints.forms import Form, birth_date, read_form
from portal.entrypoints.visits import Coming, Visit, safe_path
from portal.views.refusals import sentence

router = APIRouter(prefix="/relatives")

_FIELDS = ("relation", "first_name", "last_name", "birth_date", "sex")


@router.get("")
async def list_people(visit: Coming) -> Response:
    people = await visit.house.accounts.people(await visit.account())
    return visit.page("people.html", people=people)


@router.get("/new")
async def new_relative(visit: Coming, request: Request) -> Response:
    await visit.account()
    return _page(visit, Form({"next": request.query_params.get("next", "")}))


@router.post("/new")
async def add_relative(visit: Coming, request: Request) -> Response:
    form = await read_form(request)
    words = visit.house.pages.words[visit.language]
    asker = await visit.account()
    form.require(words, "relation", "first_name", "last_name", "sex")
    body = {name: form[name] for name in _FIELDS} | {"birth_date": birth_date(form, words)}
    form.arrange(*_FIELDS)
    if form.errors:
        return _page(visit, form, 422)
    try:
        person = await visit.house.accounts.add_person(asker, body, idempotency_key(form["form_key"], body))
    except Refused as refusal:
        if refusal.status == 401:
            raise
        named = form.refuse(words, refusal, *_FIELDS)
        return _page(visit, form, refusal.status, "" if named else sentence(words, refusal))
    visit.changed(asker)
    if visit.session.booking is not None or form["next"]:
        visit.draft.person_id = person.id
    visit.flash("relative.added")
    return visit.go(safe_path(form["next"]) if form["next"] else "/relatives")


def _page(visit: Visit, form: Form, status: int = 200, text: str = "") -> Response:
    return visit.page("relative.html", status, form=form, refusal_text=text)
