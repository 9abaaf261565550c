"""A short run of each benchmark, so that none can rot: every part of it works, and nothing is said of speed."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
KEYS = {"ours_1", "ours_16", "ours_64", "wheel_16", "umadb_16", "lost", "machine", "versions", "load"}


def test_a_short_run_of_the_stores_benchmark_measures_everything_and_loses_nothing(tmp_path: Path) -> None:
    result = tmp_path / "bench-store.json"
    short = {"SECONDS": "0.1", "ROUNDS": "1", "EVENTS": "12000", "FILLED": "10000", "RESULT": str(result)}
    done = subprocess.run(
        [sys.executable, "-m", "bench.store"], cwd=ROOT, env=os.environ | short, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(result.read_text()) == found
    assert found.keys() >= KEYS
    assert found["lost"] == 0
    assert all(found[name] > 0 for name in KEYS if name.startswith(("ours", "wheel", "umadb")))
    assert found["verification"]["verified_per_s_2"] > 0
    assert found["log_bytes_per_event"] > 0
