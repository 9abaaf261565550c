"""`make bench-store`: SECONDS a measurement, ROUNDS of each, the log up to EVENTS; ends with one line of JSON."""

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from bench.store.ceiling import pgbench
from bench.store.contestants import Ours, UmaDB, Wheel
from bench.store.duel import TASKS, duel, growth
from bench.store.filling import fill
from bench.store.machine import Others, machine, versions
from bench.store.multiplying import multiply
from bench.store.parts import Parts, parts
from bench.store.settling import settle, whole_pages
from bench.store.sizes import sizes
from bench.store.verifying import verification

_SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
_BYTES_FREE_PER_EVENT = 4_000  # events, their write-ahead log, and as much again to breathe
_WHOLE_PAGES_PER_S = 1_000  # some 8 MB/s: as much as the events themselves write
_began = time.monotonic()


def say(words: str) -> None:
    print(f"{time.monotonic() - _began:6.0f} s  {words}", file=sys.stderr, flush=True)


def main() -> None:
    seconds, rounds = float(os.environ.get("SECONDS") or 5), int(os.environ.get("ROUNDS") or 3)
    events = int(os.environ.get("EVENTS") or 1_000_000)
    filled_max = int(os.environ.get("FILLED") or 1_000_000)  # beyond it by bulk load
    with parts() as running, Others() as others:
        if shutil.disk_usage(running.folder).free < events * _BYTES_FREE_PER_EVENT:
            raise SystemExit(f"bench-store: {events:,} events need {events * _BYTES_FREE_PER_EVENT / 1e9:.0f} GB free")
        result = beside(running, seconds, rounds) | growing(running, seconds, rounds, events, filled_max)
    result |= {"machine": machine(), "versions": versions(), "others_percent": round(others.percent)}
    result |= {"load": {"seconds": seconds, "rounds": rounds, "events": events, "load_average": os.getloadavg()[1]}}
    line = json.dumps(result)
    if target := os.environ.get("RESULT"):
        Path(target).write_text(line + "\n")
    print(line)


def beside(running: Parts, seconds: float, rounds: int) -> dict[str, Any]:
    """Ours beside the two others, and beside pgbench."""
    ledger = running.database("ours", ledger=True)
    wheel = running.database("wheel", ledger=False)
    contestants = (Ours(ledger.service_url), Wheel(wheel.owner_url, max(TASKS)), UmaDB(running.umadb_url))
    with Others() as others:
        medians, lost = duel(contestants, rounds, seconds, say)
    ceiling = pgbench(ledger.service_url, 16, seconds, running.folder)
    say(f"pgbench at 16: {ceiling:,.0f}/s; lost: {lost}")
    rates = {name: round(each["per_s"]) for name, each in medians.items()}
    kept = {"lost": lost["ours"], "lost_by_others": {name: n for name, n in lost.items() if name != "ours"}}
    return rates | kept | {"pgbench_16": round(ceiling), "duel": medians, "duel_others_percent": round(others.percent)}


def growing(running: Parts, seconds: float, rounds: int, events: int, filled_max: int) -> dict[str, Any]:
    """Ours at 16 tasks as its log grows, what it weighs, and how fast its chain is verified.

    At each size, first right after a checkpoint of the server, when the first change of each page is logged with the
    whole page; then once most pages that are written to have been, which is how it is until the next checkpoint.
    """
    ledger = running.database("growing", ledger=True)
    ours, found, weighed = Ours(ledger.service_url), dict[str, Any](), dict[str, object]()
    for size in [size for size in _SIZES if size < events] + [events]:
        filled = 0.0
        if size <= filled_max:
            filled = fill(ledger.service_url, size, say)
            weighed = sizes(ledger.owner_url)
        else:
            multiply(ledger.owner_url, size, say)
        settle(running.postgres_url, ledger.owner_url)
        with Others() as others:
            began = time.monotonic()
            after = growth(ours, 16, 1, seconds)
            while whole_pages(running.postgres_url) > seconds * _WHOLE_PAGES_PER_S and time.monotonic() < began + 300:
                growth(ours, 16, 1, seconds)
            calm_after = time.monotonic() - began
            calm = growth(ours, 16, rounds, seconds)
        found[str(size)] = calm | {
            "after_checkpoint_per_s": round(after["per_s"]),
            "calm_after_s": round(calm_after),
            "filled_per_s": round(filled) or None,
            "others_percent": round(others.percent),
        }
        rates = f"{after['per_s']:,.0f}/s after a checkpoint, {calm['per_s']:,.0f}/s from {calm_after:.0f} s on"
        say(f"at {size:,} events: {rates}, p99 {calm['p99_ms']} ms")
    return {"growth_16": found, "verification": verification(ledger.service_url, say), **weighed}


if __name__ == "__main__":
    main()
