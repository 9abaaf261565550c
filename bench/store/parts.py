"""The servers of one run, fresh and on a disk of their own choosing: PostgreSQL with its databases, and UmaDB."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]
from embedded_parts import Postgres, ProvisionedDatabase, provision
from embedded_parts.ports import Ports
from embedded_parts.process import LeashedProcess, StopStep
from service_kit.database import migrate

_READY_SECONDS_MAX = 20
# As whoever runs a log of millions sets it (docs/adr/0007): a quarter of the memory, and few checkpoints.
_SETTINGS = {
    "shared_buffers": f"{psutil.virtual_memory().total // 4 >> 20}MB",
    "effective_cache_size": f"{psutil.virtual_memory().total // 2 >> 20}MB",
    "max_wal_size": "16GB",
    "maintenance_work_mem": "1GB",
}


@dataclass(frozen=True, slots=True)
class Parts:
    folder: Path
    postgres_url: str
    umadb_url: str

    def database(self, name: str, *, ledger: bool) -> ProvisionedDatabase:
        made = provision(self.postgres_url, name, f"{name}-owner", f"{name}-service")
        if ledger:
            migrate(made.owner_url, [], name)
        return made


@contextmanager
def parts() -> Iterator[Parts]:
    with TemporaryDirectory(prefix="bench-store-") as made:
        folder = Path(made)
        with Postgres(folder / "postgres", settings=_SETTINGS) as postgres:
            port = Ports(folder / "ports.json").take("umadb")
            # As its users get it: the wheel's server with its defaults, which are durable as PostgreSQL's are.
            words = [str(Path(sys.executable).with_name("umadb")), "--listen", f"127.0.0.1:{port}"]
            server = LeashedProcess([*words, "--db-path", str(folder / "uma.db")], log=folder / "umadb.log")
            try:
                _wait_for(port, server)
                yield Parts(folder, postgres.url, f"http://127.0.0.1:{port}")
            finally:
                server.stop((StopStep(signal.SIGINT, 5),))


def _wait_for(port: int, server: LeashedProcess) -> None:
    deadline = time.monotonic() + _READY_SECONDS_MAX
    while server.running and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"UmaDB did not start: {server.log_since_start()[-500:]}")
