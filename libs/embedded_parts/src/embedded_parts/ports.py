"""Free ports of 127.0.0.1, remembered in a file so that the next start finds the same addresses."""

import json
import random
import socket
from pathlib import Path

from embedded_parts.failure import PartFailed
from embedded_parts.files import write_atomically

# Below Linux's ephemeral range (32768 and up): there, any outgoing connection of this machine may take a port
# between two starts, and an address printed yesterday would be gone today.
_LOWEST, _HIGHEST = 20_000, 32_000
_DRAWS_MAX = 500


def is_free(port: int) -> bool:
    """True when nobody listens on this port of 127.0.0.1 (a connection in TIME_WAIT does not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            # Two sockets with SO_REUSEADDR may both bind; only listening tells whether somebody already listens.
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(avoid: frozenset[int] | set[int] = frozenset()) -> int:
    """A port of 127.0.0.1 on which nobody listens now and that is not in `avoid`; PartFailed when there is none."""
    draw = random.SystemRandom()
    for _ in range(_DRAWS_MAX):
        port = draw.randrange(_LOWEST, _HIGHEST)
        if port not in avoid and is_free(port):
            return port
    raise PartFailed(f"No free port was found between {_LOWEST} and {_HIGHEST} on 127.0.0.1.")


class Ports:
    """Ports by name, kept in a JSON file: the same name gets the same port again as long as it is free."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._kept: dict[str, int] = _read(file)
        self._given: set[int] = set()

    def take(self, name: str) -> int:
        """The port of this name: the one it had before if nobody else has it now, else another free one."""
        kept = self._kept.get(name)
        if kept is not None and kept not in self._given and is_free(kept):
            port = kept
        else:
            others = {port for other, port in self._kept.items() if other != name}
            port = free_port(avoid=self._given | others)
        self._given.add(port)
        if self._kept.get(name) != port:
            self._kept[name] = port
            write_atomically(self._file, json.dumps(self._kept, indent=1, sort_keys=True) + "\n")
        return port


def _read(file: Path) -> dict[str, int]:
    try:
        kept = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return {str(name): int(port) for name, port in kept.items()} if isinstance(kept, dict) else {}
