"""A server of these tests' own, since they kill it, and a ledger on it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from embedded_parts import Postgres

from .ledger import Ledger


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
