"""A server that may be killed, with a ledger on it, and the client processes that work on it."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
from embedded_parts import LeashedProcess, Postgres, ProvisionedDatabase, provision
from embedded_parts.process import wait_for_end
from event_store import MIGRATIONS
from yoyo import get_backend, read_migrations

from ..stack import until
from .journal import ACKNOWLEDGED, lines_of

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Ledger:
    """A database with the ledger and a table of a service's own; its addresses are of one server."""

    server: Postgres
    name: str
    database: ProvisionedDatabase

    @classmethod
    def make(cls, server: Postgres) -> Ledger:
        name = f"ledger_{uuid.uuid4().hex[:10]}"
        database = provision(server.url, name, uuid.uuid4().hex, uuid.uuid4().hex)
        # As a service's migrator does it: as the owner, with the service role's name as a setting.
        options = urlencode({"options": f"-c rendezvous.service_role={database.service_role}"})
        backend = get_backend(database.owner_url.replace("postgresql://", "postgresql+psycopg://") + "?" + options)
        with backend.lock():
            backend.apply_migrations(backend.to_apply(read_migrations(str(MIGRATIONS))))
        backend.connection.close()
        with psycopg.connect(database.owner_url) as owner:
            owner.execute("CREATE TABLE changes (name text PRIMARY KEY)")
        return cls(server, name, database)

    def on(self, server: Postgres, name: str | None = None) -> Ledger:
        """The same ledger, restored on another server: the same roles with the same passwords."""

        def moved(url: str) -> str:
            parts = urlsplit(url)
            place = f"{parts.netloc.rpartition(':')[0]}:{server.port}"
            return parts._replace(netloc=place, path=f"/{name or self.name}").geturl()

        given = self.database
        return Ledger(server, name or self.name, ProvisionedDatabase(moved(given.owner_url), moved(given.service_url)))

    def as_superuser(self) -> psycopg.Connection:
        return psycopg.connect(self.server.url, dbname=self.name, autocommit=True)

    def kill_server(self) -> float:
        """kill -9 of the postmaster, which its backends do not survive; when it was."""
        pid, moment = self.server.pid, time.monotonic()
        os.kill(pid, signal.SIGKILL)
        assert wait_for_end(pid, 10) or not self.server.running
        return moment

    def kill_backend(self) -> float:
        """kill -9 of one that appends: the server ends all sessions, recovers and goes on; when it was."""
        with self.as_superuser() as connection:
            words = (
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND application_name = 'event_store appends' ORDER BY state <> 'active', random() LIMIT 1"
            )
            found = connection.execute(words).fetchone()
            assert found is not None, "nobody was connected to append"
            moment = time.monotonic()
            os.kill(found[0], signal.SIGKILL)
        noticed = f"(PID {found[0]}) was terminated by signal 9"
        until("the server noticed", lambda: noticed in self.server.log.read_text(errors="replace"))
        return moment


class ClientProcess:
    """One client process and its journal."""

    def __init__(self, ledger: Ledger, folder: Path, name: str, *words: str) -> None:
        self.name, self.journal = name, folder / f"{name}.journal"
        command = [sys.executable, "-m", "tests.faults.store.client", ledger.database.service_url, str(self.journal)]
        self.process = LeashedProcess([*command, name, *words], log=folder / f"{name}.log", folder=ROOT)

    def acknowledged(self) -> int:
        return sum(line.word in ACKNOWLEDGED for line in lines_of(self.journal))

    def wait_for_work(self, more: int) -> None:
        """Until so many further requests of its are acknowledged."""
        wanted = self.acknowledged() + more

        def enough() -> bool:
            assert self.process.running, f"{self.name} ended: {self.process.log_since_start()[-3000:]}"
            return self.acknowledged() >= wanted

        until(f"{self.name} has {wanted} requests acknowledged", enough, 90)

    def kill(self) -> None:
        self.process.send(signal.SIGKILL)
        self.process.kill()

    def finish(self) -> None:
        """Let it get its answers and end; a client that fails has found something."""
        self.process.send(signal.SIGTERM)
        assert self.process.wait(90), f"{self.name} does not get its answers"
        code, said = self.process.exit_code, self.process.log_since_start()[-3000:]
        self.process.kill()
        assert code == 0, f"{self.name} failed: {said}"
