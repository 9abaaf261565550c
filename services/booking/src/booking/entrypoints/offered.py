"""An offer as a request brings it: genuine, still valid, and not older than what was heard of its agenda."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from fastapi import Request
from pydantic import Field
from service_kit.http import Body, context_of
from service_kit.problems import Problem

from booking.application.ports import OfferKeysAway
from booking.domain.facts import Rules, Visit
from booking.domain.rejections import OfferExpired, OfferNotGenuine, OfferStale, StartNotOffered
from booking.entrypoints.bodies import Start
from booking.entrypoints.requests import parts_of

OFFER_REFUSALS = (OfferNotGenuine, StartNotOffered, OfferExpired, OfferStale)


class OfferedStart(Body):
    """`offer`: a signed sheet from availability; `start`: one of its starts."""

    offer: Annotated[str, Field(max_length=50_000, pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")]
    start: Start


class OfferedVisit(OfferedStart):
    """`second`: the second visit, which a two-step motive wants with the first."""

    second: OfferedStart | None = None


async def offered(request: Request, body: OfferedStart) -> tuple[Visit, Rules]:
    """The visit that is offered, and the rules that bind it. Raises one of `OFFER_REFUSALS`."""
    parts = parts_of(request)
    try:
        sheet = await parts.offers.sheet(body.offer)
    except OfferKeysAway:
        raise Problem("unavailable", headers={"Retry-After": "1"}) from None
    visit = sheet.visit_at(body.start.astimezone(UTC), context_of(request).clock.now())
    await check_current(request, visit, sheet.rules)
    return visit, sheet.rules


async def check_current(request: Request, visit: Visit, rules: Rules) -> None:
    """Raises `OfferStale` when the agenda was changed for the time of a visit after it was offered under `rules`."""
    heard = parts_of(request).heard
    newer = await heard.newest_change(visit.stretch, rules.agenda_version)
    if newer is None:
        return
    agenda = await heard.agenda(visit.stretch.agenda_id)
    if agenda is None:
        raise OfferStale(newer)
    raise OfferStale(newer, agenda.staleness(visit, rules.notice_minutes, context_of(request).clock.now()))
