"""A short run of the import's benchmark, so that it cannot rot: every row comes to what it is to, once."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_short_run_of_the_imports_benchmark_takes_every_row_over_once(tmp_path: Path) -> None:
    result = tmp_path / "bench-import.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench.importing"], cwd=ROOT, env=os.environ | {"ROWS": "40", "RESULT": str(result)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert json.loads(result.read_text()) == found
    rates = [f"{file}_{step}_per_s" for file in ("csv", "icalendar") for step in ("dry", "go", "again")]
    assert all(found[name] > 0 for name in (*rates, "insert_per_s", "executemany_per_s", "copy_per_s"))
    assert found.keys() >= {"rows", "rows_per_minute", "others_percent", "machine", "versions"}
