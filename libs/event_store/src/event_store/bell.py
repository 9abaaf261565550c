"""Hears that something was appended: one listening connection for all subscriptions of a process, only ever a hint."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from event_store.wire import CHANNEL

_AGAIN_SECONDS = 1.0
_CONNECT_SECONDS_MAX = 3


class Bell:
    """Rings every subscription. It always reads, so that a slow subscriber never fills the server's queue.

    While it cannot listen, subscriptions live on their poll.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._listener: asyncio.Task[None] | None = None
        self._hearers: set[asyncio.Event] = set()

    @contextmanager
    def hearing(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something was appended; the hearer clears it."""
        hearer = asyncio.Event()
        self._hearers.add(hearer)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="event store bell")
        try:
            yield hearer
        finally:
            self._hearers.discard(hearer)

    async def close(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with asyncio.timeout(_CONNECT_SECONDS_MAX):
                    connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
                async with connection:
                    await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    async for _ in connection.notifies():
                        for hearer in self._hearers:
                            hearer.set()
            except (psycopg.Error, TimeoutError, OSError):
                await asyncio.sleep(_AGAIN_SECONDS)
