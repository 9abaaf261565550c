"""Taking a free time: it is held while the visitor goes on, or somebody was faster and the next ones are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portal.application.once import idempotency_key
from portal.application.refusals import Away, Refused
from portal.application.services import Asker
from portal.application.session import Booking, Visitor
from portal.application.shapes import Slot
from portal.entrypoints.forms import instant, read_form
from portal.entrypoints.timetable import Sight, Wish, see, wish_of
from portal.entrypoints.visits import Coming, Visit, quoted
from portal.views.formats import local
from portal.views.motives import second_path
from portal.views.refusals import sentence
from portal.views.timetable import Time, times_of

router = APIRouter()

_LOST_TIMES_MAX = 9
# As long as a hold may live, extended once.
_SIGN_UP_TIME = timedelta(minutes=20)


@dataclass(frozen=True)
class NextTimes:
    """The free times after a lost one, by day."""

    day: datetime
    times: tuple[Time, ...]


@router.post("/holds")
async def hold(visit: Coming, request: Request) -> Response:
    form = await read_form(request)
    wish = wish_of(form["practitioner"], form["agenda"], form["motive"], form["mode"])
    body = {"offer": form["offer"], "start": form["start"]}
    start = instant(form["start"])
    try:
        return await take(visit, body, form["form_key"])
    except Refused as refusal:
        if refusal.slug == "second-visit-missing":
            return visit.go(second_path(wish.practitioner_id, wish.agenda_id, wish.motive_id, wish.mode, start))
        if refusal.status not in (404, 409, 410, 422):
            raise
        return await lost(visit, wish, start, refusal)


async def take(visit: Visit, body: Mapping[str, Any], form_key: str) -> Response:
    """Hold what `body` asks for and go on with the steps. Raises `Refused`."""
    asker = await _who_may_hold(visit)
    held = await visit.house.booking.hold(asker, body, idempotency_key(form_key, body))
    # A form sent again gets the first answer again, even where that hold has ended since.
    held = await visit.house.booking.find_hold(asker, held.id)
    visit.changed(asker)
    visit.session.booking = Booking.of(held, by_visitor=not visit.logged_in)
    visit.session.going_to = ""
    visit.draft = visit.draft.for_motive(held.motive_id)
    return visit.go(f"/book/{quoted(held.id)}")


async def _who_may_hold(visit: Visit) -> Asker:
    """The account; else the visitor, who gets a token when there is none that lives long enough to sign up with."""
    asker = await visit.asker()
    if asker.token is not None:
        return asker
    visitor = visit.session.visitor
    if visitor is None or visitor.until - visit.now < _SIGN_UP_TIME:
        tokens = await visit.house.accounts.visitor(asker)
        until = visit.now + timedelta(seconds=tokens.expires_in)
        visit.session.visitor = Visitor(token=tokens.access_token, until=until)
    return await visit.asker(as_visitor=True)


async def lost(visit: Visit, wish: Wish, start: datetime, refusal: Refused) -> Response:
    """Why the time cannot be had, and the next free ones of the same motive."""
    if visit.session.booking is not None and visit.session.booking.start == start:
        visit.session.booking = None
    words = visit.house.pages.words[visit.language]
    sight: Sight | None
    try:
        sight = await _around(visit, wish, start)
    except (Away, Refused, HTTPException):
        # The reason and a way on are worth a page even when the calendar cannot be had.
        sight = None
    status = refusal.status if refusal.status in (409, 410) else 409
    following = [] if sight is None else _nearest(sight, start)
    return visit.page(
        "lost.html", status, text=sentence(words, refusal), wish=wish, start=start, sight=sight, following=following
    )


async def _around(visit: Visit, wish: Wish, start: datetime) -> Sight:
    """The week of `start`, or the next one that has a free time."""
    sight = await see(visit, wish, local(start, "Europe/Paris").date().isoformat())
    if sight.timetable.is_empty and sight.timetable.next_day is not None:
        sight = await see(visit, wish, sight.timetable.next_day.isoformat())
    return sight


def _nearest(sight: Sight, start: datetime) -> list[NextTimes]:
    """The first times from `start` on (else the last before it), by day."""
    zone = sight.slots.zone
    ordered = sorted(sight.slots.slots, key=lambda one: (one.start < start, one.start))
    days: dict[str, list[Slot]] = {}
    for slot in sorted(ordered[:_LOST_TIMES_MAX], key=lambda one: one.start):
        days.setdefault(local(slot.start, zone).date().isoformat(), []).append(slot)
    return [NextTimes(slots[0].start, times_of(slots, zone)) for slots in days.values()]
