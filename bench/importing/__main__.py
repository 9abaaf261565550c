"""`make bench-import`: ROWS appointments of a practice from CSV and from iCalendar, dry, for good and again.

Each is the whole command as an operator types it, its start included. One line of JSON at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from embedded_parts import Postgres, provision

from bench.importing.bare import bare
from bench.importing.practice import make_known, practice
from bench.store.machine import Others, machine

STEPS = {"dry": [], "go": ["--go"], "again": ["--go"]}
OUTCOMES = {"dry": "imported", "go": "imported", "again": "already-there"}


def main() -> None:
    rows = int(os.environ.get("ROWS") or 5_000)
    with tempfile.TemporaryDirectory(prefix="bench-import-") as made, Postgres(Path(made) / "postgres") as postgres:
        names = ("booking", "booking_keys", "bare")
        databases = {name: provision(postgres.url, name, f"{name}-owner", f"{name}-service") for name in names}
        settings = {
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "ACCOUNTS_URL": "http://127.0.0.1:1",
            "AVAILABILITY_URL": "http://127.0.0.1:1",
            **{f"{name.upper()}_DATABASE_URL": database.service_url for name, database in databases.items()},
            **{f"{name.upper()}_OWNER_DATABASE_URL": database.owner_url for name, database in databases.items()},
        }
        _booking(["migrate"], settings)
        both = practice(rows, datetime.now(UTC)), practice(rows, datetime.now(UTC))
        make_known(databases["booking"].service_url, both)
        files = both[0].csv(Path(made) / "visits.csv"), both[1].icalendar(Path(made) / "visits.ics")
        result: dict[str, Any] = {"rows": rows}
        with Others() as others:
            for name, each, file in zip(("csv", "icalendar"), both, files, strict=True):
                for step, words in STEPS.items():
                    seconds = _imported(each.agenda_id, file, words, settings, {OUTCOMES[step]: rows})
                    result[f"{name}_{step}_per_s"] = round(rows / seconds)
            result |= bare(databases["bare"].owner_url, both[0])
    result["rows_per_minute"] = 60 * min(result["csv_go_per_s"], result["icalendar_go_per_s"])
    result |= {"others_percent": round(others.percent), "load_average": round(os.getloadavg()[0], 1)}
    result |= {"machine": machine(), "versions": {name: version(name) for name in ("psycopg", "icalendar")}}
    line = json.dumps(result)
    if target := os.environ.get("RESULT"):
        Path(target).write_text(line + "\n")
    print(line)


def _imported(agenda: str, file: Path, words: list[str], settings: dict[str, str], wanted: dict[str, int]) -> float:
    """The seconds that the command took. Every row must have come to what was wanted."""
    began = time.monotonic()
    report = json.loads(_booking(["import", agenda, str(file), "--json", *words], settings))
    seconds = time.monotonic() - began
    if report["counts"] != wanted:
        raise RuntimeError(f"{file.name} {words}: {report['counts']}")
    print(f"{file.suffix[1:]} {' '.join(words) or 'dry'}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return seconds


def _booking(words: list[str], settings: dict[str, str]) -> str:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "booking", *words], env={**os.environ, **settings}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{words}: {done.stderr[-2000:] or done.stdout[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    main()
