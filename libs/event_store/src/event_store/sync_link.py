"""The link of a synchronous caller: a few connections that threads share, made when needed and anew after a loss."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from event_store.failures import StoreUnavailable, TooBusy
from event_store.link import ConnectionLost, conninfo, ends_the_session, sever
from event_store.wire import CHANNEL

_POLL_SECONDS = 0.2
_LOOK_SECONDS = 0.1

SyncConnection = psycopg.Connection[TupleRow]
T = TypeVar("T")


class SyncLinks:
    """Connections to the store. `run` gives one to a piece of work; see there for what is raised."""

    def __init__(self, database_url: str, *, purpose: str, connections_max: int, timeout_seconds: float) -> None:
        self._conninfo = conninfo(database_url, purpose)
        self._timeout_seconds = timeout_seconds
        self._turns = threading.BoundedSemaphore(connections_max)
        self._idle: list[SyncConnection] = []
        self._guard = threading.Lock()
        self._watch = _Watch(timeout_seconds)
        self.closed = False

    def run(self, work: Callable[[SyncConnection], T]) -> T:
        """Do `work` on a connection that nobody else has meanwhile.

        StoreUnavailable: no connection could be had, so nothing was sent; TooBusy: others had them all for too long.
        ConnectionLost: it broke or did not answer in time. psycopg.Error: the server refused the statement, which has
        no effect then.
        """
        if not self._turns.acquire(timeout=self._timeout_seconds):
            raise TooBusy("every connection to the event store is in use")
        try:
            connection = self._connected()
            with self._given(connection), self._watch.over(connection):
                return work(connection)
        finally:
            self._turns.release()

    def close(self) -> None:
        """End the connections: idle ones now, those in use when their work is done."""
        self.closed = True
        self._drop_idle()
        self._watch.end()

    def _connected(self) -> SyncConnection:
        if self.closed:
            raise StoreUnavailable("the event store is closed")
        with self._guard:
            if self._idle:
                return self._idle.pop()
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True)
        except (psycopg.Error, OSError) as failure:
            raise StoreUnavailable("the event store's database cannot be reached") from failure
        connection.prepare_threshold = 0
        return connection

    @contextmanager
    def _given(self, connection: SyncConnection) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as failure:
            if connection.closed or ends_the_session(failure):
                connection.close()
                # What ended this one ended its neighbours too: the next try shall not meet each of them in turn.
                self._drop_idle()
                raise ConnectionLost(str(failure)) from failure
            raise
        finally:
            # Whoever was interrupted leaves a statement behind: such a connection is not for others.
            if self.closed or connection.info.transaction_status != TransactionStatus.IDLE:
                connection.close()
            else:
                with self._guard:
                    self._idle.append(connection)

    def _drop_idle(self) -> None:
        with self._guard:
            dropped, self._idle = self._idle, []
        for connection in dropped:
            connection.close()


class _Watch:
    """Ends the wait for whoever does not answer in time; one thread that looks now and then costs calls nothing."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[SyncConnection, float] = {}
        self._guard = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, connection: SyncConnection) -> Iterator[None]:
        with self._guard:
            self._until[connection] = time.monotonic() + self._seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="event store watch", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._guard:
                self._until.pop(connection, None)

    def end(self) -> None:
        self._ended.set()

    def _look(self) -> None:
        # What is under way when the store is closed is still watched.
        while not (self._ended.wait(_LOOK_SECONDS) and not self._until):
            with self._guard:
                now = time.monotonic()
                for connection in [each for each, until in self._until.items() if until < now]:
                    # A stopped server never answers a cancel request either; a closed socket always ends the wait.
                    sever(connection)
                    del self._until[connection]
            if self._ended.is_set():
                time.sleep(_LOOK_SECONDS)


class SyncBell:
    """Calls `ring` in a thread of its own whenever something was appended, and in any case each 200 ms.

    It ends within as long once it is not `wanted`. It always reads, so that a slow subscriber never fills the
    server's queue. Only ever a hint: while it cannot listen, it rings by the clock alone.
    """

    def __init__(self, database_url: str, *, ring: Callable[[], None], wanted: Callable[[], bool]) -> None:
        self._conninfo = conninfo(database_url, "bell")
        self._ring = ring
        self._wanted = wanted
        self._thread = threading.Thread(target=self._listen, name="event store bell", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until it rings no more."""
        self._thread.join()

    def _listen(self) -> None:
        while self._wanted():
            try:
                with psycopg.connect(self._conninfo, autocommit=True) as connection:
                    connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
                    while self._wanted():
                        for _ in connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                            pass
                        self._ring()
            except (psycopg.Error, OSError):
                time.sleep(_POLL_SECONDS)
                self._ring()
