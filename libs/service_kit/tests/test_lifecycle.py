"""A real process of the chassis: it ends in order, stays alive while a part is away, and resumes by itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
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
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS
from embedded_parts.kafka import Kafka
from embedded_parts.postgres import Postgres
from embedded_parts.provision import provision

SMALL = Path(__file__).with_name("small_service.py")
TABLE = "CREATE TABLE heard (n serial, who text); GRANT ALL ON heard, heard_n_seq TO directory;"


@dataclass
class Parts:
    """A PostgreSQL and a Kafka of these tests' own, which may be stopped."""

    postgres: Postgres
    kafka: Kafka
    environment: dict[str, str]


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


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    folder = tmp_path_factory.mktemp("parts")
    migrations = folder / "migrations"
    migrations.mkdir()
    (migrations / "0001.small.sql").write_text(TABLE)
    with Postgres(folder / "postgres") as postgres, Kafka(folder / "kafka") as kafka:
        database = provision(postgres.url, "directory", "o", "s")
        asyncio.run(make_topic(kafka.bootstrap))
        environment = {
            **os.environ,
            "DIRECTORY_DATABASE_URL": database.service_url,
            "DIRECTORY_OWNER_DATABASE_URL": database.owner_url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "SMALL_MIGRATIONS": str(migrations),
        }
        made = Parts(postgres, kafka, environment)
        assert run(made, "migrate").returncode == 0
        yield made


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
    """One process of the small service."""

    def __init__(self, parts: Parts) -> None:
        self.port, self.health_port = free_port(), free_port()
        ports = {"DIRECTORY_HTTP_PORT": str(self.port), "DIRECTORY_HEALTH_PORT": str(self.health_port)}
        self.output = TemporaryFile("w+")  # noqa: SIM115 (a pipe that nobody reads would stop the process)
        words = [sys.executable, str(SMALL)]
        self.process = subprocess.Popen(words, env=parts.environment | ports, stdout=self.output)

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)
        self.output.close()

    def ask(self, path: str, method: str = "GET") -> httpx.Response:
        return httpx.request(method, f"http://127.0.0.1:{self.port}{path}", timeout=10)

    def health(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.health_port}{path}", timeout=5)

    def problems(self) -> dict[str, str]:
        answer = self.health("/ready").json()
        assert answer["ready"] is not bool(answer["problems"])
        found: dict[str, str] = answer["problems"]
        return found

    def until(self, what: Any, seconds_max: float = 40) -> None:
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
        return self.health("/ready").status_code == 200 and self.problems() == {}

    def heard(self) -> list[str]:
        found: list[str] = self.ask("/v1/heard").json()
        return found


@pytest.fixture
def service(parts: Parts) -> Iterator[Running]:
    running = Running(parts)
    try:
        yield running
    finally:
        running.end()
        parts.postgres.start()
        parts.kafka.start()


def test_sigterm_lets_the_request_under_way_end_and_takes_no_other(service: Running) -> None:
    service.until(service.ready)
    with httpx.Client() as client, socket.create_connection(("127.0.0.1", service.port)) as asking:
        asking.sendall(b"GET /v1/slow HTTP/1.1\r\nHost: small\r\n\r\n")
        time.sleep(0.3)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert service.problems()["process"] == "stopping"
        assert service.health("/live").status_code == 200
        with pytest.raises(httpx.ConnectError):
            client.get(f"http://127.0.0.1:{service.port}/v1/heard")
        answer = b""
        while part := asking.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"ended":true}')
    assert service.process.wait(15) == 0
    service.output.seek(0)
    assert {"started", "request"} <= {json.loads(line)["message"] for line in service.output}


