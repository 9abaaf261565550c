"""`make faults-relay`: the figures, then the faults at full length, then one line of JSON, kept in bench/results."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from ..store.__main__ import where
from .conftest import EVENTS
from .house import ROOT
from .judge import VIOLATIONS
from .measuring import PACES, measured_house

RESULT = ROOT / "bench" / "results" / "faults-relay.json"
_HERE = Path(__file__).parent
# The whole demo comes last: it stays up till the end.
_TESTS = (_HERE, _HERE.parent / "test_rebuild.py", _HERE.parent / "test_rolling_restart.py")
_SECONDS = float(os.environ.get("SECONDS") or 60)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="rendezvous-relay-") as made:
        folder = Path(made)
        figures = asyncio.run(measured(folder / "measured")) if not sys.argv[1:] else {}
        os.environ |= {"TALLY": str(folder / "tally.json")}
        code = int(pytest.main([*map(str, _TESTS), "-s", "-q", "-p", "no:randomly", *sys.argv[1:]]))
        tally = folder / "tally.json"
        counts: dict[str, Any] = json.loads(tally.read_text()) if tally.exists() else {}
    if any(each.get(violation, 0) for each in (counts, *_nested(counts)) for violation in VIOLATIONS):
        code = code or 1  # whatever the assertions made of it
    # What was not reached is null, never a zero that nobody counted.
    order = ("events", "lost", "doubled", "reordered", "kills", "commit_to_kafka_p99_ms", "drain_per_s")
    found = counts | figures
    text = json.dumps({key: found.get(key) for key in order} | {"held": code == 0} | found | where() | _versions())
    if not sys.argv[1:]:  # a part of the tests is not the result
        RESULT.write_text(text + "\n")
    print(text, flush=True)
    return code


async def measured(folder: Path) -> dict[str, Any]:
    """Before anything is killed, and on parts of its own."""
    paces = {}
    async with measured_house(folder) as house:
        house.house.start("relay-1")
        for pace in PACES:
            paces[str(pace)] = await house.commit_to_kafka(pace, _SECONDS)
            print(f"commit to Kafka at {pace} bookings/s: {paces[str(pace)]}", flush=True)
        house.house.end("relay-1")
        drained = await house.drain(EVENTS)
        print(f"backlog: {drained}", flush=True)
    return {"commit_to_kafka_p99_ms": paces[str(PACES[-1])]["p99_ms"], "commit_to_kafka": paces, **drained}


def _nested(counts: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in counts.values() if isinstance(each, dict)]


def _versions() -> dict[str, Any]:
    return {"kafka": "4.3.1", "aiokafka": version("aiokafka")}


if __name__ == "__main__":
    sys.exit(main())
