"""Logging in and out, tokens for visitors and for services, and the keys that check them all.

Answers here are secrets, so they are never stored for an Idempotency-Key; asking again makes another token.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from service_kit.http import problem_responses
from service_kit.limiting import network_of
from service_kit.tokens import KeySet

from accounts.application.claims import account_claims, service_claims, visitor_claims
from accounts.application.ports import OpenSession
from accounts.domain import emails, limits, passwords
from accounts.domain.rejections import InvalidField, WrongCredentials
from accounts.domain.sessions import ACCESS_SECONDS, SERVICE_SECONDS, VISITOR_SECONDS
from accounts.entrypoints.bodies import (
    LogInBody,
    RefreshBody,
    ServiceTokenBody,
    SessionAnswer,
    TokenAnswer,
)
from accounts.entrypoints.rooms import InRooms, LoggedIn, Rooms, count_tries, known_id

router = APIRouter(tags=["sessions"], responses=problem_responses(401, 422, 429, 503))


@router.post("/v1/sessions", response_model=SessionAnswer)
async def log_in(request: Request, body: LogInBody, rooms: InRooms) -> Response:
    """Log in. A wrong e-mail and a wrong password are the same: same answer, same time, same limits."""
    now, network = rooms.now(), network_of(request)
    try:
        email = emails.normalise(body.email)
    except InvalidField:
        email = ""  # nobody's, so it goes the way of any wrong one
    pair = (limits.LOG_INS_OF_A_PAIR, f"{network} {email}")
    others = [(limits.LOG_INS_OF_AN_ACCOUNT, email), (limits.LOG_INS_FROM_AN_ADDRESS, network)]
    await count_tries(request, rooms, [pair, *others])
    found = await rooms.sessions.credentials(email)
    password = passwords.normalise(body.password)
    right = await rooms.passwords.matches(found.password_hash if found else None, password)
    if found is None or not right:
        raise WrongCredentials
    outdated = rooms.passwords.is_outdated(found.password_hash)
    renewed = await rooms.passwords.hash(password) if outdated else None
    async with rooms.context.database.transaction() as connection:
        await rooms.tries.give_back(connection, others)
        await rooms.tries.forget(connection, *pair)
        session = await rooms.sessions.open(connection, found, now)
        if renewed is not None:
            holder_id = found.holder.account_id
            await rooms.accounts.replace_hash(connection, holder_id, found.password_hash, renewed)
    return _session(rooms, session)


@router.post("/v1/sessions/refresh", response_model=SessionAnswer)
async def refresh(body: RefreshBody, rooms: InRooms) -> Response:
    """The next pair of tokens. Each refresh token is good once; a second use ends the session for everybody."""
    return _session(rooms, await rooms.sessions.refresh(body.refresh_token, rooms.now()))


@router.delete("/v1/sessions/{session_id}", status_code=204, responses=problem_responses(403, 404))
async def log_out(session_id: str, caller: LoggedIn, rooms: InRooms) -> Response:
    """End one session of one's own."""
    await rooms.sessions.end(caller.subject, known_id(session_id), rooms.now())
    return Response(status_code=204)


@router.delete("/v1/sessions", status_code=204, responses=problem_responses(403))
async def log_out_everywhere(caller: LoggedIn, rooms: InRooms) -> Response:
    """End every session of one's own, this one too."""
    await rooms.sessions.end_all(caller.subject, rooms.now())
    return Response(status_code=204)


@router.post("/v1/visitors", response_model=TokenAnswer)
async def visit(request: Request, rooms: InRooms) -> Response:
    """A token for who has not logged in: to hold one slot while signing up. A network address gets a number of them."""
    await count_tries(request, rooms, [(limits.VISITORS_FROM_AN_ADDRESS, network_of(request))])
    issue = rooms.issue()
    return _token(rooms.signing.sign(visitor_claims(issue, issue.token_id)), VISITOR_SECONDS)


@router.post("/v1/service-tokens", response_model=TokenAnswer)
async def service_token(request: Request, body: ServiceTokenBody, rooms: InRooms) -> Response:
    """A token for another service of the house."""
    tries = [(limits.CLIENTS_FROM_AN_ADDRESS, network_of(request))]
    await count_tries(request, rooms, tries)
    stored = await rooms.clients.secret_hash(body.client_id)
    if not await rooms.passwords.matches(stored, body.client_secret):
        raise WrongCredentials
    async with rooms.context.database.transaction() as connection:
        await rooms.tries.give_back(connection, tries)
    return _token(rooms.signing.sign(service_claims(rooms.issue(), body.client_id)), SERVICE_SECONDS)


@router.get("/.well-known/jwks.json", response_model=KeySet)
async def keys(rooms: InRooms) -> Response:
    """The public keys (RFC 7517) of every token of the house."""
    return JSONResponse(rooms.signing.public(), headers={"Cache-Control": "public, max-age=300"})


def _session(rooms: Rooms, session: OpenSession) -> Response:
    token = rooms.signing.sign(account_claims(rooms.issue(), session.holder, session.session_id))
    more = {"refresh_token": session.refresh_token, "session_id": session.session_id}
    return _token(token, ACCESS_SECONDS, **more)


def _token(token: str, seconds: int, **more: str) -> Response:
    return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": seconds, **more})
