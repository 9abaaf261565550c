"""Personal data at the moment of use, for other services of the house only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from service_kit.http import AtLeast, Caller, positions, problem_responses
from service_kit.problems import Problem

from accounts.entrypoints.bodies import ContactAnswer
from accounts.entrypoints.rooms import InRooms, known_id
from accounts.views import contact as view

router = APIRouter(prefix="/v1/people", tags=["people"], responses=problem_responses(401, 403, 404, 422, 503))

# A word of the calling service for what it does, never free text: it is kept.
Purpose = Annotated[str, Query(pattern=r"^[a-z][a-z0-9_-]{1,62}$", description="what for, in one word; recorded")]


@router.get("/{person_id}/contact", response_model=ContactAnswer)
async def show_contact(
    request: Request, person_id: str, purpose: Purpose, caller: Caller, rooms: InRooms, at_least: AtLeast
) -> Response:
    """Where to write to somebody: their name, and the account's e-mail, phone and language. Each look is recorded."""
    if caller.kind != "service":
        raise Problem("forbidden")
    wanted, reflected = known_id(person_id), await positions(request)
    found = await view.look_up(rooms.context.database, wanted, caller.subject, purpose, rooms.now())
    if found is None:
        raise Problem("not-found")
    return JSONResponse(found.__dict__, headers=reflected)
