"""Every process is restarted, one after the other, while people book: not one request fails."""

from __future__ import annotations

import asyncio
import os
import signal

import httpx
import pytest

from .conftest import Tally
from .crowd import BOOKING, crowd
from .running import FULL, RunningDemo, until

pytestmark = pytest.mark.timeout(900)
OTHERS = ("accounts", "directory", "availability", "notification", "portal", "mailbox", "control")
RESTARTED = (*BOOKING, *OTHERS) if FULL else BOOKING
PER_SECOND = 50 if FULL else 10
_BETWEEN_SECONDS = 3.0


async def test_no_request_fails_while_every_process_is_restarted_in_turn(demo: RunningDemo, tally: Tally) -> None:
    async with crowd(demo, PER_SECOND, seconds_max=len(RESTARTED) * 40) as (outcome, balancer):
        await asyncio.sleep(_BETWEEN_SECONDS)
        for name in RESTARTED:
            before = outcome.confirmed
            await asyncio.to_thread(_restart, demo, name)
            await asyncio.sleep(_BETWEEN_SECONDS)
            meanwhile = outcome.confirmed - before
            print(f"restarted {name}: {meanwhile} booked meanwhile, {dict(outcome.answers)}", flush=True)
            assert meanwhile > 0
    tally["rolling_restart"] = {
        "restarted": len(RESTARTED),
        "bookings_per_s": PER_SECOND,
        "confirmed": outcome.confirmed,
        "failed_requests": outcome.failed,
        "examples": outcome.examples,
    }
    assert outcome.failed == 0, outcome.examples
    assert outcome.answers["hold 201"] == outcome.answers["confirm 201"] == outcome.confirmed
    # Each was found ready once at the beginning, then away and ready again.
    assert balancer.changes >= 3 * len(BOOKING), "no process was seen to be away"


def _restart(demo: RunningDemo, name: str) -> None:
    pid = demo.pids()[name]
    os.kill(pid, signal.SIGTERM)
    until(f"{name} is another process", lambda: demo.pids().get(name, pid) != pid, 90)
    until(f"{name} is ready again", lambda: _ready(demo, name), 90)


def _ready(demo: RunningDemo, name: str) -> bool:
    if name not in ("mailbox", "control"):
        return demo.health(name, "ready") == 200
    try:
        return httpx.get(f"{demo.facts['services'][name]}/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
