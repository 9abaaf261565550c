"""python -m tests.deploy.smoke.inside FOLDER: the test on the machine that machine.sh makes; it writes result.json."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.crowd import crowd

from .cluster import Cluster
from .overlay import Overlay
from .visitors import Visited, journey

_began = time.monotonic()
_SECONDS_FOR_EACH = 45
_BETWEEN_SECONDS = 2.0


def say(words: str) -> None:
    print(f"{time.monotonic() - _began:6.0f} s  {words}", file=sys.stderr, flush=True)


def smoke(folder: Path, per_second: float) -> dict[str, Any]:
    """Raises RuntimeError for what does not run."""
    cluster = Cluster(folder)
    cluster.start()
    say("the API, controllers, scheduler and names are there")
    say(f"the node is ready {cluster.join(folder / 'images.tar'):.0f} s after its start, images included")
    overlay = Overlay(cluster, folder)
    try:
        return visited(overlay, folder, per_second)
    except BaseException:
        for what in ("pods", "events"):
            (folder / f"{what}.log").write_text(cluster.kubectl("get", what, "-A", "-o=wide").stdout)
        raise


def visited(overlay: Overlay, folder: Path, per_second: float) -> dict[str, Any]:
    began = time.monotonic()
    overlay.apply()
    ready = overlay.ready()
    say(f"overlays/dev is applied: {ready} pods ready after {time.monotonic() - began:.0f} s")
    for line in journey(overlay, folder):
        say(line)
    deployments = overlay.names("deployment")
    restarts = asyncio.run(restarted(overlay, deployments, per_second))
    journey(overlay, folder)
    say("the journey again, with all of them new")
    again = overlay.started_again()
    began = time.monotonic()
    codes = overlay.drain()
    say(f"drained in {time.monotonic() - began:.0f} s; exit codes: {codes}")
    overlay.undrain()
    journey(overlay, folder)
    say(f"{overlay.ready()} pods are back, and what they had kept; the journey again")
    return {
        "pods_ready": ready,
        "journeys": 3,
        "restarts": len(deployments),
        **restarts,
        "bookings_per_s": per_second,
        "containers_started_again": again,
        "drained": codes,
    }


async def restarted(overlay: Overlay, names: list[str], per_second: float) -> dict[str, Any]:
    """Every Deployment restarted in turn while people book: what became of the bookings, and the seconds of each."""
    took: dict[str, float] = {}
    booked: dict[str, int] = {}
    async with crowd(Visited(overlay), per_second, _SECONDS_FOR_EACH * len(names)) as outcome:
        await asyncio.sleep(_BETWEEN_SECONDS)
        for name in (each.rpartition("/")[2] for each in names):
            before = outcome.confirmed
            took[name] = round(await asyncio.to_thread(overlay.restart, f"deployment/{name}"), 1)
            await asyncio.sleep(_BETWEEN_SECONDS)
            booked[name] = outcome.confirmed - before
            say(
                f"restarted {name} in {took[name]} s: {booked[name]} booked meanwhile, {outcome.failed} requests failed"
            )
    return {
        "failed_requests": outcome.failed,
        "answers": dict(outcome.answers),
        "examples": outcome.examples,
        "restart_seconds": took,
        "booked_meanwhile": booked,
    }


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started the machine ends it
    given = Path(sys.argv[1])
    try:
        (given / "result.json").write_text(json.dumps(smoke(given, float(os.environ.get("PACE") or 10))))
    except RuntimeError as failure:
        raise SystemExit(f"kube-smoke: {failure}") from None
