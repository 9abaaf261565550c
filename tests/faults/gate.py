"""A gate before a server: closed, nobody gets through and who was through is cut off; open, all passes unchanged."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Gate:
    """Listens on `address` and passes to `target` (host:port). Begins closed: connections are refused."""

    def __init__(self, target: str) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self._here: tuple[str, int] = chosen.getsockname()
        self._listener: socket.socket | None = None
        self._through: list[socket.socket] = []

    @property
    def address(self) -> str:
        return f"{self._here[0]}:{self._here[1]}"

    def open(self) -> None:
        self._listener = socket.create_server(self._here)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        if self._listener is not None:
            # A thread that waits in accept() keeps the socket alive until it is shut down.
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in self._through:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._through.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self._target)
                self._through += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=(source, sink), daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
