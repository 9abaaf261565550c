"""One change of a service that is not event sourced: effect, answer and public facts in one transaction."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
from booking_events import PublicEvent
from fastapi import Header, Request
from psycopg.errors import LockNotAvailable
from psycopg.types.json import Jsonb
from starlette.responses import Response

from service_kit.database import Connection
from service_kit.http import context_of
from service_kit.outbox import say, to_outbox
from service_kit.problems import Problem, language_of
from service_kit.tokens import Principal

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=255, description="same key and body: the stored answer, byte for byte"),
]
"""Declare it on every POST that changes something, so that it stands in the OpenAPI document."""

_NAMESPACE = uuid.UUID("6f7f3c1e-54a0-4b0e-9c9f-7d4a8b1f2a10")
RIVAL_MILLISECONDS_MAX = 2_000
NOT_STORED = frozenset({400, 401, 403, 404, 429, 503})


@dataclass(frozen=True)
class Change:
    """What a piece of work did: the answer, and the public facts to say. `body` is JSON-able or None."""

    body: Any = None
    status: int = 200
    events: Sequence[PublicEvent] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Keyed:
    """A request that may be repeated: `id` from service, caller, operation and key; `fingerprint` of the body."""

    id: uuid.UUID
    fingerprint: bytes


async def keyed(request: Request, caller: Principal | None) -> Keyed | None:
    """What the `Idempotency-Key` of a request stands for; None without one."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    who = f"{caller.kind}:{caller.subject}" if caller else "anybody"
    name = "\n".join((context_of(request).service, who, request.method, request.url.path, key))
    return Keyed(uuid.uuid5(_NAMESPACE, name), hashlib.sha256(await request.body()).digest())


async def change(
    request: Request, caller: Principal | None, work: Callable[[Connection], Awaitable[Change]]
) -> Response:
    """Run `work` once for its key and answer; the facts are appended last, so positions keep the order of commits.

    A refusal that `work` raises undoes its changes; where it is a matter of business (409, 410, 422 ...) it is
    remembered for the key like any other answer.
    """
    context = context_of(request)
    once = await keyed(request, caller)
    try:
        async with context.database.transaction() as connection:
            if once is not None:
                stored = await _claim(connection, once, context.clock.now())
                if stored is not None:
                    return stored
            done = await work(connection)
            content = b"" if done.body is None else orjson.dumps(done.body)
            headers = {"Content-Type": "application/json", **done.headers}
            if once is not None:
                await _store(connection, once, done.status, headers, content)
            position = await say(connection, [to_outbox(event, context.clock.now()) for event in done.events])
    except Problem as refusal:
        if once is not None and refusal.kind.status not in NOT_STORED:
            return await _refuse_once(request, once, refusal)
        raise
    if position is not None:
        headers["Position"] = f"{context.service}={position}"
    return Response(content, done.status, headers)


async def _claim(connection: Connection, once: Keyed, at: Any) -> Response | None:
    """None when the key is ours now; else the stored answer. A rival that still runs is waited for by the index.

    Raises `idempotency-key-in-use` when it runs for longer than RIVAL_MILLISECONDS_MAX.
    """
    try:
        inserted = await connection.execute(
            "WITH patience AS MATERIALIZED (SELECT set_config('lock_timeout', %s, true))"
            " INSERT INTO idempotency (id, fingerprint, at) SELECT %s, %s, %s FROM patience"
            " ON CONFLICT (id) DO NOTHING",
            (str(RIVAL_MILLISECONDS_MAX), once.id, once.fingerprint, at),
        )
    except LockNotAvailable:
        raise Problem("idempotency-key-in-use", headers={"Retry-After": "1"}) from None
    if inserted.rowcount:
        await connection.execute("SET LOCAL lock_timeout = DEFAULT")
        return None
    cursor = await connection.execute(
        "SELECT fingerprint, status, headers, body FROM idempotency WHERE id = %s", (once.id,)
    )
    row = await cursor.fetchone()
    if row is None:  # forgotten between the two statements
        raise Problem("idempotency-key-in-use", headers={"Retry-After": "1"})
    if bytes(row["fingerprint"]) != once.fingerprint:
        raise Problem("idempotency-key-reused")
    return Response(bytes(row["body"]), row["status"], {**row["headers"], "Idempotency-Replayed": "true"})


async def _store(connection: Connection, once: Keyed, status: int, headers: Mapping[str, str], content: bytes) -> None:
    await connection.execute(
        "UPDATE idempotency SET status = %s, headers = %s, body = %s WHERE id = %s",
        (status, Jsonb(dict(headers)), content, once.id),
    )


async def _refuse_once(request: Request, once: Keyed, refusal: Problem) -> Response:
    context = context_of(request)
    answer = refusal.response(language_of(request.headers.get("accept-language")))
    if refusal.kind.slug.startswith("idempotency-key"):
        return answer
    async with context.database.transaction() as connection:
        stored = await _claim(connection, once, context.clock.now())
        if stored is not None:
            return stored
        await _store(connection, once, answer.status_code, dict(answer.headers), bytes(answer.body))
    return answer
