"""Free slots on signed sheets, why a time is not offered, and the key that verifies the sheets."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from booking_events.base import Mode
from event_store import EventStore
from fastapi import APIRouter, Query, Request
from service_kit.http import AtLeast, Caller, OptionalCaller, context_of, invalid, positions
from service_kit.problems import Problem, language_of
from service_kit.tokens import KeySet, Principal
from starlette.responses import Response

from availability.application.handle_agenda import Kept
from availability.application.offer_slots import Asked, Candidate, Offered, Slot, offer_slots
from availability.application.ports import Signer
from availability.application.rules import to_agenda
from availability.domain.agenda import Agenda, Stretch
from availability.domain.explanation import explain
from availability.domain.limits import WEEK_MINUTES, is_limited
from availability.domain.span import minute_of
from availability.entrypoints import shown
from availability.entrypoints.bodies import Day, Id, Instant, QueryId
from availability.entrypoints.owning import STAFF, answer
from availability.entrypoints.reasons import SENTENCES
from availability.views import agendas, busy
from availability.views.history import agenda_as_of
from availability.views.occupation import occupations

DAYS_MAX = 31
AGENDAS_MAX = 60
_AROUND_MINUTES = 2 * 24 * 60


def router(signer: Signer, store: EventStore) -> APIRouter:
    """The operations on slots; `store` holds the past that `why-not` explains."""
    routes = APIRouter(tags=["slots"])

    @routes.get("/v1/slots", response_model=shown.SlotsShown)
    async def list_slots(
        request: Request,
        caller: OptionalCaller,
        agenda: Annotated[list[Id], Query(min_length=1, max_length=AGENDAS_MAX)],
        motive: QueryId,
        first: Annotated[Day, Query(alias="from", description="local date")],
        last: Annotated[Day, Query(alias="to", description="local date, included")],
        _: AtLeast,
        mode: Mode | None = None,
        on_request: Annotated[bool, Query(description="also of a motive that patients ask for")] = False,
    ) -> Response:
        """Open to all: the free slots of a motive; `offers` are signed sheets, good for 10 minutes.

        `next_slot`: the first slot; where the dates have none, the first one after them. With `on_request`, a motive
        that patients may ask for has slots as well: on no sheet (`offer` null), to ask the practice for one.
        """
        _check_dates(first, last)
        headers = await positions(request)
        asked = Asked(motive, mode, first, last, context_of(request).clock.now(), on_request)
        candidates = await _candidates(request, list(dict.fromkeys(agenda)), asked, caller)
        offered = offer_slots(candidates, asked, signer)
        return answer(_shown(offered, candidates[0].agenda.zone), headers)

    @routes.get("/v1/why-not", response_model=shown.WhyNot)
    async def why_not(
        request: Request,
        caller: Caller,
        agenda: QueryId,
        start: Annotated[Instant, Query()],
        motive: QueryId,
        _: AtLeast,
        as_of: Annotated[Instant | None, Query(description="an instant in the past; left out: now")] = None,
    ) -> Response:
        """For staff and auditors: why a start is not offered, or was not as of then."""
        caller.require(*STAFF, "auditor")
        headers = await positions(request)
        context = context_of(request)
        instant = as_of or context.clock.now()
        async with context.database.connection() as connection:
            kept = await agendas.load(connection, agenda)
            if kept is None or not _may_ask(caller, kept):
                raise Problem("not-found")
        past = await agenda_as_of(store, agenda, instant)
        if past is None:
            raise Problem("not-found")
        minute = minute_of(start)
        async with context.database.connection() as connection:
            takers = await busy.takers_at(connection, past.agenda, _around(past.agenda, motive, minute), instant)
        takers += past.absences.values()
        reasons = explain(past.agenda, past.position, takers, motive, minute, instant)
        language = language_of(request.headers.get("accept-language"))
        items = [
            {
                "rule": reason.rule,
                "detail": SENTENCES[reason.rule].in_language(language),
                "source_position": reason.source_position,
            }
            for reason in reasons
        ]
        return answer({"offered": not reasons, "reasons": items}, {**headers, "Content-Language": language})

    @routes.get("/.well-known/jwks.json", tags=["keys"], response_model=KeySet)
    async def jwks() -> dict[str, Any]:
        """Open to all: the key that verifies the offer sheets."""
        return signer.jwks()

    return routes


def _around(agenda: Agenda, motive_id: str, minute: int) -> Stretch:
    """All the time that has a say in a start, that of a second visit included."""
    motive = agenda.motive(motive_id)
    days = 0 if motive is None or motive.second is None else motive.second.days_max
    around = WEEK_MINUTES if any(is_limited(each) for each in agenda.motives) else _AROUND_MINUTES
    return Stretch(minute - around, minute + around + days * 24 * 60)


async def _candidates(
    request: Request, agenda_ids: list[str], asked: Asked, caller: Principal | None
) -> list[Candidate]:
    """The agendas asked for that take the motive, with what occupies them for this caller."""
    holder = None if caller is None else caller.subject
    async with context_of(request).database.transaction() as connection:
        kept = await agendas.load_all(connection, agenda_ids)
        if set(agenda_ids) - kept.keys():
            raise Problem("not-found")
        found = [to_agenda(kept[id_].state, version=kept[id_].version, closed=kept[id_].closed) for id_ in agenda_ids]
        taken = await occupations(connection, found, asked.now, holder)
        own = [] if holder is None else await busy.held_by(connection, agenda_ids, holder, asked.now)
    candidates = []
    for agenda in found:
        motive = agenda.motive(asked.motive_id)
        if motive is None:
            continue
        held = frozenset(
            (hold.mode, hold.start_minute)
            for hold in own
            if hold.agenda_id == agenda.id and hold.motive_id == motive.id
        )
        candidates.append(Candidate(agenda, motive, taken[agenda.id], held))
    if not candidates:
        raise invalid("query/motive", "no agenda asked for has this motive", "aucun de ces agendas n'a ce motif")
    return candidates


def _check_dates(first: date, last: date) -> None:
    if last < first:
        raise invalid("query/to", "before `from`", "avant `from`")
    if last - first >= timedelta(days=DAYS_MAX):
        raise invalid("query/to", "31 days at most", "31 jours au plus")


def _may_ask(caller: Principal, kept: Kept) -> bool:
    return "auditor" in caller.roles or caller.manages(kept.state.practitioner_id, kept.state.place_id)


def _shown(offered: Offered, zone: str) -> dict[str, Any]:
    return {
        "offers": offered.offers,
        "slots": [
            {
                **_slot(slot),
                "offer": None if slot.offer < 0 else slot.offer,
                **({"held_by_you": True} if slot.held_by_you else {}),
            }
            for slot in offered.slots
        ],
        "next_slot": None if offered.next_slot is None else _slot(offered.next_slot),
        "zone": zone,
    }


def _slot(slot: Slot) -> dict[str, Any]:
    return {
        "agenda_id": slot.agenda_id,
        "start": shown.local_minute(slot.start, slot.zone),
        "end": shown.local_minute(slot.end, slot.zone),
        "mode": slot.mode,
    }
