"""The right to speak: an advisory lock on a direct connection, lost with it, so that one process at a time leads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from event_store.link import conninfo

from service_kit.database import LIVENESS

LEADER_LOCK = 7_206_512_001
IDLE_SECONDS_MAX = 4
_SIGN_OF_LIFE_SECONDS = 1.0
_ASK_AGAIN_SECONDS = 0.25

T = TypeVar("T")

Leadership = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def leadership(database_url: str) -> AsyncIterator[Leadership]:
    """Waits until nobody else leads on this database, then gives the connection that holds the lock.

    The leader uses it at least every IDLE_SECONDS_MAX / 2, or the server ends the session: a process that was
    stopped keeps its connection alive in the kernel, and would lead for ever without a word. Whatever it raises from
    then on says that the lead is lost.
    """
    connection = await psycopg.AsyncConnection.connect(conninfo(database_url, "leader"), autocommit=True, **LIVENESS)
    try:
        await connection.execute(f"SET idle_session_timeout = '{IDLE_SECONDS_MAX}s'".encode())
        # Asked again and again: a statement that waits for the lock would keep vacuum from cleaning up all that time.
        while not await _locked(connection):  # noqa: ASYNC110 (a lock in the database sends no event)
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
        yield connection
    finally:
        await connection.close()


async def _locked(connection: Leadership) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])


async def while_held(lead: Leadership, doing: Awaitable[T]) -> T:
    """`doing`, with a sign of life to the server now and then; broken off when the lead is lost."""
    task = asyncio.ensure_future(doing)
    try:
        while not (await asyncio.wait([task], timeout=_SIGN_OF_LIFE_SECONDS))[0]:
            await lead.execute("SELECT 1")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
