"""An appointment or a request made ready to be shown: with its practitioner, motive and person; and its page."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from starlette.responses import Response

from portal.application.refusals import Away, Refused
from portal.application.shapes import Appointment, EarlierSlots, Motive, Person, Profile, Visited, VisitRequest
from portal.entrypoints.visits import Visit
from portal.views.appointments import Shown, ShownRequest

V = TypeVar("V", bound=Visited)


async def appointment_page(
    visit: Visit, shown: Shown, status: int = 200, refusal_text: str = "", but: str = ""
) -> Response:
    """The page of one appointment. `but`: the offer that was just refused, which need not be shown again."""
    earlier = await _earlier(visit, shown) if shown.is_to_come else None
    slots = [slot for slot in earlier.items if slot.id != but] if earlier else []
    waiting = earlier.waiting if earlier else None
    linked = await linked_to(visit, shown.appointment)
    return visit.page(
        "appointment.html",
        status,
        shown=shown,
        slots=slots,
        waiting=waiting,
        linked=linked,
        refusal_text=refusal_text,
    )


async def linked_to(visit: Visit, appointment: Appointment) -> Appointment | None:
    """The other visit of a two-step motive; None when there is none, or it cannot be had just now."""
    if appointment.linked_to is None:
        return None
    try:
        return await visit.house.booking.appointment(await visit.account(), appointment.linked_to)
    except (Away, Refused):
        return None


async def _earlier(visit: Visit, shown: Shown) -> EarlierSlots | None:
    """None when it cannot be had just now: the appointment is shown even then."""
    try:
        return await visit.house.booking.earlier_slots(await visit.account(), shown.appointment.id)
    except (Away, Refused):
        return None


async def one(visit: Visit, appointment_id: str) -> Shown:
    asker = await visit.account()
    found = await visit.house.booking.appointment(asker, appointment_id)
    people = await visit.house.accounts.people(asker)
    return (await shown_of(visit, [found], people))[0]


async def shown_of(visit: Visit, found: Sequence[Appointment], people: Sequence[Person]) -> list[Shown]:
    return [Shown(*parts, visit.now) for parts in await _with_parts(visit, found, people)]


async def requests_of(visit: Visit, found: Sequence[VisitRequest], people: Sequence[Person]) -> list[ShownRequest]:
    return [ShownRequest(*parts, visit.now) for parts in await _with_parts(visit, found, people)]


async def _with_parts(
    visit: Visit, found: Sequence[V], people: Sequence[Person]
) -> list[tuple[V, Profile | None, Motive | None, Person | None]]:
    """Each visit with its practitioner, motive and person, each of them asked for once."""
    practitioners = sorted({one.practitioner_id for one in found})
    agendas = sorted({one.agenda_id for one in found})
    profiles = await asyncio.gather(*(_profile(visit, id_) for id_ in practitioners))
    motives = await asyncio.gather(*(_motives(visit, id_) for id_ in agendas))
    by_practitioner = dict(zip(practitioners, profiles, strict=True))
    by_agenda = dict(zip(agendas, motives, strict=True))
    names = {person.id: person for person in people}
    return [
        (
            one,
            by_practitioner[one.practitioner_id],
            by_agenda[one.agenda_id].get(one.motive_id),
            names.get(one.person_id),
        )
        for one in found
    ]


async def _profile(visit: Visit, practitioner_id: str) -> Profile | None:
    """None when it cannot be had just now: the date of one's appointment must be readable even then."""
    try:
        return await visit.house.directory.practitioner(visit.nobody(), practitioner_id)
    except (Away, Refused):
        return None


async def _motives(visit: Visit, agenda_id: str) -> dict[str, Motive]:
    try:
        return {motive.id: motive for motive in await visit.house.availability.motives(visit.nobody(), agenda_id)}
    except (Away, Refused):
        return {}
