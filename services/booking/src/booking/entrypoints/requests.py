"""What every operation of booking does around its task: who asks, once only, and the answer as it was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Path, Request
from service_kit.changing import keyed
from service_kit.database import Database
from service_kit.http import context_of
from service_kit.problems import Problem, language_of
from service_kit.tokens import Principal
from starlette.responses import Response

from booking.application.handle import Outcome, Task
from booking.application.ports import (
    Answer,
    Answered,
    Contended,
    Heard,
    KeyReused,
    Ledger,
    Offers,
    Once,
    Quota,
    Render,
    Seals,
)
from booking.domain.actors import Actor, Auditor, Patient, Staff
from booking.domain.agenda import Agenda
from booking.domain.rejections import Rejection
from booking.entrypoints.news import News
from booking.entrypoints.problems import is_kept, problem_of

Id = Annotated[str, Path(pattern="^[0-9A-Za-z_-]{1,64}$")]


@dataclass(frozen=True)
class Parts:
    """What bootstrap hands to the operations."""

    ledger: Ledger
    offers: Offers
    heard: Heard
    seals: Seals
    quota: Quota
    database: Database
    news: News


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def json_of(body: Any) -> bytes:
    """JSON bytes; instants in UTC end with Z."""
    return orjson.dumps(body, option=orjson.OPT_UTC_Z)


def actor_name(caller: Principal) -> str:
    """How the log names who asked: opaque ids only."""
    return f"{caller.kind}:{caller.subject}"


def holder(caller: Principal) -> str:
    """The account or the visitor that holds. Raises `forbidden` for who may not book."""
    if caller.kind == "visitor":
        return caller.subject
    return account(caller)


def account(caller: Principal) -> str:
    """The account of a patient. Raises `forbidden` for visitors, services and those who only look after others."""
    if caller.kind != "account":
        raise Problem("forbidden")
    caller.require("patient")
    return caller.subject


async def actors_of(request: Request, caller: Principal) -> tuple[Actor, ...]:
    """Everything that the caller is to an appointment. Raises `forbidden` when that is nothing."""
    actors: list[Actor] = []
    if caller.kind == "account" and "patient" in caller.roles:
        actors.append(Patient(caller.subject, await parts_of(request).heard.people_of(caller.subject)))
    if {"practitioner", "secretary"} & caller.roles:
        actors.append(staff_of(caller))
    if "auditor" in caller.roles:
        actors.append(Auditor())
    if not actors:
        raise Problem("forbidden")
    return tuple(actors)


async def changing_actors(request: Request, caller: Principal) -> tuple[Patient | Staff, ...]:
    """The same without the auditor, who changes nothing. Raises `forbidden`."""
    actors = tuple(actor for actor in await actors_of(request, caller) if not isinstance(actor, Auditor))
    if not actors:
        raise Problem("forbidden")
    return actors


def staff_of(caller: Principal) -> Staff:
    """Whoever works for practices. Raises `forbidden` for everybody else."""
    if not {"practitioner", "secretary"} & caller.roles:
        raise Problem("forbidden")
    return Staff(caller.practitioner_id if "practitioner" in caller.roles else None, caller.practices)


async def their_agenda(request: Request, staff: Staff, agenda_id: str) -> Agenda:
    """An agenda that they look after, as it was heard of last; to others it is not there."""
    agenda = await parts_of(request).heard.agenda(agenda_id)
    if agenda is None or not staff.works_at(agenda.practitioner_id, agenda.place_id):
        raise Problem("not-found")
    return agenda


async def once_of(request: Request, caller: Principal) -> Once | None:
    """The request's identity. Its key is mixed into the fingerprint, so that nobody can guess a body from the log."""
    found = await keyed(request, caller)
    if found is None:
        return None
    key = request.headers["idempotency-key"].encode()
    return Once(found.id, hashlib.sha256(found.fingerprint + key).digest())


async def answer(request: Request, caller: Principal, task: Task, success: Callable[[Outcome], Answer]) -> Response:
    """Decide `task`, and answer; a repetition of the request gets what was answered first."""
    once = await once_of(request, caller)
    try:
        done = await parts_of(request).ledger.decide(task, actor_name(caller), rendering(request, success), once)
    except KeyReused:
        raise Problem("idempotency-key-reused") from None
    except Contended:
        raise Problem("unavailable", headers={"Retry-After": "1"}) from None
    return response(request, done)


async def refuse(request: Request, caller: Principal, rejection: Rejection) -> Response:
    """Answer a refusal that needs no boundary, unless the request was answered before."""
    return await _refused(request, caller, _refusal(request, rejection))


async def refuse_for_now(request: Request, caller: Principal, problem: Problem) -> Response:
    """The same with what is no word of the domain and may be otherwise at the next try."""
    return await _refused(request, caller, _answer_of(request, problem))


async def _refused(request: Request, caller: Principal, refusal: Answer) -> Response:
    once = await once_of(request, caller)
    try:
        done = await parts_of(request).ledger.refuse(refusal, once)
    except KeyReused:
        raise Problem("idempotency-key-reused") from None
    return response(request, done)


def rendering(request: Request, success: Callable[[Outcome], Answer]) -> Render:
    def render(result: Outcome | Rejection) -> Answer:
        return _refusal(request, result) if isinstance(result, Rejection) else success(result)

    return render


def _refusal(request: Request, rejection: Rejection) -> Answer:
    return _answer_of(request, problem_of(rejection), rejection)


def _answer_of(request: Request, problem: Problem, rejection: Rejection | None = None) -> Answer:
    language = language_of(request.headers.get("accept-language"))
    headers = {"Content-Type": "application/problem+json", "Content-Language": language, **problem.headers}
    return Answer(problem.kind.status, problem.body(language), headers, is_kept(problem, rejection))


def response(request: Request, done: Answered) -> Response:
    headers = dict(done.answer.headers)
    headers["Position"] = f"{context_of(request).service}={done.position}"
    if done.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(done.answer.body, done.answer.status, headers)


def ok(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json_of(body), {"Content-Type": "application/json", **(headers or {})})


def read_response(request: Request, body: Any, head: int) -> Response:
    """A read of the log itself, as far as `head`."""
    position = {"Position": f"{context_of(request).service}={head}"}
    return Response(json_of(body), 200, position, media_type="application/json")
