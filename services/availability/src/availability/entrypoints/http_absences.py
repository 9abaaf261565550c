"""Absences: declared and lifted by practice staff."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Request
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.http import Caller, context_of, problem_responses
from service_kit.problems import Problem
from starlette.responses import Response

from availability.application import handle_agenda as handle
from availability.application.handle_agenda import Absence, Kept
from availability.application.ports import AgendaWriter
from availability.entrypoints import shown
from availability.entrypoints.bodies import NewAbsence, PathId, Preview
from availability.entrypoints.owning import PREVIEW, answer, owned, refusals
from availability.entrypoints.preview import preview as preview_of
from availability.views import agendas, next_availability


def router(table: AgendaWriter) -> APIRouter:
    """The operations on absences; `table` keeps what they change."""
    routes = APIRouter(tags=["absences"])

    @routes.post(
        "/v1/agendas/{agenda_id}/absences", status_code=201, response_model=shown.AbsenceShown, responses=PREVIEW
    )
    async def declare_absence(
        request: Request, caller: Caller, agenda_id: PathId, body: NewAbsence,
        _: IdempotencyKey = None, preview: Preview = False,
    ) -> Response:  # fmt: skip
        """Nothing can be booked from `start` to `end`."""
        now = context_of(request).clock.now()
        absence = Absence(str(uuid.uuid4()), body.start, body.end, body.cancels_appointments)
        if preview:
            async with context_of(request).database.transaction() as connection:
                kept = owned(caller, await agendas.load(connection, agenda_id))
                before = (await agendas.absences(connection, [agenda_id], now))[agenda_id]
                return answer(await preview_of(connection, kept, kept, before, [*before, absence], now))

        async def work(connection: Connection) -> Change:
            kept = owned(caller, await agendas.lock(connection, agenda_id))
            with refusals():
                event = handle.declare_absence(kept, absence)
            await table.declare(connection, event)
            new = Kept(kept.state, event.version)
            facts = [event, *await next_availability.refresh(connection, new, now)]
            place = {"Location": f"/v1/agendas/{agenda_id}/absences/{absence.id}"}
            return Change(shown.absence(new, absence), 201, facts, place)

        return await change(request, caller, work)

    @routes.delete("/v1/agendas/{agenda_id}/absences/{absence_id}", status_code=204, responses=problem_responses(409))
    async def lift_absence(request: Request, caller: Caller, agenda_id: PathId, absence_id: PathId) -> Response:
        """The time of the absence is offered again."""
        now = context_of(request).clock.now()

        async def work(connection: Connection) -> Change:
            kept = owned(caller, await agendas.lock(connection, agenda_id))
            absence = await agendas.absence(connection, agenda_id, absence_id)
            if absence is None:
                raise Problem("not-found")
            with refusals():
                event = handle.lift_absence(kept, absence)
            await table.lift(connection, event)
            facts = [event, *await next_availability.refresh(connection, Kept(kept.state, event.version), now)]
            return Change(None, 204, facts)

        return await change(request, caller, work)

    return routes
