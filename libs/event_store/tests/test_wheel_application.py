"""The example that is written with the wheel runs unchanged in memory, on the wheel's PostgreSQL and on the ledger."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase

EXAMPLES = Path(__file__).parents[1] / "examples"
Select = Callable[[ProvisionedDatabase, str], dict[str, str]]


def run(environment: dict[str, str]) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", "wheel_application"],
        cwd=EXAMPLES, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("where", ["in memory", "the wheel's PostgreSQL", "the ledger"])
def test_only_the_environment_says_where_its_events_go(
    fresh: ProvisionedDatabase, wheel_environment: Select, where: str
) -> None:
    module = {"the wheel's PostgreSQL": "eventsourcing.dcb.postgres_tt", "the ledger": "event_store.persistence"}
    environment = {}
    if where in module:
        environment = wheel_environment(fresh, module[where])
        environment["PLACES_VIEW"] = "wheel_application.sessions:PlacesInPostgres"
    if where == "the wheel's PostgreSQL":
        # Some of its statements name no schema.
        environment |= {"PLACES_PERSISTENCE_MODULE": "eventsourcing.postgres", "PGOPTIONS": "-c search_path=views"}
    times = 1 if where == "in memory" else 2  # the second run goes on where the first one ended
    assert [run(environment) for _ in range(times)] == ["joined: 3, places taken: 3\n"] * times
    with psycopg.connect(fresh.service_url) as connection:
        ((events,),) = connection.execute("SELECT count(*) FROM ledger.events").fetchall()
    assert events == (8 if where == "the ledger" else 0)


def test_it_names_nothing_of_ours() -> None:
    for path in (EXAMPLES / "wheel_application").glob("*.py"):
        assert "event_store" not in path.read_text()
