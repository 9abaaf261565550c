"""Booking as real processes: one command to its end, one that serves a test, two that serve all races of a session."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx

START_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def run(*words: str, **settings: str) -> tuple[int, str, str]:
    """`python -m booking` with these words, to its end: exit code, output, errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "booking", *words, env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


class Served:
    """A process that serves."""

    def __init__(self, port: int, health: int, process: asyncio.subprocess.Process) -> None:
        self.url, self.health, self.process = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{health}", process

    async def answers(self, path: str, status: int) -> None:
        """Waits for `status` on the second port."""
        async with asyncio.timeout(120), httpx.AsyncClient(trust_env=False, timeout=30) as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(self.health + path)).status_code == status:
                        return
                await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def serving(folder: Path, **settings: str) -> AsyncIterator[Served]:
    port, health = free_port(), free_port()
    own = {"BOOKING_HTTP_PORT": str(port), "BOOKING_HEALTH_PORT": str(health)}
    with (folder / "booking.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "booking", env={**os.environ, **settings, **own}, stdout=log, stderr=log
        )
    try:
        yield Served(port, health, process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 120) in (0, -signal.SIGKILL)


@contextlib.contextmanager
def two_processes(folder: Path, **settings: str) -> Iterator[tuple[str, str]]:
    """The addresses of two that serve and do all that a process does in the background, until the end."""
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(_process(folder / f"booking-{n}.log", settings)) for n in range(2)]
        for _, health in started:
            _wait_until_ready(health)
        yield started[0][0], started[1][0]


@contextlib.contextmanager
def _process(log_file: Path, settings: dict[str, str]) -> Iterator[tuple[str, str]]:
    port, health = free_port(), free_port()
    own = {"BOOKING_HTTP_PORT": str(port), "BOOKING_HEALTH_PORT": str(health)}
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "booking"], env={**os.environ, **settings, **own}, stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{health}"
    finally:
        process.terminate()
        assert process.wait(30) == 0, log_file.read_text()[-2000:]


def _wait_until_ready(health: str) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{health}/ready", trust_env=False).status_code == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(health)
