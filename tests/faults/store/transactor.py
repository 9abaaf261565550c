"""Appends as the last statement of a transaction that changes a row: both are there in the end, or neither."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from types import TracebackType
from typing import Any, Self

import psycopg
from event_store import RequestSeen, append_in_transaction

from .journal import FREELY, Journal
from .wishes import Wish

_AGAIN_SECONDS = 0.1


class Transactor:
    """One connection, made anew after a loss. At the step `pause_at` it stops itself between append and COMMIT."""

    def __init__(self, url: str, journal: Journal, *, pause_at: int | None = None) -> None:
        self._url, self._journal, self._pause_at = url, journal, pause_at
        self._connection: psycopg.AsyncConnection[Any] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def append(self, wanted: Wish) -> None:
        """Change and append until there is an answer, always under the same id."""
        while True:
            try:
                connection = await self._connected()
                self._journal.write(wanted.name, "try", FREELY)
                async with connection.transaction():
                    # A retry of what was committed finds its row there, and is told so by the ledger.
                    words = "INSERT INTO changes (name) VALUES (%s) ON CONFLICT DO NOTHING"
                    await connection.execute(words, [wanted.name])
                    position = await append_in_transaction(connection, wanted.events, request=wanted.request)
                    self._pause(wanted.name, position)
            except RequestSeen as known:
                self._journal.write(wanted.name, "AlreadySeen", known.seen.position)
                return
            except psycopg.Error:
                self._journal.write(wanted.name, "unknown")
                with contextlib.suppress(psycopg.Error):
                    if self._connection is not None:
                        await self._connection.close()
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self._journal.write(wanted.name, "Appended", position)
                return

    def _pause(self, name: str, position: int) -> None:
        if self._pause_at is not None and name.endswith(f".{self._pause_at}"):
            self._pause_at = None
            self._journal.write(name, "uncommitted", position)
            os.kill(os.getpid(), signal.SIGSTOP)

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=5, application_name="transactor"
            )
        return self._connection
