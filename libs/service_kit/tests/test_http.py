"""The edge of a service: refusals as problem+json, size and kind of bodies, positions, keys in use, headers."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI, Request
from service_kit.changing import Change, IdempotencyKey, change
from service_kit.context import Context
from service_kit.database import Connection
from service_kit.http import AtLeast, Body, Caller, create_app, positions
from service_kit.middleware import BODY_BYTES_MAX, SECURITY_HEADERS
from service_kit.telemetry import AllowListed
from starlette.responses import JSONResponse, Response

JSON = {"Content-Type": "application/json"}


class Log:
    """A follower whose position the test sets."""

    def __init__(self, log: str, position: int) -> None:
        self.log = log
        self.at = position

    async def position(self) -> int:
        return self.at


class Note(Body):
    text: str


async def slow(app: FastAPI) -> None:
    """Until the test lets it end."""
    app.state.begun.set()
    await app.state.may_end.wait()


def application(context: Context) -> FastAPI:
    app = create_app(context, title="Notes")
    app.state.begun, app.state.may_end = asyncio.Event(), asyncio.Event()

    @app.post("/v1/notes")
    async def write(request: Request, body: Note, caller: Caller, key: IdempotencyKey = None) -> Response:
        async def work(connection: Connection) -> Change:
            if body.text == "slow":
                await slow(request.app)
            return Change({"text": body.text})

        return await change(request, caller, work)

    @app.get("/v1/notes/{number}")
    async def read(request: Request, number: int, _: AtLeast) -> Response:
        return JSONResponse({"number": number}, headers=await positions(request))

    @app.get("/v1/broken")
    async def broken() -> Response:
        raise RuntimeError("what a person wrote")

    @app.get("/v1/away")
    async def away() -> Response:
        raise psycopg.OperationalError("the password of host such-and-such")

    return app


@pytest.fixture
def followers(context: Context) -> list[Log]:
    logs = [Log("booking", 7), Log("booking", 9), Log("availability", 3)]
    context.followers = list(logs)
    return logs


@pytest.fixture
def app(context: Context, followers: list[Log]) -> FastAPI:
    return application(context)


@pytest.fixture
async def client(app: FastAPI, token: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token()}", "Accept-Language": "en"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as opened:
        yield opened


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == answer.status_code
    assert set(answer.json()) >= {"type", "title", "status", "detail"}
    assert all(answer.headers[name] == value for name, value in SECURITY_HEADERS.items())
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def endless(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000 + 1):
        yield b"x" * 1000


async def test_every_refusal_of_the_edge_is_problem_json_with_the_headers_of_every_answer(
    client: httpx.AsyncClient,
) -> None:
    assert problem(await client.get("/v1/nowhere")) == (404, "not-found")
    wrong_method = await client.put("/v1/notes", json={})
    assert problem(wrong_method) == (405, "method-not-allowed")
    assert wrong_method.headers["allow"] == "POST"
    assert problem(await client.get("/v1/notes/one")) == (422, "invalid-field")
    assert problem(await client.post("/v1/notes", content=b"{", headers=JSON)) == (400, "malformed")
    assert problem(await client.post("/v1/notes", content=b"\xff", headers=JSON)) == (400, "malformed")
    assert problem(await client.get("/v1/broken")) == (500, "internal")
    away = await client.get("/v1/away")
    assert problem(away) == (503, "unavailable")
    assert away.headers["retry-after"] == "1"
    assert "password" not in away.text


async def test_a_refusal_speaks_the_reader_s_language(client: httpx.AsyncClient) -> None:
    for wanted, spoken, title in (
        ("fr-FR, en;q=0.5", "fr", "Il n'y a rien ici."),
        ("en-GB", "en", "There is nothing here."),
        ("de", "fr", "Il n'y a rien ici."),
        ("fr;q=0, en;q=nonsense, ;;", "fr", "Il n'y a rien ici."),
    ):
        answer = await client.get("/v1/nowhere", headers={"Accept-Language": wanted})
        assert (answer.headers["content-language"], answer.json()["title"]) == (spoken, title)


async def test_a_field_error_points_at_its_place(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json={"text": 1, "more": True}, headers={"Idempotency-Key": "k" * 300})
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert pointers == {"/text", "/more", "header/Idempotency-Key"}
    assert {error["pointer"] for error in (await client.get("/v1/notes/x")).json()["errors"]} == {"path/number"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"])
async def test_a_body_of_another_kind_than_json_is_refused(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/v1/notes", content=b'{"text": "a"}', headers={"Content-Type": kind})
    assert problem(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "application/merge-patch+json"]
)
async def test_json_by_any_of_its_names_is_accepted(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/v1/notes", content=b'{"text": "a"}', headers={"Content-Type": kind})
    assert answer.status_code == 200


async def test_a_body_that_names_no_kind_is_taken_for_json(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/notes", content=b'{"text": "a"}')).status_code == 200


async def test_a_body_over_the_limit_is_refused_announced_or_not(client: httpx.AsyncClient) -> None:
    announced = await client.post("/v1/notes", content=b"x" * (BODY_BYTES_MAX + 1), headers=JSON)
    assert problem(announced) == (413, "payload-too-large")
    unannounced = await client.post("/v1/notes", content=endless(BODY_BYTES_MAX), headers=JSON)
    assert "content-length" not in unannounced.request.headers
    assert problem(unannounced) == (413, "payload-too-large")
    nonsense = await client.post("/v1/notes", content=b"{}", headers=JSON | {"Content-Length": "-1"})
    assert problem(nonsense) == (400, "malformed")


async def test_a_body_at_the_limit_is_read(client: httpx.AsyncClient) -> None:
    text = "x" * (BODY_BYTES_MAX - len('{"text":""}'))
    answer = await client.post("/v1/notes", content=b'{"text":"%s"}' % text.encode(), headers=JSON)
    assert (answer.status_code, len(answer.request.content)) == (200, BODY_BYTES_MAX)


async def test_a_read_waits_for_the_position_that_it_is_asked_for(
    client: httpx.AsyncClient, followers: list[Log]
) -> None:
    reading = asyncio.create_task(client.get("/v1/notes/1", headers={"Position-At-Least": "booking=9, availability=3"}))
    await asyncio.sleep(0.2)
    assert not reading.done()  # one of the two followers of booking is behind
    followers[0].at = 9
    answer = await reading
    assert answer.status_code == 200
    assert answer.headers["position"] == "booking=9, availability=3"


async def test_a_position_that_does_not_come_is_not_yet(client: httpx.AsyncClient) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    answer = await client.get("/v1/notes/1", headers={"Position-At-Least": "availability=4"})
    assert problem(answer) == (503, "not-yet")
    assert answer.headers["retry-after"] == "1"
    assert 1.9 < loop.time() - began < 20


async def test_the_position_of_a_log_is_that_of_its_slowest_follower(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/notes/1")).headers["position"] == "booking=7, availability=3"


@pytest.mark.parametrize(
    "wanted", ["accounts=1", "booking", "booking=", "booking=-1", "booking=1=2", "=1", "booking=١"]
)
async def test_a_position_that_cannot_be_waited_for_is_malformed(client: httpx.AsyncClient, wanted: str) -> None:
    answer = await client.get("/v1/notes/1", headers={b"Position-At-Least": wanted.encode()})
    assert problem(answer) == (400, "malformed")


async def test_a_key_whose_request_still_runs_is_in_use_and_later_replays(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "slow"}
    running = asyncio.create_task(client.post("/v1/notes", json={"text": "slow"}, headers=key))
    await asyncio.wait_for(app.state.begun.wait(), 120)
    second = await client.post("/v1/notes", json={"text": "slow"}, headers=key)
    assert problem(second) == (409, "idempotency-key-in-use")
    assert second.headers["retry-after"] == "1"
    app.state.may_end.set()
    first = await running
    third = await client.post("/v1/notes", json={"text": "slow"}, headers=key)
    assert (first.status_code, third.status_code, third.content) == (200, 200, first.content)
    assert third.headers["idempotency-replayed"] == "true"


async def test_the_same_key_of_another_caller_is_another_key(client: httpx.AsyncClient, token: Any) -> None:
    key = {"Idempotency-Key": "shared"}
    await client.post("/v1/notes", json={"text": "mine"}, headers=key)
    other = key | {"Authorization": f"Bearer {token('somebody else')}"}
    answer = await client.post("/v1/notes", json={"text": "theirs"}, headers=other)
    assert answer.json() == {"text": "theirs"}


@pytest.mark.parametrize("given", ["Basic YTpi", "Bearer", "Bearer ", "bearer x y", "é"])
async def test_a_caller_that_cannot_be_told_is_asked_to_log_in(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.post("/v1/notes", json={"text": "a"}, headers={b"Authorization": given.encode()})
    assert problem(answer) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_log_of_requests_tells_the_template_and_never_the_path_or_a_method_of_somebody_s_own(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await client.get("/v1/notes/8675309?secret=word")
        await client.get("/v1/jane-doe")
        await client.request("JANE", "/v1/notes")
        await client.get("/v1/broken")
    lines = [AllowListed("notes").format(record) for record in caplog.records if record.name != "httpx"]
    text = "\n".join(lines)
    assert '"route":"/v1/notes/{number}"' in text
    assert '"route":"unmatched"' in text
    assert '"method":"_OTHER"' in text
    assert "RuntimeError" in text
    for secret in ("8675309", "secret", "word", "jane", "JANE", "what a person wrote"):
        assert secret not in text