def test_a_database_that_is_away_keeps_it_alive_but_not_ready_and_it_resumes_by_itself(
    service: Running, parts: Parts
) -> None:
    service.until(service.ready)
    assert service.ask("/v1/say/before-database", "POST").status_code == 201
    parts.postgres.stop()
    service.until(lambda: "database" in service.problems())
    away = service.ask("/v1/heard")
    assert (away.status_code, away.headers["retry-after"]) == (503, "1")
    assert away.json()["type"].endswith("/unavailable")
    parts.postgres.start()
    service.until(service.ready)
    assert service.ask("/v1/say/after-database", "POST").status_code == 201
    service.until(lambda: "after-database" in service.heard())
    assert sorted(service.heard()).count("before-database") == 1


def test_a_broker_that_is_away_keeps_it_alive_but_not_ready_and_what_was_said_meanwhile_arrives_once(
    service: Running, parts: Parts
) -> None:
    service.until(service.ready)
    parts.kafka.stop()
    service.until(lambda: "broker" in service.problems())
    for number in range(3):
        assert service.ask(f"/v1/say/while-away-{number}", "POST").status_code == 201  # the log is the outbox
    parts.kafka.start()
    service.until(lambda: {f"while-away-{n}" for n in range(3)} <= set(service.heard()), 90)
    service.until(service.ready)
    assert len(service.heard()) == len(set(service.heard()))


def test_it_starts_without_database_and_broker_and_becomes_ready_when_they_come(parts: Parts) -> None:
    parts.postgres.stop()
    parts.kafka.stop()
    service = Running(parts)
    try:
        service.until(lambda: {"database", "broker"} <= service.problems().keys())
        assert service.ask("/v1/heard").status_code == 503
        parts.postgres.start()
        service.until(lambda: service.problems().keys() >= {"broker"} and "database" not in service.problems())
        assert service.ask("/v1/heard").status_code == 200
        parts.kafka.start()
        service.until(service.ready)
    finally:
        service.end()
        parts.postgres.start()
        parts.kafka.start()


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"DIRECTORY_DATABASE_URL": "mysql://secret"}, "DIRECTORY_DATABASE_URL is wrong"),
        ({"DIRECTORY_DATABASE_URL": ""}, "DIRECTORY_DATABASE_URL is missing"),
        ({"DIRECTORY_HTTP_PORT": "eighty"}, "DIRECTORY_HTTP_PORT is wrong"),
        ({"KAFKA_BOOTSTRAP_SERVERS": ""}, "KAFKA_BOOTSTRAP_SERVERS is missing"),
    ],
    ids=str,
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    parts: Parts, setting: dict[str, str], line: str
) -> None:
    ended = run(parts, **setting)
    assert ended.returncode == 2
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr + ended.stdout


def test_a_port_that_is_taken_ends_the_process(parts: Parts) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run(parts, DIRECTORY_HTTP_PORT=port, DIRECTORY_HEALTH_PORT=str(free_port()))
    assert ended.returncode != 0


def test_an_unknown_command_names_those_that_there_are(parts: Parts) -> None:
    ended = run(parts, "migrat")
    assert ended.returncode == 2
    assert "migrate, settings" in ended.stderr


def test_the_table_of_settings_names_each_and_no_secret(parts: Parts) -> None:
    table = run(parts, "settings").stdout
    for name in ("DIRECTORY_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "DIRECTORY_HTTP_PORT", "LOG_LEVEL"):
        assert f"| {name} |" in table
    assert parts.environment["DIRECTORY_DATABASE_URL"] not in table


def test_migrating_again_finds_nothing_to_do(parts: Parts) -> None:
    assert run(parts, "migrate").stdout == "directory: nothing to migrate\n"


def test_parked_keys_can_be_listed_and_one_that_is_not_parked_cannot_be_released(parts: Parts) -> None:
    assert run(parts, "parked").stdout.startswith("| consumer | topic | key |")
    ended = run(parts, "release", "counter", "directory.practitioners.v1", "nobody")
    assert (ended.returncode, ended.stdout) == (1, "no such key is parked\n")
    assert run(parts, "release", "counter").returncode == 2
