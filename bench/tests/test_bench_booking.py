"""A short run of the booking benchmark, so that it cannot rot: every count agrees, and nothing is said of speed."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEYS = {"confirmed_per_s", "p99_ms", "yardstick_per_s", "double_booked", "cpu_ms_per_booking", "machine", "versions"}


def test_a_short_run_of_the_booking_benchmark_confirms_all_and_every_count_agrees(tmp_path: Path) -> None:
    result = tmp_path / "bench-booking.json"
    short = {"SECONDS": "1", "PACE": "20", "RESULT": str(result)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.booking"], cwd=ROOT, env=os.environ | short, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(result.read_text()) == found
    assert found.keys() >= KEYS
    assert (found["failed"], found["double_booked"], found["yardstick_failed"]) == (0, 0, 0)
    check = found["check"]
    assert check["confirmed"] == check["rows"] == check["events_confirmed"] > 40
    assert check["head"] == 2 * check["confirmed"]
    assert set(check["heard"].values()) == {check["head"]}
    assert found["yardstick_per_s"] > 0
    assert set(found["cpu_ms_by_part"]) == {
        "booking", "PostgreSQL", "Kafka", "reader-1", "reader-2", "load generator"
    }  # fmt: skip
