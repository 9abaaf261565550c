"""Parts that are kept alive: one that ends without being asked is started again, so that a kill heals."""

import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
from embedded_parts import LeashedProcess, PartFailed, StopStep

from demo.say import say

_LOOK_SECONDS = 0.1
_PAUSE_SECONDS_FIRST, _PAUSE_SECONDS_MAX = 0.1, 5.0
# Having run this long, a part counts as healthy and its next restart is at once again.
_HEALTHY_SECONDS = 20.0
_READY_SECONDS_MAX = 90.0
_STOP = (StopStep(signal.SIGTERM, 12),)


class Part(Protocol):
    """What can be kept alive: a service's process, PostgreSQL, Kafka."""

    @property
    def running(self) -> bool: ...
    def start(self) -> object: ...
    def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """One process to run: its name, command, whole environment, and the URL that answers 200 once it is ready.

    `told` is what a command reads from its standard input: secrets.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str
    told: str | None = field(default=None, repr=False)


class PlannedProcess:
    """A process of a plan, with its log in `<logs>/<name>.log`."""

    def __init__(self, plan: ProcessPlan, logs: Path) -> None:
        self.plan = plan
        self._log = logs / f"{plan.name}.log"
        self._process: LeashedProcess | None = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start it; whether it gets ready is asked by `wait_until_ready`."""
        self._process = LeashedProcess(
            self.plan.command, log=self._log, environment=self.plan.environment, told=self.plan.told
        )

    def stop(self) -> None:
        """SIGTERM, some time to finish what it does, then SIGKILL."""
        if self._process is not None:
            self._process.stop(_STOP)

    def wait_until_ready(self) -> None:
        """Return when it is ready; PartFailed with its last words when it ends before or takes too long."""
        deadline = time.monotonic() + _READY_SECONDS_MAX
        with httpx.Client(timeout=5, trust_env=False) as client:
            while self.running and time.monotonic() < deadline:
                if _answers(client, self.plan.ready_url):
                    return
                time.sleep(0.05)
        raise PartFailed(f"{self.plan.name} did not get ready: {self._last_words()} (see {self._log}).")

    def wait_until_done(self, seconds_max: float) -> str:
        """What a command said, once it has ended well; PartFailed with its last words otherwise."""
        process = self._process
        if process is None or not process.wait(seconds_max) or process.exit_code != 0:
            raise PartFailed(f"{self.plan.name} failed: {self._last_words()} (see {self._log}).")
        process.kill()
        return process.log_since_start()

    def forget(self) -> None:
        """Take away what a command wrote: it may name people, and who ran it has read it."""
        self._log.unlink(missing_ok=True)

    def _last_words(self) -> str:
        said = self._process.log_since_start() if self._process is not None else ""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        return lines[-1].rstrip(".") if lines else "it said nothing"


class Keeper:
    """Watches one part from a thread of its own and starts it again whenever it has ended."""

    def __init__(self, name: str, part: Part) -> None:
        self._name, self._part = name, part
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"keeper of {name}", daemon=True)

    def begin(self) -> None:
        """Watch from now on."""
        self._thread.start()

    def end(self) -> None:
        """Watch no longer; the part is left as it is."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        pause, started = _PAUSE_SECONDS_FIRST, time.monotonic()
        while not self._ending.wait(_LOOK_SECONDS):
            if self._part.running:
                continue
            if time.monotonic() - started > _HEALTHY_SECONDS:
                pause = _PAUSE_SECONDS_FIRST
            say(f"{self._name} has ended; starting it again")
            if self._ending.wait(pause):
                return
            pause = min(pause * 2, _PAUSE_SECONDS_MAX)
            started = time.monotonic()
            try:
                self._part.stop()
                self._part.start()
            except PartFailed as failure:
                say(str(failure))


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
