"""PostgreSQL for a service: a pool that opens without waiting and heals, and plain SQL migrations by yoyo."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import event_store
import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

Connection = psycopg.AsyncConnection[DictRow]

KIT_MIGRATIONS = Path(str(files("service_kit"))) / "migrations"
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
"""What a database that is away or restarting raises: try again later."""

LIVENESS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""A server that vanishes without a word is noticed within seconds instead of never."""


class Database:
    """The service's own database. Opening never fails: while it is away, each use raises one of `TRANSIENT`."""

    def __init__(self, url: str, *, connections_max: int = 8, wait_seconds: float = 2.0) -> None:
        self.url = url
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=connections_max,
            timeout=wait_seconds,
            reconnect_timeout=5,
            open=False,
            kwargs={"row_factory": dict_row, "options": "-c timezone=UTC -c statement_timeout=15000", **LIVENESS},
            check=AsyncConnectionPool.check_connection,
        )

    async def open(self) -> None:
        await self._pool.open(wait=False)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """One transaction: committed at the end of the block, rolled back on an exception."""
        async with self._pool.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """For reads of one statement; committed at the end of the block."""
        async with self._pool.connection() as connection:
            yield connection

    async def check(self) -> None:
        """Raises one of `TRANSIENT` while the database does not answer."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")


def migrate(owner_url: str, folders: Sequence[Path], service_role: str, *, ledger: bool = True) -> list[str]:
    """Apply what is missing of `folders`' migrations, and before them the ledger's and the kit's, as the owner.

    `ledger` is false for a second database that holds tables of the service only.

    `service_role` arrives in the migrations as `current_setting('rendezvous.service_role')`. Returns the names applied.
    A migration that does not get a table within a second is given up (`psycopg.errors.LockNotAvailable`; apply again):
    whoever wants the table queues behind one that waits, and an append waits for two seconds.
    """
    import yoyo  # which nobody else needs: a process that serves starts without it

    # yoyo notes who applied a migration, after it has committed and before it is marked: where the user of the process
    # has no name, as in a container, that would fail, and the migration with it for ever.
    os.environ.setdefault("LOGNAME", urlsplit(owner_url).username or service_role)
    backend = yoyo.get_backend(_yoyo_url(owner_url, service_role))
    sources = [str(folder) for folder in (*([event_store.MIGRATIONS, KIT_MIGRATIONS] if ledger else []), *folders)]
    migrations = yoyo.read_migrations(*sources)
    with backend.lock():
        pending = backend.to_apply(migrations)
        backend.apply_migrations(pending)
        return [migration.id for migration in pending]


def migrations_folder(package_file: str, name: str = "migrations") -> Path:
    """The migrations of the service whose package holds `package_file` (pass `__file__` of a module right in it).

    In a checkout they lie beside `src`; in a wheel they are carried inside the package.
    """
    package = Path(package_file).resolve().parent
    beside_src = package.parents[1] / name
    return beside_src if beside_src.is_dir() else package / name


def _yoyo_url(url: str, service_role: str) -> str:
    parts = urlsplit(url)
    query: dict[str, Any] = dict(parse_qsl(parts.query))
    query["options"] = f"-c rendezvous.service_role={service_role} -c lock_timeout=1s"
    return urlunsplit(("postgresql+psycopg", parts.netloc, parts.path, urlencode(query, quote_via=quote), ""))
