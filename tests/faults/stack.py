"""What the fault tests need of a whole Rendezvous, wherever it runs: clients, processes by name, parts taken away."""

from __future__ import annotations

import asyncio
import os
import re
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import httpx
from demo.api import Api

from bench.booking.load import Poster

FULL = os.environ.get("FAULTS") == "full"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Wish:
    """One client's attempt at a hold."""

    token: str
    offer: str
    start: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": self.key}

    @property
    def body(self) -> dict[str, str]:
        return {"offer": self.offer, "start": self.start}


class Stack(ABC):
    """`facts`: what demo.json says. `with_database`: the processes that have one. `restarted`: what `restart` knows."""

    facts: dict[str, Any]
    with_database: Sequence[str]
    restarted: Sequence[str]

    @abstractmethod
    def database(self, name: str) -> str:
        """Its address for the service's own role."""

    @abstractmethod
    def keys(self) -> tuple[str, str]:
        """The keys that sign tokens and offers, each as a JWK."""

    @abstractmethod
    def front(self) -> AbstractAsyncContextManager[Poster]:
        """The way to booking, past processes that are away."""

    @abstractmethod
    def restart(self, name: str) -> None:
        """In order, and ready again as another process."""

    @abstractmethod
    def without(self, part: str) -> AbstractContextManager[None]:
        """Within it there is no `postgres`, or no `kafka`."""

    @abstractmethod
    def started(self, name: str) -> Any:
        """Another value after each start of the process."""

    @abstractmethod
    def health_url(self, name: str) -> str:
        """Where the process tells of itself."""

    def alerts(self) -> set[str] | None:
        """What fires; None where nobody looks on."""
        return None

    @property
    def booking(self) -> list[str]:
        """The addresses of booking, by turns."""
        return list(self.facts["services"]["booking"])

    @property
    def api(self) -> Api:
        client = httpx.Client(timeout=15, trust_env=False, event_hooks={"request": [_to_loopback]})
        return Api(self.facts["services"], patience_seconds=PATIENCE_SECONDS, client=client)

    def service(self) -> Api:
        """The services, called by the script's own client."""
        answer = self.api.post("accounts", "/v1/service-tokens", self.facts["logins"]["service"])
        return self.api.as_(answer["access_token"])

    async def log_in(self, count: int, skip: int = 0) -> list[dict[str, str]]:
        """`count` patients with their tokens: {token, person_id, email}."""
        logins = self.facts["logins"]["patients"][skip : skip + count]
        few = asyncio.Semaphore(4)

        async def one(client: httpx.AsyncClient, login: dict[str, str]) -> dict[str, str]:
            async with few:
                body = {"email": login["email"], "password": login["password"]}
                answer = await client.post(f"{self.facts['services']['accounts']}/v1/sessions", json=body)
            return {**login, "token": answer.raise_for_status().json()["access_token"]}

        async with _client(4) as client:
            return list(await asyncio.gather(*(one(client, login) for login in logins)))

    async def race(self, wishes: Sequence[Wish]) -> list[httpx.Response]:
        """All the wishes at the same moment, by turns at both booking processes."""
        async with _client(len(wishes)) as client:
            # Connections first, so that the crowd arrives together.
            await asyncio.gather(*(client.get(f"{self.booking[n % 2]}/openapi.json") for n in range(len(wishes))))
            return list(
                await asyncio.gather(
                    *(
                        client.post(f"{self.booking[n % 2]}/v1/holds", json=wish.body, headers=wish.headers)
                        for n, wish in enumerate(wishes)
                    )
                )
            )

    def health(self, name: str, page: str) -> int:
        """The status of a process's /live or /ready; 0 without an answer."""
        try:
            return self._told(name, page).status_code
        except httpx.TransportError:
            return 0

    def away(self, name: str) -> list[str]:
        """What the background of a process misses."""
        return list(self._told(name, "ready").json()["away"])

    def metrics(self) -> Iterator[tuple[str, bytes]]:
        """What Prometheus would read of each process."""
        for name in (*self.with_database, "portal"):
            yield name, self._told(name, "metrics").content

    def waiting(self) -> dict[str, float]:
        """What has not been said to Kafka yet, or not been applied, by process and figure."""
        found = re.compile(r"^((?:relay|consumer)_behind\S*) (\S+)$", re.MULTILINE)
        return {
            f"{name} {figure}": float(value)
            for name, page in self.metrics()
            for figure, value in found.findall(page.decode())
            if float(value)
        }

    def _told(self, name: str, page: str) -> httpx.Response:
        return httpx.get(f"{self.health_url(name)}/{page}", timeout=10, trust_env=False)


def until(what: str, question: Callable[[], Any], seconds_max: float = 60) -> Any:
    """Ask until it holds, and give the answer; the test fails with what did not come true."""
    deadline = time.monotonic() + seconds_max
    while not (answer := question()):
        assert time.monotonic() < deadline, f"it did not come true in {seconds_max:.0f} s: {what}"
        time.sleep(0.1)
    return answer


def problem_of(answer: httpx.Response) -> str:
    """The slug of a refusal."""
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text[:300]
    return str(answer.json()["type"]).rpartition("/problems/")[2]


def _client(connections: int) -> httpx.AsyncClient:
    async def to_loopback(request: httpx.Request) -> None:
        _to_loopback(request)

    limits = httpx.Limits(max_connections=connections)
    hooks = {"request": [to_loopback]}
    return httpx.AsyncClient(timeout=60, trust_env=False, limits=limits, event_hooks=hooks)


def _to_loopback(request: httpx.Request) -> None:
    """Names under .localhost are this machine; not every resolver knows."""
    if request.url.host.endswith(".localhost"):
        request.url = request.url.copy_with(host="127.0.0.1")
