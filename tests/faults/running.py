"""The running demo as the fault tests need it: its clients, its processes by name, and the way to kill them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
from demo.api import Api
from embedded_parts.process import wait_for_end

START_SECONDS_MAX = 240
FULL = os.environ.get("FAULTS") == "full"


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


@dataclass
class RunningDemo:
    """`python -m demo` on a folder of its own."""

    process: subprocess.Popen[bytes]
    data: Path
    facts: dict[str, Any]

    @classmethod
    def start(cls, data: Path, **more: str) -> RunningDemo:
        """Up, loaded, its path played once, with `more` in its environment; fails with the end of what it printed."""
        said = data.with_suffix(".txt")
        environment = {**os.environ, "DATA": str(data), "CHECK": "", **more}
        with said.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "demo"], stdout=out, stderr=subprocess.STDOUT, env=environment
            )
        deadline = time.monotonic() + START_SECONDS_MAX
        while not (data / "demo.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise AssertionError(f"the demo did not start: {said.read_text()[-3000:]}")
            time.sleep(0.2)
        assert "The path is played to its end" in said.read_text(), said.read_text()[-3000:]
        return cls(process, data, json.loads((data / "demo.json").read_text()))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)

    @property
    def api(self) -> Api:
        return Api(self.facts["services"], patience_seconds=60)

    @property
    def booking(self) -> list[str]:
        """The two booking processes' addresses."""
        return list(self.facts["services"]["booking"])

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

        async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
            return list(await asyncio.gather(*(one(client, login) for login in logins)))

    async def race(self, wishes: Sequence[Wish]) -> list[httpx.Response]:
        """All the wishes at the same moment, by turns at both booking processes."""
        limits = httpx.Limits(max_connections=len(wishes))
        async with httpx.AsyncClient(timeout=60, trust_env=False, limits=limits) as client:
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

    def pids(self) -> dict[str, int]:
        """The processes under the demo by name: those of the plan, `postgres` and `kafka`."""
        found: dict[str, int] = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                words, environment = child.cmdline(), child.environ()
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue
            if "TRACE_FILE" in environment:
                found[Path(environment["TRACE_FILE"]).name.removesuffix(".traces.jsonl")] = child.pid
            elif words[-1:] and words[-1].startswith("demo."):
                found[words[-1].removeprefix("demo.")] = child.pid
            elif words and Path(words[0]).name in ("postgres", "java"):
                found["postgres" if words[0].endswith("postgres") else "kafka"] = child.pid
        return found

    def environment_of(self, name: str) -> dict[str, str]:
        """The settings that the demo gave a process."""
        return dict(psutil.Process(self.pids()[name]).environ())

    def kill(self, name: str) -> int | None:
        """kill -9; its id, or None when it was not there. When it comes back is the supervisor's business."""
        pid = self.pids().get(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            assert wait_for_end(pid, 10)
        return pid

    def metrics(self) -> Iterator[tuple[str, bytes]]:
        """What Prometheus would read of each service."""
        for name, port in json.loads((self.data / "ports.json").read_text()).items():
            if name.endswith("-health"):
                answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10, trust_env=False)
                yield name.removesuffix("-health"), answer.content

    def health(self, name: str, page: str) -> int:
        """The status of a service's /live or /ready; 0 without an answer."""
        try:
            return self._health(name, page).status_code
        except httpx.TransportError:
            return 0

    def away(self, name: str) -> list[str]:
        """What the background of a service misses."""
        return list(self._health(name, "ready").json()["away"])

    def _health(self, name: str, page: str) -> httpx.Response:
        ports = json.loads((self.data / "ports.json").read_text())
        return httpx.get(f"http://127.0.0.1:{ports[f'{name}-health']}/{page}", timeout=10, trust_env=False)


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
