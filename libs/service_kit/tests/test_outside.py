"""Calls to other services: one token for many calls, renewed in time, refused when accounts refuses."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr
from service_kit.clock import Clock
from service_kit.outside import ServiceClient, ServiceTokens
from service_kit.settings import ClientSettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class Shifted(Clock):
    """A clock that the test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Accounts:
    """What a service sees of accounts and of a neighbour: tokens given out, and what each call carried."""

    def __init__(self) -> None:
        self.given = 0
        self.heard: list[Request] = []
        self.app = Starlette(
            routes=[Route("/v1/service-tokens", self.give, methods=["POST"]), Route("/v1/things", self.answer)]
        )

    async def give(self, request: Request) -> Response:
        body = await request.json()
        if body != {"client_id": "notification", "client_secret": "s3cret"}:
            return JSONResponse({}, 401)
        self.given += 1
        await asyncio.sleep(0.01)
        return JSONResponse({"access_token": f"token-{self.given}", "expires_in": 300})

    async def answer(self, request: Request) -> Response:
        self.heard.append(request)
        return JSONResponse({"wanted": request.query_params.get("q")}, 404)


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


def tokens(accounts: Accounts, clock: Clock, *, known: bool = True) -> ServiceTokens:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(accounts.app))
    settings = ClientSettings(client_id="notification", client_secret=SecretStr("s3cret" if known else "wr0ng"))
    return ServiceTokens(client, "http://accounts", settings, clock)


async def test_calls_at_once_share_one_token(accounts: Accounts, clock: Clock) -> None:
    own = tokens(accounts, clock)
    assert set(await asyncio.gather(*(own.token() for _ in range(20)))) == {"token-1"}
    assert accounts.given == 1


async def test_a_token_is_renewed_a_minute_before_it_ends(accounts: Accounts, clock: Shifted) -> None:
    own = tokens(accounts, clock)
    await own.token()
    clock.ahead = timedelta(seconds=235)
    assert await own.token() == "token-1"
    clock.ahead = timedelta(seconds=245)
    assert await own.token() == "token-2"


async def test_a_refused_client_is_an_http_error_that_does_not_name_the_secret(
    accounts: Accounts, clock: Clock
) -> None:
    with pytest.raises(httpx.HTTPStatusError) as refusal:
        await tokens(accounts, clock, known=False).token()
    assert "wr0ng" not in str(refusal.value)


async def test_a_call_carries_the_token_and_answers_whatever_the_status(accounts: Accounts, clock: Clock) -> None:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(accounts.app))
    answer = await ServiceClient(client, "http://other", tokens(accounts, clock)).get("/v1/things", {"q": "é"})
    assert (answer.status_code, answer.json()) == (404, {"wanted": "é"})
    assert accounts.heard[0].headers["authorization"] == "Bearer token-1"


async def test_a_call_without_tokens_carries_none(accounts: Accounts) -> None:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(accounts.app))
    await ServiceClient(client, "http://other").get("/v1/things")
    assert "authorization" not in accounts.heard[0].headers


async def test_a_neighbour_that_is_away_is_an_http_error() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await ServiceClient(client, "http://127.0.0.1:1").get("/v1/things")
