"""The agendas and motives that everybody may see, and the whole agenda for its staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from service_kit.editing import etag
from service_kit.http import AtLeast, Caller, context_of, positions
from service_kit.pages import After, Cursor, Limit, read_cursor
from service_kit.problems import Problem
from starlette.responses import Response

from availability.entrypoints import shown
from availability.entrypoints.bodies import PathId, QueryId
from availability.entrypoints.owning import answer, owned
from availability.views import agendas


class Place(Cursor):
    """The agenda after which a page begins."""

    agenda_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


def router() -> APIRouter:
    """The reads."""
    routes = APIRouter(tags=["agendas"])

    @routes.get("/v1/agendas", response_model=shown.AgendaList)
    async def list_agendas(
        request: Request, practitioner: QueryId, _: AtLeast, limit: Limit = 50, after: After = None
    ) -> Response:
        """Open to all: a practitioner's agendas."""
        headers = await positions(request)
        since = read_cursor(Place, after).agenda_id if after else ""
        async with context_of(request).database.connection() as connection:
            found = await agendas.of_practitioner(connection, practitioner, since, limit + 1)
        page = [kept.state for kept in found[:limit]]
        following = Place(agenda_id=page[-1].agenda_id).text() if len(found) > limit else None
        return answer({"items": [shown.summary(state) for state in page], "next": following}, headers)

    @routes.get("/v1/agendas/{agenda_id}", response_model=shown.AgendaShown)
    async def read_agenda(request: Request, caller: Caller, agenda_id: PathId, _: AtLeast) -> Response:
        """The whole agenda, for its staff."""
        headers = await positions(request)
        context = context_of(request)
        async with context.database.transaction() as connection:
            kept = owned(caller, await agendas.load(connection, agenda_id))
            absences = await agendas.absences(connection, [agenda_id], context.clock.now())
        return answer(shown.agenda(kept, absences[agenda_id]), {**headers, "ETag": etag(kept.version)})

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
