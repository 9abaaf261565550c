"""What the directory's tests share: the gazetteer, the sample, and a database with the sample imported."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from booking_events import PublicEvent
from directory.adapters.gazetteer_file import load_gazetteer
from directory.adapters.importer import Importer
from directory.domain.gazetteer import Gazetteer
from embedded_parts.provision import ProvisionedDatabase
from event_store import append_in_transaction
from service_kit.clock import Clock
from service_kit.database import Connection, Database, migrate
from service_kit.outbox import to_outbox

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample/PS_LibreAcces_Personne_activite_202611230000.txt"


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


@pytest.fixture(scope="session")
def sample() -> bytes:
    return SAMPLE.read_bytes()


def install(owner_url: str) -> None:
    migrate(owner_url, [ROOT / "migrations"], httpx.URL(owner_url).path.strip("/"))


@pytest.fixture
def fresh(database: Any) -> ProvisionedDatabase:
    """An empty directory."""
    made: ProvisionedDatabase = database("directory", install)
    return made


async def say(connection: Connection, facts: Sequence[PublicEvent]) -> None:
    await append_in_transaction(connection, [to_outbox(fact, Clock().now()) for fact in facts])


@pytest.fixture
async def opened(fresh: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = Database(fresh.service_url)
    await database.open()
    yield database
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
def importer(opened: Database, gazetteer: Gazetteer) -> Importer:
    return Importer(opened, Clock(), gazetteer, say)


@pytest.fixture(scope="session")
def loaded(database: Any, gazetteer: Gazetteer) -> ProvisionedDatabase:
    """A directory with the sample imported, for tests that only read."""
    made: ProvisionedDatabase = database("directory", install)

    async def load() -> None:
        opened = Database(made.service_url)
        await opened.open()
        with SAMPLE.open("rb") as file:
            await Importer(opened, Clock(), gazetteer, say).run(file, SAMPLE.name, lambda *_: None, lambda _: None)
        await opened.close()

    asyncio.run(load())
    return made


@pytest.fixture
async def reading(loaded: ProvisionedDatabase) -> AsyncIterator[Database]:
    database = Database(loaded.service_url)
    await database.open()
    yield database
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
def row() -> Callable[..., str]:
    """A line of the national file: a dermatologist in Angers, with what the test changes by column number."""
    lines = SAMPLE.read_bytes().splitlines()
    good = lines[1].decode().split("|")

    def make(changes: dict[int, str] | None = None) -> str:
        parts = list(good)
        for at, value in (changes or {}).items():
            parts[at] = value
        return "|".join(parts)

    return make


@pytest.fixture(scope="session")
def header() -> str:
    return SAMPLE.read_bytes().splitlines()[0].decode()
