"""Opening, changing and closing agendas, by practice staff."""

from __future__ import annotations

import uuid

from booking_events.availability import AgendaChanged, AgendaClosed, AgendaState, MotiveRules
from fastapi import APIRouter, Request
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.editing import IfMatch, check_version, etag
from service_kit.http import Caller, context_of, problem_responses
from service_kit.problems import Problem
from service_kit.tokens import Principal
from starlette.responses import Response

from availability.application import handle_agenda as handle
from availability.application.handle_agenda import Kept
from availability.application.ports import AgendaWriter
from availability.entrypoints import shown
from availability.entrypoints.bodies import AgendaPatch, MotiveBody, NewAgenda, PathId, Preview
from availability.entrypoints.owning import PREVIEW, STAFF, answer, owned, refusals
from availability.entrypoints.preview import preview as preview_of
from availability.views import agendas, next_availability, practitioners, rooms

_EDITED = problem_responses(409, 412, 428)


def router(table: AgendaWriter) -> APIRouter:
    """The operations that change agendas; `table` keeps what they change."""
    routes = APIRouter(tags=["agendas"])
    _add_opening(routes, table)
    _add_changing(routes, table)
    return routes


def _add_opening(routes: APIRouter, table: AgendaWriter) -> None:
    @routes.post("/v1/agendas", status_code=201, response_model=shown.AgendaShown, responses=PREVIEW)
    async def open_agenda(
        request: Request, caller: Caller, body: NewAgenda, _: IdempotencyKey = None, preview: Preview = False
    ) -> Response:
        """Open an agenda of a registered practitioner at one of their places, or by video only."""
        caller.require(*STAFF)
        now = context_of(request).clock.now()
        if preview:
            async with context_of(request).database.transaction() as connection:
                new = await _opened(connection, caller, body)
                return answer(await preview_of(connection, None, new, [], [], now))

        async def work(connection: Connection) -> Change:
            kept = await _opened(connection, caller, body)
            await table.keep(connection, kept.state)
            facts = [kept.state, *await next_availability.refresh(connection, kept, now)]
            place = {"Location": f"/v1/agendas/{kept.state.agenda_id}", "ETag": etag(kept.version)}
            return Change(shown.agenda(kept, []), 201, facts, place)

        return await change(request, caller, work)


async def _opened(connection: Connection, caller: Principal, body: NewAgenda) -> Kept:
    practitioner = await practitioners.load(connection, body.practitioner_id)
    if practitioner is None or not caller.manages(body.practitioner_id, body.place_id):
        raise Problem("not-found")
    facts = {name: getattr(body, name) for name in NewAgenda.model_fields}
    facts["motives"] = _motives(body.motives, practitioner.speciality)
    with refusals():
        event = handle.open_agenda(str(uuid.uuid4()), practitioner, facts)
        await _check_rooms(connection, event)
    return Kept(event, event.version)


def _add_changing(routes: APIRouter, table: AgendaWriter) -> None:
    @routes.patch("/v1/agendas/{agenda_id}", response_model=shown.AgendaShown | shown.PreviewShown, responses=_EDITED)
    async def change_agenda(
        request: Request, caller: Caller, agenda_id: PathId, body: AgendaPatch,
        if_match: IfMatch = None, preview: Preview = False,
    ) -> Response:  # fmt: skip
        """Replace the fields that are sent, or close the agenda for good."""
        now = context_of(request).clock.now()
        if preview:
            async with context_of(request).database.transaction() as connection:
                old = owned(caller, await agendas.load(connection, agenda_id))
                absences = (await agendas.absences(connection, [agenda_id], now))[agenda_id]
                new, _event = await _changed(connection, old, body)
                return answer(await preview_of(connection, old, new, absences, absences, now))

        async def work(connection: Connection) -> Change:
            old = owned(caller, await agendas.lock(connection, agenda_id))
            check_version(if_match, old.version)
            new, event = await _changed(connection, old, body)
            absences = (await agendas.absences(connection, [agenda_id], now))[agenda_id]
            match event:
                case None:
                    return Change(shown.agenda(old, absences), 200, headers={"ETag": etag(old.version)})
                case AgendaClosed():
                    await table.close(connection, event)
                case AgendaChanged():
                    await table.keep(connection, event)
            facts = [event, *await next_availability.refresh(connection, new, now)]
            return Change(shown.agenda(new, absences), 200, facts, {"ETag": etag(new.version)})

        return await change(request, caller, work)


async def _changed(
    connection: Connection, kept: Kept, body: AgendaPatch
) -> tuple[Kept, AgendaChanged | AgendaClosed | None]:
    with refusals():
        if "closed" in body.model_fields_set:
            closed = handle.close_agenda(kept)
            return Kept(kept.state, closed.version, closed=True), closed
        facts = {name: getattr(body, name) for name in body.model_fields_set}
        if "motives" in facts:
            facts["motives"] = _motives(body.motives, kept.state.speciality)
        event = handle.change_agenda(kept, facts)
        if event is None:
            return kept, None
        await _check_rooms(connection, event)
        return Kept(event, event.version), event


async def _check_rooms(connection: Connection, state: AgendaState) -> None:
    named = {room_id for motive in state.motives for room_id in motive.rooms}
    handle.check_rooms(state.motives, await rooms.to_be_named(connection, state.place_id, named))


def _motives(bodies: tuple[MotiveBody, ...], speciality: str) -> tuple[MotiveRules, ...]:
    return tuple(body.rules(str(uuid.uuid4()), speciality) for body in bodies)
