"""Logging in and out."""

from __future__ import annotations

import contextlib

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.refusals import Away, Refused
from portal.entrypoints.forms import Form, read_form
from portal.entrypoints.visits import Coming, Visit, quoted, safe_path
from portal.views.refusals import sentence

router = APIRouter()


@router.get("/log-in")
async def log_in_page(visit: Coming, request: Request) -> Response:
    following = request.query_params.get("next", "")
    if visit.logged_in:
        return visit.go(where_to(visit, following))
    return _page(visit, Form({"email": visit.draft.email, "next": following}))


@router.post("/log-in")
async def log_in(visit: Coming, request: Request) -> Response:
    form = await read_form(request, keep_spaces=("password",))
    words = visit.house.pages.words[visit.language]
    form.require(words, "email", "password")
    if form.errors:
        return _page(visit, form, 422)
    visit.draft.email = form["email"]
    body = {"email": form["email"], "password": form["password"]}
    try:
        tokens = await visit.house.accounts.log_in(visit.nobody(), body)
    except Refused as refusal:
        return _page(visit, form, refusal.status, sentence(words, refusal))
    visit.session.log_in(tokens, visit.now)
    visit.session.made_at = visit.now
    return visit.go(where_to(visit, form["next"]))


@router.post("/log-out")
async def log_out(visit: Coming) -> Response:
    """Out of here whatever the service says: the tokens leave the browser, and the short one dies by itself."""
    login = visit.session.login
    if login is not None:
        with contextlib.suppress(Refused, Away):
            await visit.house.accounts.log_out(await visit.asker(), login.session_id)
    visit.log_out()
    visit.flash("log-out.done")
    return visit.go("/")


def where_to(visit: Visit, following: str) -> str:
    """After logging in: where one wanted to go, else on with the request or the held slot, else one's appointments."""
    booking = visit.session.booking
    following, visit.session.going_to = following or visit.session.going_to, ""
    if not following and booking is not None and booking.expires_at > visit.now:
        return f"/book/{quoted(booking.hold_id)}"
    return safe_path(following)


def _page(visit: Visit, form: Form, status: int = 200, text: str = "") -> Response:
    return visit.page("log_in.html", status, form=form, refusal_text=text)
