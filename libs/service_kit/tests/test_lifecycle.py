"""A real process of the chassis: it ends in order, stays alive while a part is away, and resumes by itself."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
from service_kit.migrating import once_reached

from .running import Parts, Running, Slow, free_port, run


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


@pytest.fixture
def service(own_parts: Parts, slow: Slow) -> Iterator[Running]:
    running = Running(own_parts, **slow.setting)
    try:
        yield running
    finally:
        running.end()
        own_parts.postgres.start()
        own_parts.kafka.start()


def test_sigterm_lets_the_request_under_way_end_and_takes_no_other(service: Running, slow: Slow) -> None:
    service.until(service.ready)
    with slow.asked(service.port) as asking:
        service.process.send_signal(signal.SIGTERM)
        service.until(lambda: service.problems().get("process") == "stopping")
        service.until(lambda: refused(service.port))
        slow.may_end()
        answer = b""
        while part := asking.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b'{"ended":true}')
    assert service.process.wait(30) == 0
    service.output.seek(0)
    assert {"started", "request"} <= {json.loads(line)["message"] for line in service.output}


def refused(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/v1/heard", timeout=30)
    except httpx.ConnectError:
        return True
    except httpx.TransportError:
        return False  # in the queue of the port, which is being closed
    return False


def test_a_database_that_is_away_keeps_it_alive_but_not_ready_and_it_resumes_by_itself(
    service: Running, own_parts: Parts
) -> None:
    service.until(service.ready)
    assert service.ask("/v1/say/before-database", "POST").status_code == 201
    own_parts.postgres.stop()
    service.until(lambda: "database" in service.problems())
    away = service.ask("/v1/heard")
    assert (away.status_code, away.headers["retry-after"]) == (503, "1")
    assert away.json()["type"].endswith("/unavailable")
    own_parts.postgres.start()
    service.until(service.ready)
    assert service.ask("/v1/say/after-database", "POST").status_code == 201
    service.until(lambda: "after-database" in service.heard())
    assert sorted(service.heard()).count("before-database") == 1


def test_a_broker_that_is_away_is_told_and_takes_nobody_out_and_what_was_said_meanwhile_arrives_once(
    service: Running, own_parts: Parts
) -> None:
    service.until(service.ready)
    own_parts.kafka.stop()
    service.until(lambda: "broker" in service.away())
    assert service.health("/ready").status_code == 200
    for number in range(3):
        assert service.ask(f"/v1/say/while-away-{number}", "POST").status_code == 201  # the log is the outbox
    own_parts.kafka.start()
    service.until(lambda: {f"while-away-{n}" for n in range(3)} <= set(service.heard()), 90)
    service.until(service.ready)
    assert len(service.heard()) == len(set(service.heard()))


def test_it_starts_without_database_and_broker_and_becomes_ready_when_they_come(own_parts: Parts) -> None:
    own_parts.postgres.stop()
    own_parts.kafka.stop()
    service = Running(own_parts)
    try:
        service.until(lambda: "database" in service.problems() and "broker" in service.away())
        assert service.ask("/v1/heard").status_code == 503
        own_parts.postgres.start()
        service.until(lambda: "database" not in service.problems())
        assert service.ask("/v1/heard").status_code == 200
        own_parts.kafka.start()
        service.until(service.ready)
    finally:
        service.end()
        own_parts.postgres.start()
        own_parts.kafka.start()


def test_migrate_waits_for_a_database_that_starts_at_the_same_time(own_parts: Parts) -> None:
    own_parts.postgres.stop()
    with ThreadPoolExecutor(1) as other:
        try:
            migrating = other.submit(run, own_parts, "migrate")
            time.sleep(3)
            assert not migrating.done()
        finally:
            own_parts.postgres.start()
        done = migrating.result()
    assert (done.returncode, done.stdout) == (0, "directory: nothing to migrate\n"), done.stderr


def test_a_database_that_does_not_come_is_named_in_one_sentence_and_one_that_refuses_at_once() -> None:
    def nobody() -> None:
        psycopg.connect("postgresql://owner:secret@127.0.0.1:1/directory")

    def refused() -> None:
        raise psycopg.errors.LockNotAvailable

    with pytest.raises(SystemExit, match=r"does not answer \(.*refused.*DIRECTORY_OWNER_DATABASE_URL\.$") as end:
        once_reached(nobody, "DIRECTORY_", patience_seconds=0)
    assert "secret" not in str(end.value)
    with pytest.raises(psycopg.errors.LockNotAvailable):
        once_reached(refused, "DIRECTORY_")


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"DIRECTORY_DATABASE_URL": "mysql://secret"}, "DIRECTORY_DATABASE_URL is wrong"),
        ({"DIRECTORY_DATABASE_URL": ""}, "DIRECTORY_DATABASE_URL is missing"),
        ({"DIRECTORY_HTTP_PORT": "eighty"}, "DIRECTORY_HTTP_PORT is wrong"),
        ({"DIRECTORY_HTPP_PORT": "8000"}, "DIRECTORY_HTPP_PORT is not a setting; it is nearly DIRECTORY_HTTP_PORT"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL is wrong"),
        ({"KAFKA_BOOTSTRAP_SERVERS": ""}, "KAFKA_BOOTSTRAP_SERVERS is missing"),
    ],
    ids=str,
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    own_parts: Parts, setting: dict[str, str], line: str
) -> None:
    ended = run(own_parts, **setting)
    assert ended.returncode == 2
    assert ended.stderr.startswith(line)
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr + ended.stdout


def test_a_port_that_is_taken_ends_the_process(own_parts: Parts) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run(own_parts, DIRECTORY_HTTP_PORT=port, DIRECTORY_HEALTH_PORT=str(free_port()))
    assert ended.returncode != 0


def test_an_unknown_command_names_those_that_there_are(own_parts: Parts) -> None:
    ended = run(own_parts, "migrat")
    assert ended.returncode == 2
    assert "migrate, settings" in ended.stderr


def test_the_table_of_settings_names_each_and_no_secret(own_parts: Parts) -> None:
    table = run(own_parts, "settings").stdout
    for name in ("DIRECTORY_DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "DIRECTORY_HTTP_PORT", "LOG_LEVEL"):
        assert f"| {name} |" in table
    assert own_parts.environment["DIRECTORY_DATABASE_URL"] not in table


def test_migrating_again_finds_nothing_to_do(own_parts: Parts) -> None:
    assert run(own_parts, "migrate").stdout == "directory: nothing to migrate\n"


def test_parked_keys_can_be_listed_and_one_that_is_not_parked_cannot_be_released(own_parts: Parts) -> None:
    assert run(own_parts, "parked").stdout.startswith("| consumer | topic | key |")
    ended = run(own_parts, "release", "counter", "directory.practitioners.v1", "nobody")
    assert (ended.returncode, ended.stdout) == (1, "no such key is parked\n")
    assert run(own_parts, "parked", "nobody").stdout == run(own_parts, "release", "nobody").stdout
    assert run(own_parts, "release", "counter", "nobody").returncode == 2


def test_only_what_a_consumer_reads_can_be_held_back(own_parts: Parts) -> None:
    ended = run(own_parts, "pause", "counter", "nothing.v1")
    assert (ended.returncode, ended.stderr) == (1, "directory: no consumer 'counter' has read a topic 'nothing.v1'\n")
