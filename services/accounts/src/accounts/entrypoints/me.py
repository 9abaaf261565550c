"""The account of the caller, and the people that it may book for."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from booking_events.accounts import PersonErased, RelativeAdded
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.editing import IfMatch, check_version, etag
from service_kit.http import AtLeast, positions, problem_responses
from service_kit.limiting import network_of
from service_kit.outbox import say, to_outbox
from service_kit.problems import Problem

from accounts.application.ports import Credentials, Edit, Person
from accounts.domain import limits, passwords
from accounts.domain.people import identity
from accounts.domain.rejections import PasswordWrong
from accounts.entrypoints.bodies import (
    EraseBody,
    ExportAnswer,
    MeAnswer,
    MePatch,
    PeopleAnswer,
    PersonAnswer,
    RelativeBody,
)
from accounts.entrypoints.problems import as_problems
from accounts.entrypoints.rooms import InRooms, LoggedIn, Rooms, count_tries, known_id
from accounts.views import me as view
from accounts.views.export import export

router = APIRouter(prefix="/v1/me", tags=["me"], responses=problem_responses(401, 403, 503))


@router.get("", response_model=MeAnswer)
async def show_me(request: Request, caller: LoggedIn, rooms: InRooms, at_least: AtLeast) -> Response:
    """The account as it is now."""
    reflected = await positions(request)
    return await _me(rooms, caller.subject, reflected)


@router.patch("", response_model=MeAnswer, responses=problem_responses(412, 422, 428, 429))
async def edit_me(
    request: Request, body: MePatch, caller: LoggedIn, rooms: InRooms, if_match: IfMatch = None
) -> Response:
    """Change the language, or the password (which ends every other session)."""
    read = await _own(rooms, caller.subject)
    check_version(if_match, read.version)
    password_hash = None
    if body.new_password is not None:
        personal = [read.email, read.email.partition("@")[0]]
        new = passwords.check(body.new_password, personal, "new_password")
        await _prove(request, rooms, read, body.current_password or "")
        password_hash = await rooms.passwords.hash(new)
    edit = Edit(body.locale, password_hash, caller.session)
    await rooms.accounts.edit(caller.subject, read.version, edit, rooms.now())
    return await _me(rooms, caller.subject, {})


@router.get("/export", response_model=ExportAnswer)
async def export_me(request: Request, caller: LoggedIn, rooms: InRooms, at_least: AtLeast) -> Response:
    """All that this service keeps of the account, to be taken away; the visits are booking's to tell."""
    reflected = await positions(request)
    found = await export(rooms.context.database, caller.subject)
    if found is None:
        raise Problem("not-found")
    answer = ExportAnswer.model_validate(found)
    return Response(answer.model_dump_json(), headers=reflected, media_type="application/json")


@router.post("/erase", status_code=204, responses=problem_responses(422, 429))
async def erase_me(request: Request, body: EraseBody, caller: LoggedIn, rooms: InRooms) -> Response:
    """Erase the account and all its people, for good; their visits to come are cancelled.

    It takes no Idempotency-Key, for nothing may be kept of it: a repetition is 401, as the session is gone as well.
    """
    caller.require("patient")
    proved = await _prove(request, rooms, await _own(rooms, caller.subject), body.current_password)
    now = rooms.now()
    async with rooms.context.database.transaction() as connection:
        people = await rooms.erasure.erase_account(connection, proved)
        position = await say(connection, [to_outbox(PersonErased(person_id=person_id), now) for person_id in people])
    return Response(status_code=204, headers={"Position": f"{rooms.context.service}={position}"})


@router.get("/people", response_model=PeopleAnswer)
async def list_people(request: Request, caller: LoggedIn, rooms: InRooms, at_least: AtLeast) -> Response:
    """Those that one may book for, oneself first. There are few: always one page."""
    reflected = await positions(request)
    found = await view.people(rooms.context.database, caller.subject)
    return JSONResponse({"items": [_person(person) for person in found], "next": None}, headers=reflected)


@router.get("/people/{person_id}", response_model=PersonAnswer, responses=problem_responses(404))
async def show_person(
    request: Request, person_id: str, caller: LoggedIn, rooms: InRooms, at_least: AtLeast
) -> Response:
    """One of them."""
    wanted, reflected = known_id(person_id), await positions(request)
    for person in await view.people(rooms.context.database, caller.subject):
        if person.person_id == wanted:
            return JSONResponse(_person(person), headers=reflected)
    raise Problem("not-found")


@router.post("/people", status_code=201, response_model=PersonAnswer, responses=problem_responses(409, 422))
async def add_person(
    request: Request, body: RelativeBody, caller: LoggedIn, rooms: InRooms, idempotency_key: IdempotencyKey = None
) -> Response:
    """Add a relative to book for."""
    caller.require("patient")
    now = rooms.now()
    who = identity(body.first_name, body.last_name, body.birth_date, body.sex, now.astimezone(UTC).date())

    async def work(connection: Connection) -> Change:
        with as_problems(request):
            person = await rooms.accounts.add_relative(connection, caller.subject, body.relation, who, now)
        fact = RelativeAdded(person_id=person.person_id, account_id=caller.subject)
        location = {"Location": f"/v1/me/people/{person.person_id}"}
        return Change(_person(person), 201, [fact], location)

    return await change(request, caller, work)


@router.delete("/people/{person_id}", status_code=204, responses=problem_responses(404, 422))
async def erase_person(request: Request, person_id: str, caller: LoggedIn, rooms: InRooms) -> Response:
    """Erase a relative, for good; their visits to come are cancelled."""
    caller.require("patient")
    wanted = known_id(person_id)

    async def work(connection: Connection) -> Change:
        with as_problems(request):
            await rooms.erasure.erase_relative(connection, caller.subject, wanted)
        return Change(None, 204, [PersonErased(person_id=wanted)])

    return await change(request, caller, work)


async def _prove(request: Request, rooms: Rooms, me: view.Me, typed: str) -> Credentials:
    """The account's credentials, once the password typed has proved them again. Raises `PasswordWrong`."""
    # The same counters as a log-in's: who holds a stolen session may not guess more often than who holds none.
    account = (limits.LOG_INS_OF_AN_ACCOUNT, me.email)
    pair = (limits.LOG_INS_OF_A_PAIR, f"{network_of(request)} {me.email}")
    await count_tries(request, rooms, [pair, account])
    stored = await rooms.accounts.credentials(me.id)
    if not await rooms.passwords.matches(stored.password_hash, passwords.normalise(typed)):
        raise PasswordWrong
    async with rooms.context.database.transaction() as connection:
        await rooms.tries.give_back(connection, [account])
        await rooms.tries.forget(connection, *pair)
    return stored


async def _own(rooms: Rooms, account_id: str) -> view.Me:
    """The caller's account; it is not there when it is erased just now."""
    found = await view.find(rooms.context.database, account_id)
    if found is None:
        raise Problem("not-found")
    return found


async def _me(rooms: Rooms, account_id: str, headers: dict[str, str]) -> Response:
    found = await _own(rooms, account_id)
    body = {name: value for name, value in found.__dict__.items() if name != "version"}
    return JSONResponse(body, headers={**headers, "ETag": etag(found.version)})


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": person.person_id,
        "relation": person.relation,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "birth_date": person.birth_date.isoformat(),
        "sex": person.sex,
    }
