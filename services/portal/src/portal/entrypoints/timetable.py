"""The free times of one motive, a week at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from portal.application.shapes import Agenda, Mode, Motive, Place, Profile, Slots
from portal.application.week import Week
from portal.entrypoints.visits import Coming, Visit
from portal.views.formats import local
from portal.views.motives import ask_path, siblings, times_path
from portal.views.timetable import Time, Timetable, arrange

router = APIRouter()


@dataclass(frozen=True)
class Wish:
    """What is to be booked: the four ids that every page on the way carries."""

    practitioner_id: str
    agenda_id: str
    motive_id: str
    mode: Mode

    @property
    def action(self) -> str:
        """Where the form of a free time is sent."""
        return "/holds"

    @property
    def fields(self) -> dict[str, str]:
        """What goes with the time in that form."""
        return {
            "practitioner": self.practitioner_id,
            "agenda": self.agenda_id,
            "motive": self.motive_id,
            "mode": self.mode,
        }

    def path(self, day: str = "") -> str:
        """The page of the free times; `day` (ISO) chooses the week."""
        return times_path(self.practitioner_id, self.agenda_id, self.motive_id, self.mode, day)

    def ask_path(self, time: Time) -> str:
        """The page on which the practice is asked for a time that is on no sheet."""
        return ask_path(self.practitioner_id, time.agenda_id, self.motive_id, self.mode, time.start)

    def dates(self, zone: str, today: date) -> tuple[date, date | None]:
        """The first and the last local date that will do (None: as far as the agenda is open)."""
        return today, None


@dataclass(frozen=True)
class Sight:
    """A wish with everything that shows it."""

    wish: Wish
    profile: Profile
    motive: Motive
    place: Place | None
    slots: Slots
    timetable: Timetable

    def fields(self, sheet: int) -> dict[str, str]:
        """What goes with a time of that sheet, which may be of another agenda of the place than the one asked for."""
        agendas = (slot.agenda_id for slot in self.slots.slots if slot.offer == sheet)
        return replace(self.wish, agenda_id=next(agendas, self.wish.agenda_id)).fields


@router.get("/practitioners/{practitioner_id}/times")
async def times(visit: Coming, request: Request, practitioner_id: str) -> Response:
    query = request.query_params
    wish = wish_of(practitioner_id, query.get("agenda", ""), query.get("motive", ""), query.get("mode", ""))
    sight = await see(visit, wish, query.get("week", ""), asking=True)
    return visit.page("times.html", sight=sight)


def wish_of(practitioner_id: str, agenda_id: str, motive_id: str, mode: str) -> Wish:
    """Raises 404 for a wish that cannot be one."""
    if not (practitioner_id and agenda_id and motive_id) or mode not in ("in_person", "video"):
        raise HTTPException(404)
    return Wish(practitioner_id, agenda_id, motive_id, cast(Mode, mode))


async def see(visit: Visit, wish: Wish, day: str = "", *, alone: bool = False, asking: bool = False) -> Sight:
    """The week of `day` (this one without), seen by the visitor: a slot that they hold is shown as theirs.

    `alone`: without the other agendas of the place. `asking`: the practice may be asked for it as well. Raises 404
    where the motive is not to be had so.
    """
    house = visit.house
    asker = await visit.asker(as_visitor=True)
    # The public pages are asked without the visitor's token: it is good for the hold only.
    profile = await house.directory.practitioner(visit.nobody(), wish.practitioner_id)
    taking = siblings(wish.agenda_id, wish.motive_id, wish.mode, await agendas_of(visit, wish.practitioner_id))
    if not taking or (taking[0][1].on_request and not asking):
        raise HTTPException(404)
    taking = taking[:1] if alone else taking
    agenda, motive = taking[0]
    place = profile.place(agenda.place_id) if agenda.place_id else None
    first, last = wish.dates(agenda.zone, local(visit.now, agenda.zone).date())
    week = Week.asked(day, first)
    if last is not None:
        week = min(week, Week.of(last))
    ids = [one.id for one, _ in taking]
    until = week.sunday if last is None else min(week.sunday, last)
    days = max(week.monday, first), until
    slots = await house.availability.slots(asker, ids, wish.motive_id, wish.mode, *days, motive.on_request)
    return Sight(wish, profile, motive, place, slots, arrange(slots, week, first, last))


async def agendas_of(visit: Visit, practitioner_id: str) -> list[tuple[Agenda, list[Motive]]]:
    """The practitioner's agendas, each with its motives."""
    availability = visit.house.availability
    agendas = await availability.agendas(visit.nobody(), practitioner_id)
    lists = await asyncio.gather(*(availability.motives(visit.nobody(), agenda.id) for agenda in agendas))
    return list(zip(agendas, lists, strict=True))
