"""One connection that is made when it is first needed, made anew after a loss, and never waited for without bound."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from event_store.failures import StoreUnavailable
from event_store.wire import SESSION

_CONNECT_SECONDS_MAX = 3
AGAIN_SECONDS = (0.0, 0.05, 0.1, 0.25)
WENT_AWAY = "the event store's database went away; whether it recorded the events is not known"
_REST_SECONDS = 0.2  # after a failed connect, so that a database that is down is not knocked at by every call

# What the server says when it is the server, not the call, that is not well: taking a group apart would not help.
_UNWELL = ("53", "55P03", "57014", "40")
_NOT_MIGRATED = ("3F000", "42P01", "42883", "42501")

Connection = psycopg.AsyncConnection[TupleRow]
T = TypeVar("T")


class ConnectionLost(Exception):
    """The connection went away under a statement: whether that took effect is not known."""


class Link:
    """A connection to the store. `run` gives it to one piece of work at a time; see there for what is raised."""

    def __init__(self, database_url: str, *, purpose: str, timeout_seconds: float) -> None:
        self._conninfo = conninfo(database_url, purpose)
        self._timeout_seconds = timeout_seconds
        self._connection: Connection | None = None
        self._turn = asyncio.Lock()
        self._rests_until = 0.0
        self._closed = False

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Do `work` on the connection.

        StoreUnavailable: no connection could be had, so nothing was sent. ConnectionLost: it broke or did not answer
        in time. psycopg.Error: the server refused the statement, which has no effect then.
        """
        async with self._turn:
            connection = await self._connected()
            # A stopped server never answers a cancel request either; a closed socket always ends the wait.
            timer = asyncio.get_running_loop().call_later(self._timeout_seconds, sever, connection)
            try:
                return await work(connection)
            except psycopg.Error as failure:
                if connection.closed or ends_the_session(failure):
                    self._connection = None
                    await connection.close()
                    raise ConnectionLost(str(failure)) from failure
                raise
            finally:
                timer.cancel()

    async def close(self) -> None:
        """End the connection once the work on it is done; it is not made anew."""
        self._closed = True
        async with self._turn:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None

    async def _connected(self) -> Connection:
        if self._closed:
            raise StoreUnavailable("the event store is closed")
        if self._connection is not None and not self._connection.closed:
            return self._connection
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            raise StoreUnavailable("the event store's database cannot be reached")
        try:
            async with asyncio.timeout(_CONNECT_SECONDS_MAX):
                self._connection = await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)
        except (psycopg.Error, TimeoutError, OSError) as failure:
            self._rests_until = loop.time() + _REST_SECONDS
            raise StoreUnavailable("the event store's database cannot be reached") from failure
        self._connection.prepare_threshold = 0
        return self._connection


def conninfo(database_url: str, purpose: str) -> str:
    """The address with the settings of a store's session; settings that the address names itself stay."""
    given: dict[str, Any] = conninfo_to_dict(database_url)
    settings = " ".join(f"-c {name}={value}" for name, value in SESSION.items())
    defaults: dict[str, Any] = {
        "application_name": f"event_store {purpose}",
        "connect_timeout": _CONNECT_SECONDS_MAX,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
    }
    return make_conninfo("", **(defaults | given | {"options": f"{settings} {given.get('options') or ''}".strip()}))


def ends_the_session(failure: psycopg.Error) -> bool:
    """Shutdown and crash (57P..), a broken connection (08...), a server that is only a standby now (25006), or that
    had waited too long for us (25P03, 25P04)."""
    state = failure.sqlstate or ""
    return state.startswith(("57P", "08")) or state in ("25006", "25P03", "25P04")


def refusal_of(failure: psycopg.Error) -> StoreUnavailable | None:
    """What a refused statement means for its caller when the call itself is not to blame; None: it is."""
    state = failure.sqlstate or ""
    if state.startswith(_UNWELL):
        return StoreUnavailable(f"the event store's database is not well ({state})")
    if state in _NOT_MIGRATED:
        return StoreUnavailable(f"the event store's schema is not there for this role ({state}): migrate first")
    return None


def sever(connection: psycopg.AsyncConnection[Any] | psycopg.Connection[Any]) -> None:
    """End the wait of whoever uses the connection, whatever the server does."""
    # A connection that was given up meanwhile has nobody waiting.
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
