"""A request has a limit of time, from its body to its answer; and the methods that nobody wrote a route for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from service_kit.context import Context
from service_kit.http import create_app
from service_kit.middleware import TimeLimit
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from .test_http import problem


async def endless(_: Request) -> Response:
    await asyncio.sleep(60)
    return JSONResponse({})


async def stream(_: Request) -> Response:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"two"):
            yield part
            await asyncio.sleep(0.6)

    return StreamingResponse(parts())


async def length(request: Request) -> Response:
    return JSONResponse({"length": len(await request.body())})


BARE = Starlette(
    routes=[Route("/endless", endless), Route("/stream", stream), Route("/length", length, methods=["POST"])]
)


@pytest.fixture
def app(context: Context) -> FastAPI:
    made = create_app(context, title="Limits")

    @made.get("/v1/impatient")
    async def impatient() -> Response:
        raise TimeoutError

    made.post("/v1/length", response_model=None)(length)

    return made


def client(app: ASGIApp) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_a_request_that_takes_too_long_is_ended_with_503() -> None:
    async with client(TimeLimit(BARE, 0.1)) as asking:
        late = await asking.get("/endless")
    assert (late.status_code, late.headers["retry-after"]) == (503, "1")
    assert late.json()["type"].endswith("/unavailable")


async def test_a_request_whose_process_ends_is_answered_before() -> None:
    """uvicorn cancels what is still running when its patience is at its end."""
    async with client(TimeLimit(BARE)) as asking:
        running = asyncio.create_task(asking.get("/endless"))
        await asyncio.sleep(0.1)
        running.cancel()
        assert (await running).status_code == 503


async def test_an_answer_that_has_begun_may_last() -> None:
    async with client(TimeLimit(BARE, 1)) as asking:
        assert (await asking.get("/stream")).text == "one two"


async def test_a_timeout_of_the_code_s_own_is_an_error_like_others(app: FastAPI) -> None:
    async with client(app) as asking:
        assert problem(await asking.get("/v1/impatient")) == (500, "internal")


async def test_a_body_that_comes_too_slowly_is_refused() -> None:
    async def slowly(seconds: float) -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"a"
            await asyncio.sleep(seconds)

    async def asked(seconds: float, seconds_max: float) -> httpx.Response:
        async with client(TimeLimit(BARE, seconds_max)) as asking:
            return await asking.post("/length", content=slowly(seconds))

    late = await asked(0.2, 0.3)
    assert (late.status_code, late.headers["connection"]) == (408, "close")
    assert late.json()["type"].endswith("/request-timeout")
    assert (await asked(0.2, 30)).json() == {"length": 3}


async def test_head_is_answered_like_get_and_what_has_no_route_names_what_there_is(app: FastAPI) -> None:
    async with client(app) as asking:
        head, got = await asking.head("/openapi.json"), await asking.get("/openapi.json")
        assert (head.status_code, head.headers) == (200, got.headers)
        for method in ("OPTIONS", "TRACE", "DELETE"):
            refused = await asking.request(method, "/v1/length", headers={"Origin": "https://evil.example"})
            assert problem(refused) == (405, "method-not-allowed")
            assert refused.headers["allow"] == "POST"
            assert not [name for name in refused.headers if name.startswith("access-control")]
