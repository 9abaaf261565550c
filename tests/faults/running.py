"""The running demo as the fault tests need it: its processes by name, and the way to kill them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
from embedded_parts.process import wait_for_end

from bench.booking.balancer import Balancer

from .stack import FULL, Stack, until

START_SECONDS_MAX = 600
BOOKING = ("booking", "booking-2")
_OTHERS = ("accounts", "directory", "availability", "notification", "portal", "mailbox", "control")


class RunningDemo(Stack):
    """`python -m demo` on a folder of its own."""

    with_database = ("accounts", "availability", *BOOKING, "directory", "notification")
    restarted = (*BOOKING, *_OTHERS) if FULL else BOOKING

    def __init__(self, process: subprocess.Popen[bytes], data: Path) -> None:
        self.process, self.data = process, data
        self.facts = json.loads((data / "demo.json").read_text())

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
        return cls(process, data)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)

    def database(self, name: str) -> str:
        return str(self.facts["databases"][name])

    def keys(self) -> tuple[str, str]:
        folder = self.data / "keys"
        return (folder / "tokens.jwk.json").read_text(), (folder / "offers.jwk.json").read_text()

    @asynccontextmanager
    async def front(self) -> AsyncIterator[Balancer]:
        """Each process must have been seen to be away once, wherever one was restarted in it."""
        pids = self.pids()
        async with Balancer(
            [(url, self.health_url(name)) for url, name in zip(self.booking, BOOKING, strict=True)]
        ) as it:
            yield it
        again = sum(self.pids().get(name) != pids[name] for name in BOOKING)
        # Each was found ready once at the beginning, then away and ready again.
        assert it.changes >= len(BOOKING) + 2 * again, "a process was away and nobody saw it"

    def restart(self, name: str) -> None:
        pid = self.pids()[name]
        os.kill(pid, signal.SIGTERM)
        until(f"{name} is another process", lambda: self.pids().get(name, pid) != pid, 90)
        until(f"{name} is ready again", lambda: self._is_ready(name), 90)

    @contextmanager
    def without(self, part: str) -> Iterator[None]:
        """Killed at once whenever the supervisor has started it again."""
        over = threading.Event()

        def keep_away() -> None:
            while not over.is_set():
                self.kill(part)
                over.wait(0.05)

        thread = threading.Thread(target=keep_away)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        until(f"{part} is back", lambda: part in self.pids())

    def started(self, name: str) -> int | None:
        return self.pids().get(name)

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

    def health_url(self, name: str) -> str:
        ports: dict[str, Any] = json.loads((self.data / "ports.json").read_text())
        return f"http://127.0.0.1:{ports[f'{name}-health']}"

    def _is_ready(self, name: str) -> bool:
        if name not in ("mailbox", "control"):
            return self.health(name, "ready") == 200
        try:
            return httpx.get(f"{self.facts['services'][name]}/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
