"""The addresses and secrets of one demo: who listens where, and the environment that every process gets."""

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from embedded_parts import Ports, ProvisionedDatabase

from demo.keys import Keys

# What a child takes over from the terminal: enough to run, nothing that would set a service by accident; and OTEL_*,
# by which whoever wants the traces says where they go.
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE", "SSL_CERT_DIR")


class House:
    """One demo's data folder: its ports by name, its keys, and the files that processes share."""

    clock_moves = True
    """Whether a control moves the clock of the services."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.logs = data / "logs"
        # What commands say is kept apart from the logs: those of accounts name people, and only their owner reads it.
        self.commands = data / "commands"
        self.commands.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clock_file = data / "clock.json"
        self.demo_file = data / "demo.json"
        self.keys = Keys(data / "keys")
        self._ports = Ports(data / "ports.json")
        self._taken: dict[str, int] = {}
        # Parts are started side by side, and each asks for its own and the others' ports.
        self._lock = threading.Lock()
        self.kafka = ""
        self.databases: dict[str, ProvisionedDatabase] = {}

    def port(self, name: str) -> int:
        """The port of this name: the same for the whole run, and at the next start if it is still free."""
        with self._lock:
            if name not in self._taken:
                self._taken[name] = self._ports.take(name)
            return self._taken[name]

    def url(self, name: str) -> str:
        """The address under which the process of this name answers."""
        return f"http://127.0.0.1:{self.port(name)}"

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """The whole environment of a process: the little that is passed on, what all share, and its own."""
        passed_on = {name: os.environ[name] for name in os.environ if name in _PASSED_ON or name.startswith("OTEL_")}
        # The zones come from the tzdata wheel, so that every machine computes with the same ones.
        shared = {"PYTHONUNBUFFERED": "1", "PYTHONTZPATH": "", "CLOCK_FILE": str(self.clock_file)}
        return {**passed_on, **shared, **own}

    @staticmethod
    def module(*words: str) -> tuple[str, ...]:
        """The command that runs a module with this Python."""
        return (sys.executable, "-m", *words)
