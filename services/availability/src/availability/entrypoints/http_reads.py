"""The agendas and motives that everybody may see, and the whole agenda for its staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from service_kit.http import AtLeast, Caller, context_of, positions
from service_kit.problems import Problem
from starlette.responses import Response

from availability.entrypoints import shown
from availability.entrypoints.bodies import PathId, QueryId
from availability.entrypoints.owning import answer, etag, owned
from availability.views import agendas

Limit = Annotated[int, Query(ge=1, le=100)]
After = Annotated[str, Query(max_length=64, description="the `next` of the page before")]


def router() -> APIRouter:
    """The reads."""
    routes = APIRouter(tags=["agendas"])

    @routes.get("/v1/agendas", response_model=shown.AgendaList)
    async def list_agendas(
        request: Request, practitioner: QueryId, _: AtLeast, limit: Limit = 50, after: After = ""
    ) -> Response:
        """Open to all: a practitioner's agendas."""
        headers = await positions(request)
        async with context_of(request).database.connection() as connection:
            found = await agendas.of_practitioner(connection, practitioner, after.replace("\x00", ""), limit + 1)
        more = found[limit - 1].state.agenda_id if len(found) > limit else None
        items = [shown.summary(kept.state) for kept in found[:limit]]
        return answer({"items": items, "next": more}, headers)

    @routes.get("/v1/agendas/{agenda_id}", response_model=shown.AgendaShown)
    async def read_agenda(request: Request, caller: Caller, agenda_id: PathId, _: AtLeast) -> Response:
        """The whole agenda, for its staff."""
        headers = await positions(request)
        context = context_of(request)
        async with context.database.transaction() as connection:
            kept = owned(caller, await agendas.load(connection, agenda_id))
            absences = await agendas.absences(connection, [agenda_id], context.clock.now())
        return answer(shown.agenda(kept, absences[agenda_id]), {**headers, "ETag": etag(kept)})

    @routes.get("/v1/agendas/{agenda_id}/motives", response_model=shown.MotiveList)
    async def list_motives(request: Request, agenda_id: PathId, _: AtLeast) -> Response:
        """Open to all: the motives, and who may book them."""
        headers = await positions(request)
        async with context_of(request).database.connection() as connection:
            kept = await agendas.load(connection, agenda_id)
        if kept is None:
            raise Problem("not-found")
        return answer({"items": [shown.motive(rules) for rules in kept.state.motives], "next": None}, headers)

    return routes
