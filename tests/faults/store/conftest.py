"""A server of these tests' own, since they kill it; the ledger on it; and the counts that `make faults-store` prints."""

from __future__ import annotations

import json
import os
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


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("killed") / "postgres") as postgres:
        yield postgres


@pytest.fixture(scope="module")
def ledger(server: Postgres) -> Ledger:
    return Ledger.make(server)
