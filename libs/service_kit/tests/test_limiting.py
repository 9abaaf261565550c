"""One caller asks for so many changes in a minute, is told where they stand, and is no trouble to others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.http import Caller, create_app
from service_kit.limiting import Standing, WriteLimit, told
from service_kit.tokens import TokenVerifier

from .conftest import ISSUER, Keys
from .test_http import problem


class Stopped(Clock):
    """A clock that goes when it is told to."""

    at = datetime.now(UTC).replace(second=20, microsecond=0)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Stopped:
    return Stopped()


@pytest.fixture
def app(context: Context, signing_key: Any, clock: Stopped) -> FastAPI:
    verifier = TokenVerifier(Keys(signing_key), ISSUER, clock)  # type: ignore[arg-type]
    made = create_app(replace(context, clock=clock, verifier=verifier), title="Limited")

    @made.get("/v1/things")
    async def read(caller: Caller) -> dict[str, str]:
        return {"caller": caller.subject}

    @made.post("/v1/things")
    async def write(caller: Caller) -> dict[str, str]:
        return {"caller": caller.subject}

    @made.post("/v1/open")
    async def write_open() -> dict[str, str]:
        return {}

    return made


def client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_a_caller_beyond_their_limit_waits_for_the_next_minute_and_no_other_does(
    app: FastAPI, token: Any, clock: Stopped
) -> None:
    app.state.writes = WriteLimit(2)
    one, other = ({"Authorization": f"Bearer {token(name)}"} for name in ("one", "other"))
    async with client(app) as http:
        answers = [await http.post("/v1/things", headers=one) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert [answer.headers["RateLimit"] for answer in answers] == [f'"writes";r={left};t=40' for left in (1, 0, 0)]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"writes";q=2;w=60'}
        refused = answers[2]
        assert refused.headers["Retry-After"] == "40"
        assert problem(refused) == (429, "too-many-requests")
        assert datetime.fromisoformat(refused.json()["retry_at"]) == clock.at + timedelta(seconds=40)
        assert (await http.post("/v1/things", headers=other)).headers["RateLimit"] == '"writes";r=1;t=40'
        read = await http.get("/v1/things", headers=one)
        assert (read.status_code, "RateLimit" in read.headers) == (200, False)
        clock.at += timedelta(seconds=40)
        assert (await http.post("/v1/things", headers=one)).headers["RateLimit"] == '"writes";r=1;t=60'


async def test_without_the_setting_nobody_is_limited(app: FastAPI, token: Any) -> None:
    async with client(app) as http:
        answer = await http.post("/v1/things", headers={"Authorization": f"Bearer {token()}"})
    assert (answer.status_code, "RateLimit-Policy" in answer.headers) == (200, False)


async def test_the_document_has_the_fields_on_every_answer_of_what_is_limited(app: FastAPI) -> None:
    async with client(app) as http:
        document = (await http.get("/openapi.json")).json()
    things = document["paths"]["/v1/things"]
    assert things["post"]["responses"]["429"]["content"] == things["post"]["responses"]["403"]["content"]
    for response in things["post"]["responses"].values():
        assert response["headers"] == {
            name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit-Policy", "RateLimit")
        }
    assert document["components"]["headers"].keys() == {"RateLimit-Policy", "RateLimit"}
    for free in (things["get"], document["paths"]["/v1/open"]["post"]):
        assert "429" not in free["responses"]


def test_several_limits_are_told_in_one_field_each() -> None:
    scope = {"service_kit.limits": [Standing("minute", 10, 60, 9, 30), Standing("day", 100, 86_400, 0, 5)]}
    assert dict(told(scope)) == {
        "RateLimit-Policy": '"minute";q=10;w=60, "day";q=100;w=86400',
        "RateLimit": '"minute";r=9;t=30, "day";r=0;t=5',
    }
