"""The rooms of a place, which its practitioners share: declared, renamed, withdrawn and listed by practice staff."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.http import AtLeast, Caller, context_of, positions, problem_responses
from service_kit.problems import Problem
from service_kit.tokens import Principal
from starlette.responses import Response

from availability.application import handle_agenda as handle
from availability.application.handle_agenda import Room
from availability.application.ports import AgendaWriter
from availability.entrypoints import shown
from availability.entrypoints.bodies import NewRoom, PathId, RoomPatch
from availability.entrypoints.owning import STAFF, answer, refusals
from availability.views import agendas, practitioners, rooms

Withdrawn = Annotated[bool, Query(description="those that are withdrawn too: old visits were in them")]
_IN_USE = problem_responses(409)
_IN_USE[409]["description"] = "Refused (RFC 9457): `room-in-use`, with the `motives` that name the room"


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
            await table.keep_room(connection, room)
            return Change(asdict(room), 201)

        return await change(request, caller, work)

    @routes.patch("/v1/places/{place_id}/rooms/{room_id}", response_model=shown.RoomShown, responses=_IN_USE)
    async def change_room(
        request: Request, caller: Caller, place_id: PathId, room_id: PathId, body: RoomPatch
    ) -> Response:
        """Rename a room, withdraw it once no motive names it, or take it back."""

        async def work(connection: Connection) -> Change:
            await _theirs(connection, caller, place_id)
            room = await rooms.lock(connection, place_id, room_id)
            if room is None:
                raise Problem("not-found")
            sharing = await agendas.load_all(connection, await agendas.sharing(connection, {room_id}))
            with refusals():
                changed = handle.change_room(room, body.model_dump(exclude_unset=True), sharing.values())
            await table.keep_room(connection, changed)
            return Change(asdict(changed))

        return await change(request, caller, work)

    @routes.get("/v1/places/{place_id}/rooms", response_model=shown.RoomList)
    async def list_rooms(
        request: Request, caller: Caller, place_id: PathId, _: AtLeast, withdrawn: Withdrawn = False
    ) -> Response:
        """The rooms of a place, for its staff, by name."""
        headers = await positions(request)
        async with context_of(request).database.transaction() as connection:
            await _theirs(connection, caller, place_id)
            found = await rooms.of_place(connection, place_id, withdrawn)
        return answer({"items": [asdict(room) for room in found], "next": None}, headers)

    return routes


async def _theirs(connection: Connection, caller: Principal, place_id: str) -> None:
    """Staff of whoever receives there; what is not yours is not there."""
    caller.require(*STAFF)
    there = await practitioners.at_place(connection, place_id)
    if not any(caller.manages(practitioner_id, place_id) for practitioner_id in there):
        raise Problem("not-found")
