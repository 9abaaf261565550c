"""A process that is told to end under load answers every request that it has accepted, and says so beforehand."""

from __future__ import annotations

import asyncio
import signal
import uuid
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from .running import Parts, Running

CLIENTS = 6


@pytest.fixture
def service(own_parts: Parts) -> Iterator[Running]:
    # It leaves for long enough to be asked a few things meanwhile on a busy machine.
    running = Running(own_parts, DIRECTORY_LEAVE_SECONDS="3")
    try:
        yield running
    finally:
        running.end()


class Hammer:
    """A client that asks again as soon as it is answered, on a connection that it keeps, until the port is closed."""

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        self._number = number
        self.said: list[str] = []
        self.seen: Counter[str] = Counter()

    async def run(self) -> None:
        async with httpx.AsyncClient(base_url=self._url, timeout=30, trust_env=False) as client:
            while True:
                who = f"drain-{uuid.uuid4()}"
                try:
                    answer = await client.post(f"/v1/say/{who}") if self._number % 2 else await client.get("/v1/heard")
                except httpx.ConnectError:
                    return  # never accepted
                except httpx.TransportError as error:
                    self.seen[type(error).__name__] += 1
                    continue
                self.seen[str(answer.status_code)] += 1
                self.seen["last"] += answer.headers.get("connection") == "close"
                if answer.status_code == 201:
                    self.said.append(who)


async def test_no_request_is_dropped_by_a_process_that_ends_under_load(service: Running) -> None:
    await asyncio.to_thread(service.until, service.ready)
    url = f"http://127.0.0.1:{service.port}"
    hammers = [Hammer(url, number) for number in range(CLIENTS)]
    running = [asyncio.create_task(hammer.run()) for hammer in hammers]
    async with httpx.AsyncClient(base_url=url, trust_env=False) as idle:
        first = await idle.get("/v1/heard")
        assert not {"connection", "server"} & first.headers.keys()
        await asyncio.sleep(1)
        waiting = asyncio.create_task(idle.get("/v1/news", timeout=30))
        await asyncio.sleep(0.1)
        service.process.send_signal(signal.SIGTERM)
        assert (await waiting).json() == {"ended": True}  # it waits for news, and is let go
        await asyncio.sleep(0.3)
        # Not ready any more while the port still answers, on a kept connection and on a new one.
        assert (await asyncio.to_thread(service.problems))["process"] == "stopping"
        assert (await idle.get("/v1/heard")).headers["connection"] == "close"
        assert (await asyncio.to_thread(service.ask, "/v1/heard")).status_code == 200
    await asyncio.wait_for(asyncio.gather(*running), 60)
    seen = sum((hammer.seen for hammer in hammers), Counter[str]())
    assert seen.keys() <= {"200", "201", "last"}, seen
    assert seen["last"] >= CLIENTS
    assert await asyncio.to_thread(service.process.wait, 30) == 0


def test_what_was_answered_before_the_end_is_there_after_it(service: Running) -> None:
    service.until(service.ready)
    said = Hammer(f"http://127.0.0.1:{service.port}", 1)

    async def hammered() -> None:
        task = asyncio.create_task(said.run())
        await asyncio.sleep(0.5)
        service.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(task, 120)

    asyncio.run(hammered())
    assert service.process.wait(30) == 0
    again = Running(service.parts)
    try:
        again.until(lambda: set(said.said) <= set(again.heard()))
    finally:
        again.end()
    assert len(said.said) > 10
