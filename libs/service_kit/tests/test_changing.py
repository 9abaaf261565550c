"""A change is done once for its key: effect, answer and facts together or not at all."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from booking_events.directory import PractitionerWithdrawn
from event_store import DCBQuery, Event, EventStore, Request
from fastapi import FastAPI
from fastapi import Request as Asked
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.context import Context
from service_kit.database import Connection
from service_kit.forgetting import KEPT, forget
from service_kit.http import Body, Caller, create_app
from service_kit.problems import Problem, Text, register
from starlette.responses import Response

register("full", 409, Text("It is full.", "C'est complet."))


class Thing(Body):
    name: str
    room: bool = True


def application(context: Context) -> FastAPI:
    app = create_app(context, title="Things")

    @app.post("/v1/things", status_code=201)
    async def make(request: Asked, body: Thing, caller: Caller, key: IdempotencyKey = None) -> Response:
        async def work(connection: Connection) -> Change:
            await asyncio.sleep(0.05)
            if not body.room:
                raise Problem("full")
            fact = PractitionerWithdrawn(practitioner_id=body.name, reason="gone")
            return Change({"name": body.name}, 201, [fact])

        return await change(request, caller, work)

    return app


@pytest.fixture
async def client(context: Context, token: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(application(context))
    headers = {"Authorization": f"Bearer {token()}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as opened:
        yield opened


@pytest.fixture
async def store(migrated: Any) -> AsyncIterator[EventStore]:
    async with EventStore(migrated.service_url) as opened:
        yield opened


async def test_the_same_key_twice_at_once_has_one_effect_and_the_same_answer_byte_for_byte(
    client: httpx.AsyncClient, store: EventStore
) -> None:
    send = [client.post("/v1/things", json={"name": "a"}, headers={"Idempotency-Key": "1"}) for _ in range(5)]
    answers = await asyncio.gather(*send)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 4
    assert len((await store.read(DCBQuery())).events) == 1


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "2"}
    first = await client.post("/v1/things", json={"name": "a"}, headers=key)
    other = await client.post("/v1/things", json={"name": "b"}, headers=key)
    assert first.headers["position"].startswith("directory=")
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[1]) == (422, "idempotency-key-reused")


async def test_an_answer_is_kept_for_a_day_and_then_really_forgotten(
    client: httpx.AsyncClient, context: Context, store: EventStore
) -> None:
    async def ask() -> httpx.Response:
        return await client.post("/v1/things", json={"name": "a"}, headers={"Idempotency-Key": "kept"})

    await ask()
    await forget(context.database, context.clock.now() + KEPT - timedelta(minutes=1))
    assert (await ask()).headers["idempotency-replayed"] == "true"
    await forget(context.database, context.clock.now() + KEPT)
    async with context.database.connection() as connection:
        rows = await (await connection.execute("SELECT * FROM idempotency")).fetchall()
    assert rows == []
    assert "idempotency-replayed" not in (await ask()).headers
    assert len((await store.read(DCBQuery())).events) == 2


async def test_the_answers_in_the_log_are_forgotten_after_a_day_as_well(
    context: Context, migrated: Any, store: EventStore
) -> None:
    asked = [Request(uuid.uuid4(), b"body", b"answer") for _ in range(3)]
    for one in asked[:2]:
        await store.append([Event("Noted", b"")], request=one)
    with psycopg.connect(migrated.owner_url) as owner:
        owner.execute("UPDATE ledger.events SET recorded_at = recorded_at - interval '25 hours'")
    await store.append([Event("Noted", b"")], request=asked[2])
    await forget(context.database, context.clock.now())
    # The last of the old ones stays until a later event is old as well.
    assert [await store.find_request(one.id) is None for one in asked] == [True, False, False]


async def test_a_refusal_changes_nothing_and_is_remembered_in_the_reader_s_language(
    client: httpx.AsyncClient, store: EventStore
) -> None:
    key = {"Idempotency-Key": "3", "Accept-Language": "fr-FR"}
    first = await client.post("/v1/things", json={"name": "a", "room": False}, headers=key)
    second = await client.post("/v1/things", json={"name": "a", "room": False}, headers=key)
    assert first.status_code == second.status_code == 409
    assert first.content == second.content
    assert first.json()["detail"] == "C'est complet."
    assert second.headers["idempotency-replayed"] == "true"
    assert (await store.read(DCBQuery())).events == []


async def test_what_is_wrong_with_a_request_is_a_problem_with_a_pointer(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/v1/things", json={"nam": "a"})
    assert wrong.status_code == 422
    assert wrong.headers["content-type"] == "application/problem+json"
    assert {error["pointer"] for error in wrong.json()["errors"]} == {"/name", "/nam"}
    assert (
        await client.post("/v1/things", content=b"{", headers={"Content-Type": "application/json"})
    ).status_code == 400
    assert (await client.post("/v1/things", content=b"x" * 70_000)).status_code == 413
    assert (await client.post("/v1/none")).status_code == 404
    client.headers.pop("authorization")
    refused = await client.post("/v1/things", json={"name": "a"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
