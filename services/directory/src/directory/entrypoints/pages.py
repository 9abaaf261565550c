"""One practitioner's page: read by anybody, recommended by patients, claimed and edited by the practice."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.editing import IfMatch, check_version, etag
from service_kit.http import AtLeast, Caller, positions, problem_responses
from service_kit.limiting import network_of, tell
from service_kit.problems import Problem, language_of
from service_kit.tokens import Principal

from directory.application import registering
from directory.domain.practitioner import Practitioner
from directory.domain.rejections import NotFound
from directory.entrypoints.answers import PageAnswer, RecommendedAnswer
from directory.entrypoints.bodies import PageBody, RecommendationBody
from directory.entrypoints.problems import as_problems, standing
from directory.entrypoints.rooms import InRooms, Rooms, known_id
from directory.entrypoints.search import AcceptLanguage
from directory.views import profile

router = APIRouter(prefix="/v1/practitioners", tags=["practitioners"])


@router.get("/{practitioner_id}", response_model=PageAnswer, responses=problem_responses(404, 503))
async def show(
    request: Request, rooms: InRooms, practitioner_id: str, at_least: AtLeast, accept_language: AcceptLanguage = None
) -> Response:
    """The whole public page. Open."""
    wanted, reflected = known_id(practitioner_id), await positions(request)
    async with rooms.context.database.connection() as connection:
        body, etag = await _page(connection, wanted, language_of(accept_language))
    return JSONResponse(body, headers={**reflected, **etag})


@router.post(
    "/{practitioner_id}/recommendations",
    status_code=202,
    response_model=RecommendedAnswer,
    responses=problem_responses(404, 409, 422, 429, 503),
)
async def recommend(
    request: Request,
    rooms: InRooms,
    practitioner_id: str,
    body: RecommendationBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Suggest that a listed practitioner joins: counted once a day for each network address. Open."""
    wanted, address = known_id(practitioner_id), network_of(request)

    async def work(connection: Connection) -> Change:
        now = rooms.now()
        with as_problems(request):
            left = await rooms.recommendations.add(connection, wanted, address, now)
        tell(request, [standing(left, now)])
        return Change({"status": "accepted"}, 202)

    return await change(request, None, work)


@router.post(
    "/{practitioner_id}/claim",
    response_model=PageAnswer,
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def claim(
    request: Request,
    rooms: InRooms,
    practitioner_id: str,
    body: PageBody,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """The practitioner takes over their page, with what they say of themselves: it is registered from then on."""
    caller.require("practitioner")
    wanted = known_id(practitioner_id)
    if caller.practitioner_id != wanted:
        raise Problem("not-found")

    async def work(connection: Connection) -> Change:
        with as_problems(request):
            page, _ = await rooms.record.lock(connection, wanted)
            outcome = registering.claim(page, body.edit(), rooms.gazetteer)
        return await _saved(connection, rooms, page, outcome, language_of(accept_language))

    return await change(request, caller, work)


@router.patch(
    "/{practitioner_id}",
    response_model=PageAnswer,
    responses=problem_responses(401, 403, 404, 409, 412, 422, 428, 503),
)
async def edit(
    request: Request,
    rooms: InRooms,
    practitioner_id: str,
    body: PageBody,
    caller: Caller,
    if_match: IfMatch = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """Change members of a registered page. Staff of the practitioner, or of one of the page's places."""
    caller.require("practitioner", "secretary")
    wanted = known_id(practitioner_id)

    async def work(connection: Connection) -> Change:
        with as_problems(request):
            page, version = await rooms.record.lock(connection, wanted)
            if not _manages(caller, page):
                raise NotFound
            check_version(if_match, version)
            outcome = registering.edit(page, body.edit(), rooms.gazetteer)
        return await _saved(connection, rooms, page, outcome, language_of(accept_language))

    return await change(request, caller, work)


def _manages(caller: Principal, page: Practitioner) -> bool:
    return any(caller.manages(page.id, place.id) for place in page.places)


async def _saved(
    connection: Connection, rooms: Rooms, before: Practitioner, outcome: registering.Outcome, language: str
) -> Change:
    now, fact = outcome
    if fact is not None:
        await rooms.record.save(connection, now, rooms.now())
    body, etag = await _page(connection, before.id, language)
    return Change(body, 200, [fact] if fact is not None else [], etag)


async def _page(connection: Connection, practitioner_id: str, language: str) -> tuple[dict[str, Any], dict[str, str]]:
    found = await profile.find(connection, practitioner_id)
    if found is None:
        raise Problem("not-found")
    page, version = found
    return profile.shown(page, language), {"ETag": etag(version)}
