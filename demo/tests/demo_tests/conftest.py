"""The demo's own small servers as the real processes that they are, for the tests of this folder."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from demo.clock import DemoClock
from embedded_parts import LeashedProcess, StopStep, free_port


@dataclass(frozen=True)
class Mailbox:
    """A running mailbox."""

    url: str
    smtp_port: int
    process: LeashedProcess
    clock: DemoClock


def start_mailbox(folder: Path) -> Mailbox:
    """The mailbox as `python -m demo.mailbox`, answering."""
    clock = DemoClock(folder / "clock.json")
    clock.ensure_exists()
    smtp_port, http_port = free_port(), free_port()
    environment = {
        **os.environ,
        "MAILBOX_DATA": str(folder / "mailbox.db"),
        "MAILBOX_SMTP_PORT": str(smtp_port),
        "MAILBOX_HTTP_PORT": str(http_port),
        "CLOCK_FILE": str(folder / "clock.json"),
    }
    process = LeashedProcess(
        [sys.executable, "-m", "demo.mailbox"], log=folder / "mailbox.log", environment=environment
    )
    mailbox = Mailbox(f"http://127.0.0.1:{http_port}", smtp_port, process, clock)
    wait_until_ready(f"{mailbox.url}/ready", process)
    return mailbox


def wait_until_ready(url: str, process: LeashedProcess, seconds_max: float = 60) -> None:
    """Return when the URL answers 200; fail when the process ends or time runs out."""
    deadline = time.monotonic() + seconds_max
    while time.monotonic() < deadline and process.running:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"{url} did not get ready: {process.log_since_start()}")


@pytest.fixture(scope="module")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    running = start_mailbox(tmp_path_factory.mktemp("mailbox"))
    yield running
    running.process.stop([StopStep(signal.SIGTERM, 5)])
