"""A real PostgreSQL for the ledger's tests, and a fresh, migrated ledger for each that asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from embedded_parts import TestParts
from embedded_parts.provision import ProvisionedDatabase
from event_store import MIGRATIONS, EventStore, RecordedEvent, SyncEventStore
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from yoyo import get_backend, read_migrations


def migrate(owner_url: str) -> None:
    """Apply the migrations as a service's migrator does: as the owner, with the service role's name as a setting."""
    service_role = urlsplit(owner_url).path.strip("/")
    options = urlencode({"options": f"-c rendezvous.service_role={service_role}"})
    backend = get_backend(owner_url.replace("postgresql://", "postgresql+psycopg://") + "?" + options)
    with backend.lock():
        backend.apply_migrations(backend.to_apply(read_migrations(str(MIGRATIONS))))
    backend.connection.close()


@pytest.fixture(scope="session")
def make_ledger(parts: TestParts) -> Callable[[], ProvisionedDatabase]:
    """Makes fresh, migrated ledgers."""
    return parts.copies("ledger", migrate)


@pytest.fixture(scope="module")
def shared(make_ledger: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    """A ledger for the tests of one module that keep apart by fresh tags."""
    return make_ledger()


@pytest.fixture
def fresh(make_ledger: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    """An empty ledger."""
    return make_ledger()


class Awaited:
    """The synchronous face behind the asynchronous one's calls, so that one suite runs against both."""

    def __init__(self, face: SyncEventStore) -> None:
        self._face = face

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(self._face, name)

        async def awaited(*given: Any, **named: Any) -> Any:
            return await asyncio.to_thread(call, *given, **named)

        return awaited

    async def read_range(self, **named: Any) -> AsyncIterator[list[RecordedEvent]]:
        for portion in self._face.read_range(**named):
            yield portion


@pytest.fixture
async def store(shared: ProvisionedDatabase) -> AsyncIterator[EventStore]:
    async with EventStore(shared.service_url) as opened:
        yield opened


@pytest.fixture(params=["asynchronous", "synchronous"])
async def each_face(shared: ProvisionedDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """The store by each of its faces in turn, called alike."""
    if request.param == "asynchronous":
        async with EventStore(shared.service_url) as opened:
            yield opened
    else:
        with SyncEventStore(shared.service_url) as face:
            yield Awaited(face)


@pytest.fixture(scope="session")
def migrate_ledger() -> Callable[[ProvisionedDatabase], None]:
    """Lays the ledger into a database that a test provisioned itself."""
    return lambda database: migrate(database.owner_url)


@pytest.fixture(scope="session")
def end_sessions() -> Callable[[ProvisionedDatabase], Awaitable[None]]:
    """Ends every session of the stores of a ledger, as a server does that is shut down."""

    async def end(database: ProvisionedDatabase) -> None:
        async with await psycopg.AsyncConnection.connect(database.service_url, autocommit=True) as own:
            await own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'event_store %'"
            )

    return end


@pytest.fixture(scope="session")
def wheel_environment() -> Callable[[ProvisionedDatabase, str], dict[str, str]]:
    """What selects a persistence module of the wheel's kind; the service role gets a schema for its views."""

    def select(database: ProvisionedDatabase, module: str) -> dict[str, str]:
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute("CREATE SCHEMA IF NOT EXISTS views")
            owner.execute(
                sql.SQL("GRANT USAGE, CREATE ON SCHEMA views TO {}").format(sql.Identifier(database.service_role))
            )
        address = {name: str(value) for name, value in conninfo_to_dict(database.service_url).items()}
        return {
            "PERSISTENCE_MODULE": module,
            "POSTGRES_DBNAME": address["dbname"],
            "POSTGRES_HOST": address["host"],
            "POSTGRES_PORT": address["port"],
            "POSTGRES_USER": address["user"],
            "POSTGRES_PASSWORD": address["password"],
            "POSTGRES_SCHEMA": "views",
            "POSTGRES_POOL_SIZE": "2",
        }

    return select
