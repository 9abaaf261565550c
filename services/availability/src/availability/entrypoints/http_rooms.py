"""The rooms of a place, which its practitioners share: declared and listed by practice staff."""

from __future__ import annotations

import uuid
from dataclasses import asdict

from fastapi import APIRouter, Request
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.http import AtLeast, Caller, context_of, positions
from service_kit.problems import Problem
from service_kit.tokens import Principal
from starlette.responses import Response

from availability.application.handle_agenda import Room
from availability.application.ports import AgendaWriter
from availability.entrypoints import shown
from availability.entrypoints.bodies import NewRoom, PathId
from availability.entrypoints.owning import STAFF, answer
from availability.views import practitioners, rooms


def router(table: AgendaWriter) -> APIRouter:
    """The operations on rooms; `table` keeps them."""
    routes = APIRouter(tags=["rooms"])

    @routes.post("/v1/places/{place_id}/rooms", status_code=201, response_model=shown.RoomShown)
    async def declare_room(
        request: Request, caller: Caller, place_id: PathId, body: NewRoom, _: IdempotencyKey = None
    ) -> Response:
        """A room that visits to the practitioners of this place may need; a motive names it by its id."""

        async def work(connection: Connection) -> Change:
            await _theirs(connection, caller, place_id)
            room = Room(str(uuid.uuid4()), place_id, body.name)
            await table.add_room(connection, room)
            return Change(asdict(room), 201)

        return await change(request, caller, work)

    @routes.get("/v1/places/{place_id}/rooms", response_model=shown.RoomList)
    async def list_rooms(request: Request, caller: Caller, place_id: PathId, _: AtLeast) -> Response:
        """The rooms of a place, for its staff, by name."""
        headers = await positions(request)
        async with context_of(request).database.transaction() as connection:
            await _theirs(connection, caller, place_id)
            found = await rooms.of_place(connection, place_id)
        return answer({"items": [asdict(room) for room in found], "next": None}, headers)

    return routes


async def _theirs(connection: Connection, caller: Principal, place_id: str) -> None:
    """Staff of whoever receives there; what is not yours is not there."""
    caller.require(*STAFF)
    there = await practitioners.at_place(connection, place_id)
    if not any(caller.manages(practitioner_id, place_id) for practitioner_id in there):
        raise Problem("not-found")
