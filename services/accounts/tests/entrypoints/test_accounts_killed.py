"""kill -9 at any moment: what was acknowledged is there, and nothing goes out twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import httpx

ROUNDS = 6


class Killed:
    """The service as a process that is killed and started again."""

    def __init__(self, free_port: int, health_port: int) -> None:
        self._settings = {"ACCOUNTS_HTTP_PORT": str(free_port), "ACCOUNTS_HEALTH_PORT": str(health_port)}
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port}", timeout=30)

    async def __aenter__(self) -> Killed:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        await self.http.aclose()

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "accounts", env={**os.environ, **self._settings}, stdout=asyncio.subprocess.DEVNULL
        )
        async with asyncio.timeout(120):
            while not await self._answers():  # noqa: ASYNC110 (over HTTP)
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()

    async def post(self, path: str, body: Any, key: str) -> httpx.Response | None:
        """The answer, or None when the process died over it."""
        with contextlib.suppress(httpx.TransportError):
            return await self.http.post(path, json=body, headers={"Idempotency-Key": key})
        return None

    async def _answers(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await self.http.get("/.well-known/jwks.json")).status_code == 200
        return False


async def test_every_code_that_was_acknowledged_goes_out_once_or_is_known_to_be_unknown(
    house: Any, free_ports: Iterator[int], phones: Iterator[str]
) -> None:
    await house.end(house.sending)  # only the process that is killed may send
    house.outside.sms_seconds = 0.05  # time enough to be killed over it
    acknowledged, died = [], 0
    async with Killed(next(free_ports), next(free_ports)) as service:
        for _ in range(ROUNDS):
            wanted = [next(phones) for _ in range(12)]
            asked = [
                asyncio.create_task(service.post("/v1/sign-up/phone-code", {"phone": phone}, phone)) for phone in wanted
            ]
            await asyncio.sleep(random.uniform(0.05, 0.5))
            await service.kill()
            answers = await asyncio.gather(*asked)
            await service.start()
            for phone, answer in zip(wanted, answers, strict=True):
                died += answer is None
                again = answer or await service.post("/v1/sign-up/phone-code", {"phone": phone}, phone)
                assert again is not None
                assert again.status_code == 202
                acknowledged.append(phone)
        house.advance(61)  # what a dead sender had claimed may be taken over
        async with asyncio.timeout(120):
            while {"due", "sending"} & {row["state"] for row in await states(house, acknowledged)}:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
    rows = await states(house, acknowledged)
    assert sorted(row["phone"] for row in rows) == sorted(acknowledged)
    for row in rows:
        sent = len(house.outside.texts_to(row["phone"]))
        assert sent == 1 if row["state"] == "sent" else (row["state"] == "unknown" and sent <= 1)
    unknown = [row for row in rows if row["state"] == "unknown"]
    assert died or unknown  # the kills met something
    assert len(unknown) <= ROUNDS * 4  # what four senders had in hand, no more


async def test_a_link_pressed_while_the_process_dies_makes_one_account_and_says_it_once(
    house: Any, free_ports: Iterator[int]
) -> None:
    died = 0
    async with Killed(next(free_ports), next(free_ports)) as service:
        for number in range(ROUNDS):
            who = house.somebody()
            assert (await house.post("/v1/sign-up", who.form(await house.code(who)))).status_code == 202
            token = await house.link(who)
            pressed = asyncio.create_task(service.post("/v1/sign-up/confirm", {"token": token}, token))
            await asyncio.sleep(0.004 * number)
            await service.kill()
            answer = await pressed
            died += answer is None
            await service.start()
            again = await service.post("/v1/sign-up/confirm", {"token": token}, token)
            assert again is not None
            assert again.status_code == 200
            assert answer is None or answer.content == again.content
            tag = f"person:{again.json()['person_id']}"
            said = await house.rows("SELECT count(*) AS facts FROM ledger.events WHERE tags @> ARRAY[%s]", tag)
            assert said == [{"facts": 1}]
            assert (await house.log_in(who))["access_token"]
    assert died


async def states(house: Any, phones: list[str]) -> list[dict[str, Any]]:
    return list(await house.rows("SELECT phone, state FROM message WHERE phone = ANY(%s)", phones))
