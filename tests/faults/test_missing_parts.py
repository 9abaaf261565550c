"""A database or a broker that is away: services stay alive, say what they miss, and resume by themselves."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from embedded_parts import LeashedProcess, free_port

from .gate import Gate
from .running import RunningDemo, Wish, until
from .slots import agenda_of, free, offer_of

pytestmark = pytest.mark.timeout(600)
WITH_DATABASE = ("accounts", "availability", "booking", "booking-2", "directory", "notification")


def test_a_service_starts_without_its_database_and_without_its_broker_and_waits_for_both(
    demo: RunningDemo, tmp_path: Path
) -> None:
    given = demo.environment_of("booking")
    url = given["BOOKING_DATABASE_URL"]
    host, _, database = url.rpartition("@")[2].partition("/")
    with Gate(host) as gate:
        port, health = free_port(), free_port()
        environment = {
            **given,
            "BOOKING_DATABASE_URL": url.replace(host, gate.address),
            "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
            "BOOKING_HTTP_PORT": str(port),
            "BOOKING_HEALTH_PORT": str(health),
            "TRACE_FILE": str(tmp_path / "third.traces.jsonl"),
        }
        process = LeashedProcess([sys.executable, "-m", "booking"], log=tmp_path / "third.log", environment=environment)
        try:
            until("it is alive without its database", lambda: _status(health, "live") == 200)
            assert _problems(health) >= {"database"}
            gate.open()
            until("the database is no problem any more", lambda: "database" not in _problems(health))
            until("without its broker it is ready", lambda: _status(health, "ready") == 200)
            assert _status(port, "v1/holds") == 401
            gate.close()
            until("the database is missed again", lambda: "database" in _problems(health))
            assert _status(health, "live") == 200
            gate.open()
            until("it is found again", lambda: "database" not in _problems(health))
            assert process.running
        finally:
            process.kill()
    assert database


async def test_without_the_database_all_stay_alive_and_go_on_by_themselves(demo: RunningDemo) -> None:
    pids = demo.pids()
    with _kept_away(demo, "postgres"):
        for name in WITH_DATABASE:
            until(f"{name} is not ready", lambda name=name: demo.health(name, "ready") == 503)  # type: ignore[misc]
            assert demo.health(name, "live") == 200
    await _all_goes_on(demo, pids, days_ahead=70)


async def test_without_the_broker_all_stay_ready_say_so_and_go_on_by_themselves(demo: RunningDemo) -> None:
    pids = demo.pids()
    with _kept_away(demo, "kafka"):
        for name in WITH_DATABASE:
            until(f"{name} misses its broker", lambda name=name: "broker" in demo.away(name))  # type: ignore[misc]
            assert demo.health(name, "ready") == 200
    await _all_goes_on(demo, pids, days_ahead=75)


async def _all_goes_on(demo: RunningDemo, pids: dict[str, int], days_ahead: int) -> None:
    """Every service is ready again as the same process, and a hold travels through Kafka to the offers."""
    for name in (*WITH_DATABASE, "portal"):
        until(f"{name} is ready again", lambda name=name: demo.health(name, "ready") == 200, 90)  # type: ignore[misc]
        assert demo.pids()[name] == pids[name], f"{name} was restarted"
    agenda = agenda_of(demo)
    (patient,) = await demo.log_in(1, skip=57)
    found = free(demo, agenda, agenda.short, days_ahead)
    start = found["slots"][0]["start"]
    (held,) = await demo.race([Wish(patient["token"], offer_of(found, start), start)])
    assert held.status_code == 201, held.text

    def gone() -> bool:
        return all(slot["start"] != start for slot in free(demo, agenda, agenda.short, days_ahead)["slots"])

    until("availability has heard of the hold", gone, 60)


@contextmanager
def _kept_away(demo: RunningDemo, part: str) -> Iterator[None]:
    """Killed at once whenever the supervisor has started it again."""
    over = threading.Event()

    def keep_away() -> None:
        while not over.is_set():
            demo.kill(part)
            over.wait(0.05)

    thread = threading.Thread(target=keep_away)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    until(f"{part} is back", lambda: part in demo.pids())


def _status(port: int, page: str) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{page}", timeout=10, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def _problems(health: int) -> set[str]:
    answer = httpx.get(f"http://127.0.0.1:{health}/ready", timeout=10, trust_env=False)
    assert answer.status_code == (503 if answer.json()["problems"] else 200)
    return set(answer.json()["problems"])
