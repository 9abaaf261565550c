"""Signing up: a number, the code that it receives, who one is, and a link by e-mail."""

from __future__ import annotations

import contextlib
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Away, Refused
from portal.entrypoints.forms import Form, birth_date, read_form
from portal.entrypoints.visits import Coming, Visit
from portal.views.refusals import sentence

router = APIRouter(prefix="/sign-up")

TERMS_VERSION = "2026-11"
_FIELDS = ("code", "first_name", "last_name", "birth_date", "sex", "email", "password")


@router.get("")
async def phone_page(visit: Coming) -> Response:
    return _phone(visit, Form({"phone": visit.draft.phone}))


@router.post("")
async def send_code(visit: Coming, request: Request) -> Response:
    """Have the code sent; the same button on the next page sends another one and keeps what was typed there."""
    form = await read_form(request)
    words = visit.house.pages.words[visit.language]
    form.require(words, "phone")
    if form.errors:
        return _phone(visit, form, 422)
    refusal = await _code(visit, form)
    if refusal is not None:
        named = form.refuse(words, refusal, "phone")
        return _phone(visit, form, refusal.status, "" if named else sentence(words, refusal))
    visit.draft.phone = form["phone"]
    return visit.go("/sign-up/details")


@router.post("/code")
async def send_another_code(visit: Coming, request: Request) -> Response:
    form = await read_form(request, keep_spaces=("password",))
    words = visit.house.pages.words[visit.language]
    form.values["phone"] = visit.draft.phone
    form.values["code"] = ""
    refusal = await _code(visit, form)
    if refusal is not None:
        return _details(visit, form, refusal.status, sentence(words, refusal))
    return _details(visit, form, 200, words("sign-up.code-sent"), good=True)


@router.get("/details")
async def details_page(visit: Coming) -> Response:
    if not visit.draft.phone:
        return visit.go("/sign-up")
    return _details(visit, Form({"email": visit.draft.email}))


@router.post("/details")
async def sign_up(visit: Coming, request: Request) -> Response:
    form = await read_form(request, keep_spaces=("password",))
    words = visit.house.pages.words[visit.language]
    if not visit.draft.phone:
        return visit.go("/sign-up")
    form.require(words, "code", "first_name", "last_name", "sex", "email", "password", "terms")
    code = "".join(form["code"].split())
    if form["code"] and not (len(code) == 6 and code.isascii() and code.isdigit()):
        form.errors["code"] = words("field.code.wrong")
    born = birth_date(form, words)
    form.arrange(*_FIELDS, "terms")
    if form.errors:
        return _details(visit, form, 422)
    body: dict[str, Any] = {
        "phone": visit.draft.phone,
        "code": code,
        "email": form["email"],
        "password": form["password"],
        "terms_version": TERMS_VERSION,
        "locale": visit.language,
        "first_name": form["first_name"],
        "last_name": form["last_name"],
        "birth_date": born,
        "sex": form["sex"],
    }
    try:
        await visit.house.accounts.sign_up(visit.nobody(), body, idempotency_key(form["form_key"], body))
    except Refused as refusal:
        if refusal.slug == "wrong-code":
            form.errors["code"] = sentence(words, refusal)
            return _details(visit, form, 422)
        named = form.refuse(words, refusal, *_FIELDS)
        return _details(visit, form, refusal.status, "" if named else sentence(words, refusal))
    visit.draft.email = form["email"]
    await _more_time(visit)
    return visit.go("/sign-up/sent")


@router.get("/sent")
async def sent_page(visit: Coming) -> Response:
    return visit.page("sent.html", email=visit.draft.email)


@router.get("/confirm")
async def confirm_page(visit: Coming, token: str = "") -> Response:
    """A button, because programs that look through mail open links too."""
    return visit.page("confirm_email.html", token=token[:200])


@router.post("/confirm")
async def confirm(visit: Coming, request: Request) -> Response:
    form = await read_form(request)
    words = visit.house.pages.words[visit.language]
    body = {"token": form["token"]}
    try:
        await visit.house.accounts.confirm(visit.nobody(), form["token"], idempotency_key("confirm", body))
    except Refused as refusal:
        if refusal.slug == "already-registered":
            visit.flash("sign-up.already", "bad")
            return visit.go("/log-in")
        if refusal.status == 429:
            raise
        return visit.page("link_dead.html", 410, text=sentence(words, refusal))
    visit.flash("sign-up.confirmed")
    return visit.go("/log-in")


async def _code(visit: Visit, form: Form) -> Refused | None:
    key = idempotency_key(form["form_key"], {"phone": form["phone"]})
    try:
        await visit.house.accounts.send_code(visit.nobody(), form["phone"], key)
    except Refused as refusal:
        return refusal
    return None


async def _more_time(visit: Visit) -> None:
    """A slot that is held meanwhile stays so while its holder looks for the e-mail; where it cannot, they will see."""
    booking = visit.session.booking
    if booking is None:
        return
    asker = await visit.asker(as_visitor=True)
    key = idempotency_key("extend", {"hold": booking.hold_id})
    with contextlib.suppress(Refused, Away):
        booking.expires_at = (await visit.house.booking.extend(asker, booking.hold_id, key)).expires_at


def _phone(visit: Visit, form: Form, status: int = 200, text: str = "") -> Response:
    return visit.page("sign_up.html", status, form=form, refusal_text=text)


def _details(visit: Visit, form: Form, status: int = 200, text: str = "", *, good: bool = False) -> Response:
    return visit.page("details.html", status, form=form, phone=visit.draft.phone, refusal_text=text, good=good)
