"""The second visit of a two-step motive: its free times, so many days after the first; then both are held in one call.

Until then the first is not held: its time stands in the address of the page, and is asked for again at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from fastapi import APIRouter, Request
from starlette.responses import Response

from portal.application.refusals import Refused
from portal.application.shapes import Motive, SecondVisit
from portal.application.week import AHEAD_WEEKS_MAX
from portal.entrypoints.forms import instant, read_form
from portal.entrypoints.holding import lost, take
from portal.entrypoints.timetable import Wish, see, wish_of
from portal.entrypoints.visits import Coming, Visit
from portal.views.formats import local
from portal.views.motives import Way, second_path
from portal.views.refusals import sentence

router = APIRouter()


@dataclass(frozen=True)
class SecondWish(Wish):
    """The free times of the second visit, in the agenda of the first. `start`: when the first one is."""

    first: Wish
    start: datetime
    rule: SecondVisit

    @classmethod
    def of(cls, first: Wish, start: datetime, motive: Motive, rule: SecondVisit, chosen: str = "") -> SecondWish:
        """`motive`: of the second visit, which is in the mode `chosen`, else in that of the first, where it can be."""
        mode = next((one for one in (chosen, first.mode) if one in motive.modes), motive.modes[0])
        return cls(first.practitioner_id, first.agenda_id, motive.id, mode, first, start, rule)

    @property
    def action(self) -> str:
        return "/holds/second"

    @property
    def fields(self) -> dict[str, str]:
        return {**self.first.fields, "first": self.start.isoformat(), "then": self.mode}

    def path(self, day: str = "") -> str:
        first = self.first
        ids = first.practitioner_id, first.agenda_id, first.motive_id
        return second_path(*ids, first.mode, self.start, self.mode, day)

    def ways(self, motive: Motive, day: str) -> list[Way]:
        """Each mode of the second visit, with its free times of the week of `day`."""
        return [Way(mode, replace(self, mode=mode).path(day)) for mode in motive.modes]

    def dates(self, zone: str, today: date) -> tuple[date, date]:
        day = local(self.start, zone).date()
        return day + timedelta(days=self.rule.days_min), day + timedelta(days=self.rule.days_max)


@router.get("/practitioners/{practitioner_id}/second-visit")
async def times(visit: Coming, request: Request, practitioner_id: str) -> Response:
    query = request.query_params
    first = wish_of(practitioner_id, query.get("agenda", ""), query.get("motive", ""), query.get("mode", ""))
    start, chosen = instant(query.get("first", "")), query.get("then", "")
    return await _calendar(visit, first, start, chosen, query.get("week", ""))


@router.post("/holds/second")
async def hold_both(visit: Coming, request: Request) -> Response:
    form = await read_form(request)
    first = wish_of(form["practitioner"], form["agenda"], form["motive"], form["mode"])
    start, then = instant(form["first"]), instant(form["start"])
    offer = await _offer(visit, first, start)
    if offer is None:
        return await lost(visit, first, start, Refused(409, "slot-taken"))
    second = {"offer": form["offer"], "start": form["start"]}
    body = {"offer": offer, "start": form["first"], "second": second}
    try:
        return await take(visit, body, form["form_key"])
    except Refused as refusal:
        if refusal.status not in (404, 409, 410, 422):
            raise
        # Booking does not say which of the two it is about.
        if await _offer(visit, first, start) is None:
            return await lost(visit, first, start, refusal)
        return await _calendar(visit, first, start, form["then"], then.date().isoformat(), refusal)


async def _calendar(
    visit: Visit, first: Wish, start: datetime, chosen: str, day: str, refusal: Refused | None = None
) -> Response:
    """The week of `day`, in the mode `chosen`; without one, the first that will do.

    Where no second visit is to be had: the first's times.
    """
    if not visit.now < start < visit.now + timedelta(weeks=AHEAD_WEEKS_MAX):
        return visit.go(first.path())
    motives = {one.id: one for one in await visit.house.availability.motives(visit.nobody(), first.agenda_id)}
    motive = motives.get(first.motive_id)
    rule = motive.second_visit if motive else None
    then = motives.get(rule.motive_id) if rule else None
    if motive is None or rule is None or then is None:
        return visit.go(first.path())
    # Booking takes both in one agenda only.
    wish = SecondWish.of(first, start, then, rule, chosen)
    sight = await see(visit, wish, day, alone=True)
    zone = sight.slots.zone
    words = visit.house.pages.words[visit.language]
    return visit.page(
        "second.html",
        refusal.status if refusal else 200,
        sight=sight,
        motive=motive,
        start=start,
        ways=wish.ways(then, day),
        dates=wish.dates(zone, local(visit.now, zone).date()),
        back=first.path(local(start, zone).date().isoformat()),
        refusal_text=sentence(words, refusal) if refusal else "",
    )


async def _offer(visit: Visit, wish: Wish, start: datetime) -> str | None:
    """A sheet that offers `start`, signed just now; None when it is not free any more."""
    # As availability wrote it: in the local time of the place.
    day = start.date()
    asker = await visit.asker(as_visitor=True)
    found = await visit.house.availability.slots(asker, [wish.agenda_id], wish.motive_id, wish.mode, day, day)
    sheets = (slot.offer for slot in found.slots if slot.start == start and slot.offer is not None)
    number = next(sheets, None)
    return None if number is None else found.offers[number]
