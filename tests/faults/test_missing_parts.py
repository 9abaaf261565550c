"""A database or a broker that is away: services stay alive, say what they miss, and resume by themselves."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import httpx
import pytest
from embedded_parts import LeashedProcess, free_port

from bench.booking.load import Outcome

from .conftest import Tally
from .gate import Gate
from .heard import judged_crowd
from .running import RunningDemo
from .slots import agenda_of, free, offer_of
from .stack import FULL, Stack, Wish, problem_of, until

pytestmark = pytest.mark.timeout(600)
AWAY_SECONDS = 120 if FULL else 3
PER_SECOND = int(os.environ.get("PACE") or (50 if FULL else 10))


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


async def test_without_the_database_requests_get_503_and_all_goes_on_by_itself(stack: Stack) -> None:
    started = _started(stack)
    (patient,) = await stack.log_in(1, skip=56)
    agenda = agenda_of(stack)
    found = free(stack, agenda, agenda.short, days_ahead=80)
    start = found["slots"][0]["start"]
    with stack.without("postgres"):
        for name in stack.with_database:
            until(f"{name} is not ready", lambda name=name: stack.health(name, "ready") == 503)  # type: ignore[misc]
            assert stack.health(name, "live") == 200
        for answer in await stack.race([Wish(patient["token"], offer_of(found, start), start)] * 2):
            assert (answer.status_code, problem_of(answer)) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) > 0
    await _all_goes_on(stack, started, days_ahead=70)


async def test_without_the_broker_bookings_go_on_and_the_others_catch_up_by_themselves(
    stack: Stack, tally: Tally
) -> None:
    started = _started(stack)
    found = tally["broker_away"] = {"seconds": AWAY_SECONDS, "bookings_per_s": PER_SECOND}
    async with judged_crowd(stack, found, PER_SECOND, seconds_max=2 * AWAY_SECONDS + 60) as outcome:
        found["alerts"] = await asyncio.to_thread(_broker_away, stack, outcome)
    await _all_goes_on(stack, started, days_ahead=75)


def _broker_away(stack: Stack, outcome: Outcome) -> list[str]:
    """The alerts that fired meanwhile, where somebody looks on."""
    with stack.without("kafka"):
        over, before = time.monotonic() + AWAY_SECONDS, outcome.confirmed
        for name in stack.with_database:
            until(f"{name} misses its broker", lambda name=name: "broker" in stack.away(name))  # type: ignore[misc]
            assert stack.health(name, "ready") == 200
        until("bookings go on", lambda: outcome.confirmed > before + AWAY_SECONDS and time.monotonic() > over, 300)
        fired = stack.alerts()
    if fired is None:
        return []
    assert "BrokerAway" in fired
    until("no alert fires any more", lambda: not stack.alerts(), 300)
    return sorted(fired)


async def _all_goes_on(stack: Stack, started: dict[str, object], days_ahead: int) -> None:
    """Every service is ready again as the same process, and a hold travels through Kafka to the offers."""
    for name in (*stack.with_database, "portal"):
        until(f"{name} is ready again", lambda name=name: stack.health(name, "ready") == 200, 90)  # type: ignore[misc]
    assert _started(stack) == started
    agenda = agenda_of(stack)
    (patient,) = await stack.log_in(1, skip=57)
    found = free(stack, agenda, agenda.short, days_ahead)
    start = found["slots"][0]["start"]
    (held,) = await stack.race([Wish(patient["token"], offer_of(found, start), start)])
    assert held.status_code == 201, held.text

    def gone() -> bool:
        return all(slot["start"] != start for slot in free(stack, agenda, agenda.short, days_ahead)["slots"])

    until("availability has heard of the hold", gone, 60)


def _started(stack: Stack) -> dict[str, object]:
    return {name: stack.started(name) for name in stack.with_database}


def _status(port: int, page: str) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{page}", timeout=10, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def _problems(health: int) -> set[str]:
    answer = httpx.get(f"http://127.0.0.1:{health}/ready", timeout=10, trust_env=False)
    assert answer.status_code == (503 if answer.json()["problems"] else 200)
    return set(answer.json()["problems"])
