"""Signing up: a code by SMS, then a link by e-mail. No answer, and no time, tells who has an account already."""

from __future__ import annotations

from datetime import UTC

from booking_events.accounts import PersonRegistered
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.database import Connection
from service_kit.http import problem_responses
from service_kit.limiting import network_of
from service_kit.problems import Problem, language_of

from accounts.application.ports import Asking, SignUp
from accounts.domain import emails, limits, passwords
from accounts.domain.codes import CODE_LIFE, LINK_LIFE
from accounts.domain.people import Locale, identity
from accounts.domain.phones import to_e164
from accounts.entrypoints.bodies import (
    CodeAsked,
    ConfirmBody,
    ConfirmedAnswer,
    PhoneCodeBody,
    SignUpAsked,
    SignUpBody,
)
from accounts.entrypoints.problems import as_problems
from accounts.entrypoints.rooms import InRooms, Rooms, count_tries

router = APIRouter(prefix="/v1/sign-up", tags=["sign-up"], responses=problem_responses(422, 429, 503))


@router.post("/phone-code", status_code=202, response_model=CodeAsked)
async def ask_phone_code(
    request: Request, body: PhoneCodeBody, rooms: InRooms, idempotency_key: IdempotencyKey = None
) -> Response:
    """Have six digits sent by SMS. Answers alike whatever becomes of it; a number gets a few at a time only."""
    phone = to_e164(body.phone, fiction_allowed=rooms.fiction_allowed)
    await count_tries(request, rooms, [(limits.CODES_FROM_AN_ADDRESS, network_of(request))])
    language: Locale = "fr" if language_of(request.headers.get("accept-language")) == "fr" else "en"

    async def work(connection: Connection) -> Change:
        # Beyond the limit nothing is sent, and nothing is said of it.
        if await rooms.tries.within(connection, [(limit, phone) for limit in limits.CODES_OF_A_NUMBER], rooms.now()):
            await rooms.sign_ups.ask_code(connection, phone, language, rooms.now())
        return Change({"expires_in": int(CODE_LIFE.total_seconds())}, 202)

    return await change(request, None, work)


@router.post("", status_code=202, response_model=SignUpAsked)
async def sign_up(
    request: Request, body: SignUpBody, rooms: InRooms, idempotency_key: IdempotencyKey = None
) -> Response:
    """Ask for an account. Whoever has one gets an e-mail that says so; the answer is the same."""
    now = rooms.now()
    phone = to_e164(body.phone, fiction_allowed=rooms.fiction_allowed)
    email = emails.normalise(body.email)
    who = identity(body.first_name, body.last_name, body.birth_date, body.sex, now.astimezone(UTC).date())
    personal = [email, email.partition("@")[0], who.first_name, who.last_name, phone]
    password = passwords.check(body.password, personal)
    asking = rooms.sign_ups.repeatable(idempotency_key, await request.body())
    if (replayed := await _replayed(rooms, asking)) is not None:
        return replayed
    subjects = [(limits.SIGN_UPS_FROM_AN_ADDRESS, network_of(request)), (limits.CODE_TRIES_OF_A_NUMBER, phone)]
    await count_tries(request, rooms, subjects)
    await rooms.sign_ups.try_code(phone, body.code, email, now)
    # Hashed for everybody, before anything could depend on who they are.
    password_hash = await rooms.passwords.hash(password)
    form, now = SignUp(phone, email, password_hash, body.locale, body.terms_version, who), rooms.now()
    async with rooms.context.database.transaction() as connection:
        wanted = await rooms.tries.within(connection, [(limits.SIGN_UPS_OF_AN_EMAIL, email)], now)
        faster = wanted and not await rooms.sign_ups.begin(connection, asking, form, now)
    return (await _replayed(rooms, asking) if faster else None) or _asked({})


@router.post("/confirm", response_model=ConfirmedAnswer, responses=problem_responses(409, 410))
async def confirm(
    request: Request, body: ConfirmBody, rooms: InRooms, idempotency_key: IdempotencyKey = None
) -> Response:
    """Open the link of the e-mail: the account is there. Opened again, it answers the same."""
    await count_tries(request, rooms, [(limits.CONFIRMATIONS_FROM_AN_ADDRESS, network_of(request))])

    async def work(connection: Connection) -> Change:
        with as_problems(request):
            done = await rooms.sign_ups.confirm(connection, body.token, rooms.now())
        answer = {"status": "registered", "account_id": done.account_id, "person_id": done.person_id}
        facts = [PersonRegistered(person_id=done.person_id, account_id=done.account_id)] if done.fresh else []
        return Change(answer, events=facts)

    return await change(request, None, work)


async def _replayed(rooms: Rooms, asking: Asking) -> Response | None:
    """The answer to a key that came before, or None."""
    match await rooms.sign_ups.seen(asking):
        case "same":
            return _asked({"Idempotency-Replayed": "true"})
        case "other":
            raise Problem("idempotency-key-reused")
        case "never":
            return None


def _asked(headers: dict[str, str]) -> Response:
    return JSONResponse({"status": "link-sent", "expires_in": int(LINK_LIFE.total_seconds())}, 202, headers)
