"""The synchronous face: the `eventsourcing` library's own recorder interface over the same function and tables."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBReadResponse, DCBRecorder
from eventsourcing.dcb.persistence import DCBListenNotifySubscription
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.persistence import IntegrityError, OperationalError, ProgrammingError
from psycopg import sql
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from event_store import wire
from event_store.events import Conflict, RecordedEvent, Snapshot
from event_store.link import conninfo, ends_the_session
from event_store.reading import Read, read_answers, read_parameters

_TRIES_MAX = 5
_CONNECTION_SECONDS_MAX = 5.0
_POLL_SECONDS = 0.2


class PostgresDCBRecorder(DCBRecorder):
    """Thread-safe; a few connections of its own. Events that are plain `DCBEvent`s get an id and version 1."""

    def __init__(self, database_url: str, *, connections_max: int = 5) -> None:
        self.conninfo = conninfo(database_url, "recorder")
        self._pool = ConnectionPool(
            self.conninfo,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=connections_max,
            timeout=_CONNECTION_SECONDS_MAX,
            open=True,
        )

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """The matching events in order. The head is the log's, or with a limit the last position that was read."""
        call = Read(wire.checked(query or DCBQuery()), after or 0, limit)
        rows = self._rows(wire.READ, read_parameters([call]))
        (snapshot,) = read_answers([call], rows)
        assert isinstance(snapshot, Snapshot)  # noqa: S101 - a Read is answered by a Snapshot
        events: list[RecordedEvent] = snapshot.events
        head = snapshot.head if limit is None else (events[-1].position if events else 0)
        return SimpleDCBReadResponse(iter(list(map(wire.sequenced, events))), head or None)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """Record the events, all or none; the last position. IntegrityError when the condition's query matches."""
        if not events:
            raise ProgrammingError("an append needs an event")
        call = wire.append_call(events, condition, None, uuid4())
        (row,) = self._rows(wire.APPEND, wire.append_parameters([call]))
        answer = wire.append_answer(call, row)
        if isinstance(answer, Conflict):
            raise IntegrityError(f"the event at position {answer.position} matches the condition")
        return answer.position

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> "PostgresDCBSubscription":
        """The matching events after a position, then those that come; a context manager."""
        return PostgresDCBSubscription(self, query, after)

    def close(self) -> None:
        """End its connections."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, statement: Any, parameters: tuple[Any, ...]) -> list[wire.Row]:
        """Run one statement that may be repeated: reads are harmless, an append carries its request id."""
        lost: psycopg.Error | None = None
        for _ in range(_TRIES_MAX):
            try:
                with self._pool.connection() as connection:
                    try:
                        cursor = connection.cursor(binary=True, row_factory=tuple_row)
                        return cursor.execute(statement, parameters, prepare=True).fetchall()
                    except psycopg.Error as failure:
                        if not (connection.closed or ends_the_session(failure)):
                            raise
                        connection.close()
                        lost = failure
            except PoolTimeout as failure:
                raise OperationalError("the event store's database cannot be reached") from failure
        raise OperationalError("the event store's database went away") from lost


class PostgresDCBSubscription(DCBListenNotifySubscription[PostgresDCBRecorder]):
    """The wheel's subscription, woken by NOTIFY and in any case each 200 ms."""

    def __init__(self, recorder: PostgresDCBRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        super().__init__(recorder=recorder, query=query, after=after)
        self._listener = threading.Thread(target=self._listen, name="ledger listener", daemon=True)
        self._listener.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._listener.join()

    def _listen(self) -> None:
        while not self._has_been_stopped:
            with suppress(psycopg.Error), psycopg.connect(self._recorder.conninfo, autocommit=True) as connection:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(wire.CHANNEL)))
                while not self._has_been_stopped:
                    for _ in connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                        pass
                    self._has_been_notified.set()
            time.sleep(_POLL_SECONDS)  # lost it: live on the poll alone until it is back
            self._has_been_notified.set()
