"""Visitors from one address hold so many slots and no more, through two processes; no address is kept."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from ..house import House, new_id, position_of, slug_of, until

LIVE_MAX, HOURLY_MAX = 3, 5


@pytest.fixture
async def house(empty_house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("BOOKING_VISITOR_HOLDS_MAX", str(LIVE_MAX))
    monkeypatch.setenv("BOOKING_VISITOR_HOLDS_PER_HOUR", str(HOURLY_MAX))
    await empty_house.start("projector")
    await empty_house.start()
    return empty_house


class Street:
    """Two processes as they see callers from addresses of their own."""

    def __init__(self, house: House, stack: AsyncExitStack) -> None:
        self._house = house
        self._stack = stack

    async def hold(
        self,
        address: str,
        token: str | None = None,
        *,
        app: int = 0,
        body: dict[str, Any] | None = None,
        **headers: str,
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._house.services[app].app, client=(address, 1234))
        client = await self._stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://booking")
        )
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {token or self._house.visitor()}"
        return await client.post("/v1/holds", json=body or self.wish(), headers=named)

    def wish(self) -> dict[str, Any]:
        start = self._house.start_in()
        return {"offer": self._house.offer(new_id(), [start]), "start": start.isoformat()}


@pytest.fixture
async def street(house: House) -> AsyncIterator[Street]:
    async with AsyncExitStack() as stack:
        yield Street(house, stack)


def somewhere() -> str:
    """A fresh address of the block for documentation, in IPv6: each a /64 of its own."""
    return f"2001:db8:{new_id()[:4]}:{new_id()[:4]}::1"


async def test_of_ten_at_once_from_one_address_as_many_hold_as_may_through_two_processes(
    house: House, street: Street
) -> None:
    home = somewhere()
    answers = await asyncio.gather(*(street.hold(home, app=n % 2) for n in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] * LIVE_MAX + [429] * (10 - LIVE_MAX)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert slug_of(refused) == "too-many-requests"
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert f'"visitor-holds";q={HOURLY_MAX};w=3600' in refused.headers["RateLimit-Policy"]
    assert f'"visitor-holds";r={HOURLY_MAX - LIVE_MAX};t=' in refused.headers["RateLimit"]
    neighbour = home.removesuffix("1") + "2"
    assert (await street.hold(neighbour)).status_code == 429
    assert (await street.hold(somewhere())).status_code == 201
    assert (await street.hold(home, house.token(await house.somebody()))).status_code == 201


async def test_a_slot_that_was_let_go_or_has_run_out_makes_room_until_the_hour_is_full(
    house: House, street: Street
) -> None:
    home, visitor = somewhere(), house.visitor()
    held = [await street.hold(home, each) for each in (visitor, house.visitor(), house.visitor())]
    wanted = f"booking={position_of(held[-1])}"
    await until(lambda: reflected(house, wanted))
    house.advance(seconds=11)  # from then on the view says who holds
    assert (await street.hold(home)).status_code == 429
    await house.request("DELETE", f"/v1/holds/{held[0].json()['id']}", visitor)

    async def freed() -> bool:
        return (await street.hold(home)).status_code == 201

    await until(freed)
    house.advance(minutes=11)
    assert (await street.hold(home)).status_code == 201
    full = await street.hold(home)
    assert full.status_code == 429
    assert 2_000 < int(full.headers["Retry-After"]) <= 3_600
    house.advance(hours=1)
    assert (await street.hold(home)).status_code == 201


async def reflected(house: House, wanted: str) -> bool:
    return (await house.get("/v1/appointments", house.auditor(), Position_At_Least=wanted)).status_code == 200


async def test_what_is_refused_or_repeated_counts_for_nothing(house: House, street: Street) -> None:
    home, taken, visitor, wish = somewhere(), street.wish(), house.visitor(), street.wish()
    assert (await street.hold(somewhere(), body=taken)).status_code == 201
    for _ in range(HOURLY_MAX):
        assert slug_of(await street.hold(home, body=taken)) == "slot-held"
        assert (await street.hold(home, visitor, body=wish, Idempotency_Key="k")).status_code == 201
    assert [(await street.hold(home)).status_code for _ in range(LIVE_MAX)] == [201] * (LIVE_MAX - 1) + [429]
    repeated = await street.hold(home, visitor, body=wish, Idempotency_Key="k")
    assert (repeated.status_code, repeated.headers["Idempotency-Replayed"]) == (201, "true")
    other = await street.hold(home, visitor, body=street.wish(), Idempotency_Key="k")
    assert (other.status_code, slug_of(other)) == (422, "idempotency-key-reused")


async def test_an_address_is_kept_as_a_digest_that_cannot_be_tried_out_and_for_an_hour(
    house: House, street: Street
) -> None:
    home = "203.0.113.77"
    held = (await street.hold(home)).json()
    (kept,) = [row for row in await rows(house) if row["hold_id"] == held["id"]]
    assert bytes(kept["address"]) not in (home.encode(), hashlib.sha256(home.encode()).digest())
    records = (await house.parts.ledger.read((f"hold:{held['id']}",))).records
    assert home not in repr(records)
    house.advance(minutes=61)
    await house.task("sweeper").sweep()
    assert [row for row in await rows(house) if row["hold_id"] == held["id"]] == []


async def rows(house: House) -> list[dict[str, Any]]:
    async with house.parts.database.connection() as connection:
        return await (await connection.execute("SELECT * FROM visitor_hold")).fetchall()


async def test_the_portal_says_for_whom_it_asks(house: House, street: Street, served: str) -> None:
    """uvicorn believes X-Forwarded-For from this machine, unless told otherwise."""
    one, other = somewhere(), somewhere()
    async with httpx.AsyncClient(base_url=served) as portal:

        async def hold(address: str) -> int:
            named = {"Authorization": f"Bearer {house.visitor()}", "X-Forwarded-For": address}
            return (await portal.post("/v1/holds", json=street.wish(), headers=named)).status_code

        assert [await hold(one) for _ in range(LIVE_MAX + 1)] == [201] * LIVE_MAX + [429]
        assert await hold(other) == 201


async def test_zero_is_any_number(empty_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX", "PER_HOUR"):
        monkeypatch.setenv(f"BOOKING_VISITOR_HOLDS_{name}", "0")
    await empty_house.start()
    for _ in range(4):
        answer = await empty_house.hold(empty_house.visitor())
        assert answer.status_code == 201
        assert "RateLimit" not in answer.headers
