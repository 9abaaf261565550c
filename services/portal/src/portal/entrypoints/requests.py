"""A request of one's own: what became of it, and taking it back."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from portal.application.refusals import Refused
from portal.entrypoints.showing import requests_of
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.refusals import sentence

router = APIRouter(prefix="/requests/{request_id}")


@router.get("")
async def one_request(visit: Coming, request_id: str) -> Response:
    return await _page(visit, request_id)


@router.post("/withdraw")
async def withdraw(visit: Coming, request_id: str) -> Response:
    """No longer ask; whom the practice has answered meanwhile reads how."""
    asker = await visit.account()
    try:
        await visit.house.booking.withdraw(asker, request_id)
    except Refused as refusal:
        if refusal.status != 409:
            raise
        words = visit.house.pages.words[visit.language]
        return await _page(visit, request_id, 409, sentence(words, refusal))
    visit.changed(asker)
    visit.flash("request.taken-back")
    return visit.go(f"/requests/{quoted(request_id)}")


async def _page(visit: Visit, request_id: str, status: int = 200, refusal_text: str = "") -> Response:
    asker = await visit.account()
    found = await visit.house.booking.request(asker, request_id)
    people = await visit.house.accounts.people(asker)
    (shown,) = await requests_of(visit, [found], people)
    return visit.page("request.html", status, shown=shown, refusal_text=refusal_text)
