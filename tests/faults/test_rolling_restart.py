"""Every process is restarted, one after the other, while people book: not one request fails."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from joserfc.jwk import OKPKey

from bench.booking.balancer import Balancer
from bench.booking.load import Outcome, at_pace, booker
from bench.booking.wishes import Issuer, make_known

from .running import FULL, RunningDemo, until

pytestmark = pytest.mark.timeout(900)
BOOKING = ("booking", "booking-2")
OTHERS = ("accounts", "directory", "availability", "notification", "portal", "mailbox", "control")
RESTARTED = (*BOOKING, *OTHERS) if FULL else BOOKING
PER_SECOND = 50 if FULL else 10
_BETWEEN_SECONDS = 3.0


async def test_no_request_fails_while_every_process_is_restarted_in_turn(demo: RunningDemo) -> None:
    ports = json.loads((demo.data / "ports.json").read_text())
    behind = [
        (url, f"http://127.0.0.1:{ports[f'{name}-health']}") for name, url in zip(BOOKING, demo.booking, strict=True)
    ]
    keys = demo.data / "keys"
    token_key = OKPKey.import_key(json.loads((keys / "tokens.jwk.json").read_text()))
    issuer = Issuer(token_key, (keys / "offers.jwk.json").read_text())
    seconds = len(RESTARTED) * 60
    # By the demo's own clock, which its path has moved.
    wishes = issuer.wishes(PER_SECOND * seconds, datetime.fromisoformat(demo.api.get("control", "/clock")["now"]))
    make_known(demo.facts["databases"]["booking"], wishes)
    outcome, ending = Outcome(), asyncio.Event()
    async with Balancer(behind) as balancer:
        load = asyncio.create_task(at_pace(booker(balancer, outcome), iter(wishes), PER_SECOND, seconds, ending=ending))
        await asyncio.sleep(_BETWEEN_SECONDS)
        for name in RESTARTED:
            before, answered = outcome.confirmed, demo.pids()[name]
            await asyncio.to_thread(_restart, demo, name, answered)
            await asyncio.sleep(_BETWEEN_SECONDS)
            print(f"restarted {name}: {outcome.confirmed - before} bookings meanwhile, {outcome.answers}", flush=True)
            assert outcome.confirmed > before
        ending.set()
        await load
        assert balancer.changes >= 2 * len(BOOKING) + len(BOOKING), "no process was seen to be away"
    _note(outcome)
    assert outcome.failed == 0, outcome.examples
    assert outcome.answers["hold 201"] == outcome.answers["confirm 201"] == outcome.confirmed


def _restart(demo: RunningDemo, name: str, pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
    until(f"{name} is another process", lambda: demo.pids().get(name, pid) != pid, 90)
    until(f"{name} is ready again", lambda: _ready(demo, name), 90)


def _ready(demo: RunningDemo, name: str) -> bool:
    if name in ("mailbox", "control"):
        try:
            return httpx.get(f"{demo.facts['services'][name]}/ready", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
    return demo.health(name, "ready") == 200


def _note(outcome: Outcome) -> None:
    """Where RESTARTS names a file: what `make faults-relay` says of it."""
    if os.environ.get("RESTARTS"):
        found = {"restarted": len(RESTARTED), "confirmed": outcome.confirmed, "failed_requests": outcome.failed}
        Path(os.environ["RESTARTS"]).write_text(json.dumps(found | {"examples": outcome.examples}))
