"""The account of the caller, and the people that it may book for."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from booking_events.accounts import RelativeAdded
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.editing import IfMatch, check_version, etag
from service_kit.http import AtLeast, positions, problem_responses
from service_kit.problems import Problem

from accounts.application.ports import Edit, Person
from accounts.domain import limits, passwords
from accounts.domain.people import identity
from accounts.domain.rejections import PasswordWrong
from accounts.entrypoints.bodies import MeAnswer, MePatch, PeopleAnswer, PersonAnswer, RelativeBody
from accounts.entrypoints.problems import as_problems
from accounts.entrypoints.rooms import InRooms, LoggedIn, Rooms, known_id, network_of
from accounts.views import me as view

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
    read = await view.find(rooms.context.database, caller.subject)
    if read is None:
        raise Problem("not-found")
    check_version(if_match, read.version)
    password_hash = None
    if body.new_password is not None:
        password_hash = await _new_password(request, rooms, caller.subject, body)
    edit = Edit(body.locale, password_hash, caller.session)
    await rooms.accounts.edit(caller.subject, read.version, edit, rooms.now())
    return await _me(rooms, caller.subject, {})


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


async def _new_password(request: Request, rooms: Rooms, account_id: str, body: MePatch) -> str:
    """The hash of the new password, once the current one is proved again."""
    own = await view.find(rooms.context.database, account_id)
    email = own.email if own else ""
    new = passwords.check(body.new_password or "", [email, email.partition("@")[0]], "new_password")
    # The same counters as a log-in's: who holds a stolen session may not guess more often than who holds none.
    pair, account = (limits.LOG_INS_OF_A_PAIR, f"{network_of(request)} {email}"), (limits.LOG_INS_OF_AN_ACCOUNT, email)
    await rooms.tries.take([pair, account], rooms.now())
    stored = await rooms.accounts.credentials(account_id)
    current = passwords.normalise(body.current_password or "")
    if not await rooms.passwords.matches(stored.password_hash, current):
        raise PasswordWrong
    async with rooms.context.database.transaction() as connection:
        await rooms.tries.give_back(connection, [account])
        await rooms.tries.forget(connection, *pair)
    return await rooms.passwords.hash(new)


async def _me(rooms: Rooms, account_id: str, headers: dict[str, str]) -> Response:
    found = await view.find(rooms.context.database, account_id)
    if found is None:
        raise Problem("not-found")
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
