"""Holds over HTTP: take a slot, look at it, keep it longer, make a visitor's one's own, let it go."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from service_kit.changing import IdempotencyKey
from service_kit.http import AtLeast, Body, Caller, context_of, invalid
from service_kit.problems import Problem
from starlette.responses import Response

from booking.application import handle
from booking.application.handle import Outcome
from booking.application.ports import Answer
from booking.domain import rejections as r
from booking.domain import tags
from booking.domain.checks import own_live_hold
from booking.domain.rejections import Rejection
from booking.entrypoints.bodies import HoldBody, HoldPage, hold_body
from booking.entrypoints.offered import OFFER_REFUSALS, OfferedStart, OfferedVisit, offered
from booking.entrypoints.problems import problem_of, refusals
from booking.entrypoints.requests import Id, account, answer, holder, ok, parts_of, read_response, refuse
from booking.entrypoints.visitors import begin_hold

router = APIRouter(prefix="/v1/holds", tags=["holds"])
ENDED = (r.NoSuchHold, r.HoldHasExpired, r.HoldWasReleased, r.HoldWasConfirmed)
NO_ROOM = (
    r.PractitionerAbsent,
    r.NoticeTooShort,
    r.BeyondHorizon,
    r.SlotTaken,
    r.SlotHeldByOthers,
    r.NoRoomFree,
    r.DayFull,
    r.WeekFull,
)
TWO_STEPS = (r.SecondVisitMissing, r.SecondVisitUnfit)


class AnyOfRequest(Body):
    """Starts that suit the caller alike, on one or several agendas, in the order of preference."""

    offers: Annotated[list[OfferedStart], Field(min_length=1, max_length=20)]


class ClaimRequest(Body):
    """`visitor_token`: the access token under which the slot was taken."""

    visitor_token: Annotated[str, Field(max_length=4_000)]


@router.post("", status_code=201, response_model=HoldBody, responses=refusals(*OFFER_REFUSALS, *NO_ROOM, *TWO_STEPS))
async def hold_slot(
    request: Request, caller: Caller, body: OfferedVisit, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Keep a slot for ten minutes. One for each caller: a new one replaces the old. Visitors share a quota by address.

    A two-step motive wants its `second` visit as well: both slots are kept, or neither. Whatever is done with one of
    the two holds is done with both.
    """
    who = holder(caller)
    try:
        visit, rules = await offered(request, body)
        then = None if body.second is None else (str(uuid.uuid4()), *await offered(request, body.second))
    except Rejection as rejection:
        return await refuse(request, caller, rejection)
    hold_id = str(uuid.uuid4())
    task = handle.hold_slot(hold_id, who, visit, rules, then)
    return await begin_hold(request, caller, hold_id, task, _held(hold_id, who, 201))


@router.post(
    "/any-of",
    status_code=201,
    response_model=HoldBody,
    responses=refusals(*OFFER_REFUSALS, *NO_ROOM, r.SecondVisitMissing),
)
async def hold_any_of(
    request: Request, caller: Caller, body: AnyOfRequest, _: AtLeast, key: IdempotencyKey = None
) -> Response:
    """Keep one of several: the earliest that is free, of those at one time the first named."""
    who = holder(caller)
    choices, refused = [], []
    for one in body.offers:
        try:
            choices.append(await offered(request, one))
        except Rejection as rejection:
            refused.append(rejection)
    if not choices:
        return await refuse(request, caller, refused[0])
    hold_id = str(uuid.uuid4())
    task = handle.hold_any_of(hold_id, who, tuple(choices))
    return await begin_hold(request, caller, hold_id, task, _held(hold_id, who, 201))


@router.get("", response_model=HoldPage)
async def my_holds(request: Request, caller: Caller, _: AtLeast) -> Response:
    """The slot that is kept for the caller, or the two of a two-step motive, so that they can resume."""
    who = holder(caller)
    reading = await parts_of(request).ledger.read((tags.account(who),))
    mine = [hold for hold in reading.known.live_holds(reading.at) if hold.account_id == who]
    return read_response(request, {"items": [hold_body(hold) for hold in mine], "next": None}, reading.head)


@router.get("/{hold_id}", response_model=HoldBody, responses=refusals(*ENDED))
async def one_hold(request: Request, caller: Caller, hold_id: Id, _: AtLeast) -> Response:
    """Own only."""
    who = holder(caller)
    reading = await parts_of(request).ledger.read((tags.hold(hold_id),))
    try:
        hold = own_live_hold(reading.known, hold_id, who, reading.at)
    except Rejection as rejection:
        raise problem_of(rejection) from None
    return read_response(request, hold_body(hold), reading.head)


@router.delete(
    "/{hold_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(r.NoSuchHold, r.HoldWasConfirmed),
)
async def release_hold(request: Request, caller: Caller, hold_id: Id, key: IdempotencyKey = None) -> Response:
    """Let the slot go; again is harmless."""
    return await answer(request, caller, handle.release(hold_id, holder(caller)), lambda _: Answer(204, b""))


@router.post(
    "/{hold_id}/extend",
    response_model=HoldBody,
    responses=refusals(*ENDED, r.AlreadyExtended, r.PractitionerAbsent),
)
async def extend_hold(request: Request, caller: Caller, hold_id: Id, key: IdempotencyKey = None) -> Response:
    """Ten minutes more, once."""
    who = holder(caller)
    return await answer(request, caller, handle.extend(hold_id, who), _held(hold_id, who, 200))


@router.post("/{hold_id}/claim", response_model=HoldBody, responses=refusals(*ENDED))
async def claim_hold(
    request: Request, caller: Caller, hold_id: Id, body: ClaimRequest, key: IdempotencyKey = None
) -> Response:
    """A hold taken before logging in becomes the account's; it replaces the account's own."""
    who = account(caller)
    try:
        visitor = await context_of(request).verifier.verify(body.visitor_token)
    except Problem as problem:
        if problem.kind.slug != "unauthenticated":
            raise
        raise _not_a_visitor() from None
    if visitor.kind != "visitor":
        raise _not_a_visitor()
    return await answer(request, caller, handle.claim(hold_id, visitor.subject, who), _held(hold_id, who, 200))


def _not_a_visitor() -> Problem:
    return invalid("/visitor_token", "This is no visitor's token.", "Ce n'est pas le jeton d'un visiteur.")


def _held(hold_id: str, who: str, status: int) -> Callable[[Outcome], Answer]:
    def body(outcome: Outcome) -> Answer:
        hold = own_live_hold(outcome.known, hold_id, who, outcome.at)
        return ok(hold_body(hold), status, {"Location": f"/v1/holds/{hold_id}"} if status == 201 else None)

    return body
