"""The small service as a process of its own, with a PostgreSQL and a Kafka that may be stopped."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS
from embedded_parts.kafka import Kafka
from embedded_parts.postgres import Postgres

SMALL = Path(__file__).with_name("small_service.py")
TABLE = "CREATE TABLE heard (n serial, who text); GRANT ALL ON heard, heard_n_seq TO directory;"


@dataclass
class Parts:
    """A PostgreSQL and a Kafka of these tests' own, which may be stopped."""

    postgres: Postgres
    kafka: Kafka
    environment: dict[str, str]


class Slow:
    """The request that a small service answers when the test lets it; `setting` tells the service where to look."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.setting = {"SLOW": str(folder)}

    @contextlib.contextmanager
    def asked(self, port: int) -> Iterator[socket.socket]:
        """The connection on which it was asked for, and is being worked on."""
        with socket.create_connection(("127.0.0.1", port), timeout=30) as asking:
            asking.sendall(b"GET /v1/slow HTTP/1.1\r\nHost: small\r\n\r\n")
            deadline = time.monotonic() + 30
            while not (self._folder / "begun").exists():
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield asking

    def may_end(self) -> None:
        (self._folder / "may-end").touch()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def make_topic(bootstrap: str) -> None:
    topic = TOPICS["directory.practitioners.v1"]
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.name, topic.partitions, 1, topic_configs=topic.config())])
    finally:
        await admin.close()


def run(parts: Parts, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SMALL), *words],
        env=parts.environment | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


class Running:
    """One process of the small service, or of another script and prefix."""

    def __init__(self, parts: Parts, script: Path = SMALL, prefix: str = "DIRECTORY", **environment: str) -> None:
        self.parts = parts
        self.port, self.health_port = free_port(), free_port()
        ports = {f"{prefix}_HTTP_PORT": str(self.port), f"{prefix}_HEALTH_PORT": str(self.health_port)}
        self.output = TemporaryFile("w+")  # noqa: SIM115 (a pipe that nobody reads would stop the process)
        words = [sys.executable, str(script)]
        self.process = subprocess.Popen(words, env=parts.environment | ports | environment, stdout=self.output)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.output.close()

    def ask(self, path: str, method: str = "GET", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.request(method, f"http://127.0.0.1:{self.port}{path}", headers=named, timeout=30)

    def health(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.health_port}{path}", timeout=30)

    def problems(self) -> dict[str, str]:
        answer = self.health("/ready").json()
        assert answer["ready"] is not bool(answer["problems"])
        found: dict[str, str] = answer["problems"]
        return found

    def away(self) -> dict[str, str]:
        found: dict[str, str] = self.health("/ready").json()["away"]
        return found

    def until(self, what: Any, seconds_max: float = 120) -> None:
        """Wait for `what()` to be true, while the process must stay alive."""
        deadline = time.monotonic() + seconds_max
        while True:
            assert self.process.poll() is None
            try:
                assert self.health("/live").status_code == 200
                if what():
                    return
            except httpx.ConnectError:
                pass  # not up yet
            assert time.monotonic() < deadline, self.health("/ready").text
            time.sleep(0.1)

    def ready(self) -> bool:
        return self.health("/ready").status_code == 200 and self.problems() == self.away() == {}

    def heard(self) -> list[str]:
        found: list[str] = self.ask("/v1/heard").json()
        return found
