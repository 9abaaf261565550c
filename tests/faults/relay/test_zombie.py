"""The leader is stopped in the middle of its work and wakes up when another leads: it may not say a word more."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest
from embedded_parts import Kafka

from ..running import FULL
from .conftest import Tally, running
from .house import RELAYS, eventually
from .judge import VIOLATIONS

pytestmark = pytest.mark.timeout(900)
PAUSE_SECONDS = 60 if FULL else 8
PER_SECOND = 333 if FULL else 100
TAKEOVER_SECONDS_MAX = 45  # generous: how long it took is a figure, not a test


async def test_a_leader_that_wakes_up_after_another_took_over_says_nothing_more(room: Path, tally: Tally) -> None:
    async with running(room, Kafka(room / "kafka")) as run:
        house, appender = run.house, run.appender
        over = asyncio.Event()
        flowing = asyncio.create_task(appender.append(0, PER_SECOND, over))
        await eventually("events flow", lambda: run.subscriber.count > PER_SECOND)
        zombie = house.leader()
        stopped = psutil.Process(house.processes[zombie].pid)
        stopped.send_signal(signal.SIGSTOP)
        began = asyncio.get_running_loop().time()
        await eventually("it is stopped", lambda: stopped.status() == psutil.STATUS_STOPPED)
        heard = run.subscriber.count
        takeover = await eventually(
            "the standby leads", lambda: set(house.leaders()) & {*RELAYS} - {zombie}, TAKEOVER_SECONDS_MAX
        )
        await eventually("events flow again", lambda: run.subscriber.count > heard + PER_SECOND)
        await asyncio.sleep(max(PAUSE_SECONDS - (asyncio.get_running_loop().time() - began), 0))
        assert stopped.status() == psutil.STATUS_STOPPED
        said_before, heard = house.said_in(zombie), run.subscriber.count
        stopped.send_signal(signal.SIGCONT)
        await eventually("it notices", lambda: len(house.said_in(zombie)) > len(said_before))
        await eventually("events flow on", lambda: run.subscriber.count > heard + 3 * PER_SECOND)
        over.set()
        await flowing
        await run.settle()
        assert house.leader() != zombie
        judgement = await run.judgement()
        tally["zombie"] = {
            "stopped_seconds": PAUSE_SECONDS,
            "takeover_seconds": round(takeover, 2),
            "events": judgement.events,
            **{violation: judgement.found[violation] for violation in VIOLATIONS},
            "met": judgement.met,
        }
        assert judgement.found == {}
