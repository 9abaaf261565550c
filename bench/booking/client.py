"""A raw HTTP/1.1 client for load: kept connections, one request on each at a time, nothing tried again."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import cast

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_CLOSING = re.compile(rb"\r\nconnection: close\r\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes


class _Connection(asyncio.Protocol):
    """One connection, and the one answer that is waited for on it."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[Response] | None = None
        self._transport: asyncio.Transport | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport, self.open = cast(asyncio.Transport, transport), True  # uvloop's is not told apart by class

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head + b"\r\n") if found else None
        if not found or (length is not None and len(body) < int(length[1])):
            return
        if _CLOSING.search(head + b"\r\n"):
            self.open = False
        self._received = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(Response(int(head[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the connection was closed before the answer"))

    async def ask(self, request: bytes) -> Response:
        assert self._transport is not None  # noqa: S101 - connected before it is asked
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class Client:
    """One server's address and the connections to it. `post` raises OSError when there is no answer.

    `connect_to`: where the name in `url` is to be found, when nobody else knows.
    """

    def __init__(self, url: str, connect_to: str | None = None) -> None:
        self.host, _, port = url.removeprefix("http://").partition(":")
        self.port, self._connect_to = int(port), connect_to or self.host
        self._idle: list[_Connection] = []

    async def connect(self, count: int) -> None:
        """So many connections before the clock starts."""
        self._idle += [await self._connected() for _ in range(count)]

    async def get(self, path: str) -> Response:
        return await self._ask(f"GET {path} HTTP/1.1\r\nhost: {self.host}\r\n\r\n".encode())

    async def post(self, path: str, headers: str, body: str) -> Response:
        """`headers`: whole lines, each with its line end."""
        return await self._ask(
            f"POST {path} HTTP/1.1\r\nhost: {self.host}\r\ncontent-type: application/json\r\n{headers}"
            f"content-length: {len(body)}\r\n\r\n{body}".encode("ascii")
        )

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _ask(self, request: bytes) -> Response:
        connection = None
        # The last one used first; those that the server has closed meanwhile are left out.
        while self._idle and connection is None:
            last = self._idle.pop()
            connection = last if last.open else None
        connection = connection or await self._connected()
        response = await connection.ask(request)
        if connection.open:
            self._idle.append(connection)
        else:
            connection.close()
        return response

    async def _connected(self) -> _Connection:
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, self._connect_to, self.port)
        return connection
