"""`make faults-store`: the full length, a line for each round, then one line of JSON, kept in bench/results."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
import pytest
from embedded_parts.postgres_cluster import program

from .judge import VIOLATIONS
from .ledger import ROOT

RESULT = ROOT / "bench" / "results" / "faults-store.json"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        tally = Path(folder) / "tally.json"
        os.environ |= {"TALLY": str(tally)}
        code = int(pytest.main([str(Path(__file__).parent), "-s", "-q", *sys.argv[1:]]))
        counts: dict[str, Any] = json.loads(tally.read_text()) if tally.exists() else {}
    if any(counts.get(violation, 0) for violation in VIOLATIONS):
        code = code or 1  # whatever the assertions made of it
    # What was not reached is null, never a zero that nobody counted.
    order = ("rounds", "acknowledged", "lost", "doubled", "gaps")
    text = json.dumps({key: counts.get(key) for key in order} | {"held": code == 0} | counts | where())
    if not sys.argv[1:]:  # a part of the tests is not the result
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(text + "\n")
    print(text, flush=True)
    return code


def where() -> dict[str, Any]:
    """The machine and the versions."""
    words = [str(program("postgres")), "--version"]
    server = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return {
        "machine": {
            "cores": os.cpu_count(),
            "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
            "system": platform.platform(),
            "processor": platform.machine(),
        },
        "versions": {
            "python": platform.python_version(),
            "postgresql": server[-1],
            "psycopg": psycopg.__version__,
            "libpq": psycopg.pq.version_pretty(psycopg.pq.version()),
            "eventsourcing": version("eventsourcing"),
        },
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    sys.exit(main())
