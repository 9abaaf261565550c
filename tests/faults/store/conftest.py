"""A server of these tests' own, since they kill it; a ledger on it; and the counts that `make faults-store` prints."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded_parts import Postgres

from .ledger import Ledger

Tally = dict[str, Any]


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """What was met and what was found; written where TALLY names a file, whether or not the tests held."""
    counts: Tally = {}
    yield counts
    if os.environ.get("TALLY"):
        Path(os.environ["TALLY"]).write_text(json.dumps(counts))


@pytest.fixture(scope="session")
def room() -> Iterator[Path]:
    """Where servers live. Each start of pytest by the same user closes pytest's own folders to all other users, and
    under root PostgreSQL is another user: a server that recovers there may not find its data any more."""
    with tempfile.TemporaryDirectory(prefix="rendezvous-faults-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def server(room: Path) -> Iterator[Postgres]:
    with Postgres(room / "first") as postgres:
        yield postgres


@pytest.fixture(scope="module")
def ledger(server: Postgres) -> Ledger:
    return Ledger.make(server)
