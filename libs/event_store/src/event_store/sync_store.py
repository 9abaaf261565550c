"""The store for scripts and commands: the calls and answers of EventStore, without an event loop."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID, uuid4

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from psycopg.rows import tuple_row

from event_store import past, wire
from event_store.events import AlreadySeen, Appended, Conflict, Event, RecordedEvent, Request, Snapshot
from event_store.failures import StoreUnavailable, TooBusy
from event_store.link import AGAIN_SECONDS, WENT_AWAY, ConnectionLost, refusal_of
from event_store.reading import Find, Read, read_answers, read_parameters
from event_store.sync_link import SyncBell, SyncConnection, SyncLinks

_POLL_SECONDS = 0.2

T = TypeVar("T")


class SyncEventStore:
    """Appends and reads, one statement for each call. Thread-safe: as many calls at once as there are connections.

    Raises what EventStore raises: StoreUnavailable at once when the database cannot be reached, TooBusy when no
    connection comes free within `timeout_seconds`. A statement that is not answered in that time counts as lost with
    its connection; for as long again, it is sent anew under the same request id.
    """

    def __init__(self, database_url: str, *, connections_max: int = 5, timeout_seconds: float = 4.0) -> None:
        self.database_url = database_url
        self._patience_seconds = timeout_seconds
        self._links = SyncLinks(
            database_url, purpose="sync", connections_max=connections_max, timeout_seconds=timeout_seconds
        )

    def close(self) -> None:
        """End every connection; a call that is under way in another thread is answered first."""
        self._links.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(
        self,
        events: Sequence[Event],
        *,
        condition: DCBAppendCondition | None = None,
        request: Request | None = None,
    ) -> Appended | Conflict | AlreadySeen:
        """Record all the events or none of them, durably; see EventStore.append."""
        return self.append_call(wire.append_call(events, condition, request, uuid4() if request is None else None))

    def append_call(self, call: wire.AppendCall) -> Appended | Conflict | AlreadySeen:
        """Send an append that is encoded already, for the faces that are built on this one."""
        (row,) = self.rows(wire.APPEND, wire.append_parameters([call]), request_id=call.request_id)
        return wire.append_answer(call, row)

    def read(self, query: DCBQuery, *, after: int = 0, until: int | None = None, limit: int | None = None) -> Snapshot:
        """The matching events after a position, up to and including `until`; see EventStore.read."""
        if until is not None:
            rows = self.rows(past.READ_UNTIL, past.until_parameters(query, after, until, limit))
            return past.until_answer(rows, until)
        call = Read(wire.checked(query), after, limit)
        (snapshot,) = read_answers([call], self.rows(wire.READ, read_parameters([call])))
        assert isinstance(snapshot, Snapshot)  # noqa: S101 - a Read is answered by a Snapshot
        return snapshot

    def find_request(self, request_id: UUID) -> AlreadySeen | None:
        """What was kept of a request; None when it is not (yet) recorded."""
        call = Find(request_id)
        (found,) = read_answers([call], self.rows(wire.READ, read_parameters([call])))
        assert not isinstance(found, Snapshot)  # noqa: S101 - a Find is answered by what was kept
        return found

    def head(self) -> int:
        """The position of the last event; 0 when there is none."""
        return self.read(DCBQuery(), limit=0).head

    def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before an instant, 0 before the first; see EventStore.position_at."""
        return past.position_answer(self.rows(past.POSITION_AT, past.instant_parameters(instant)))

    def read_range(
        self, *, after: int = 0, until: int | None = None, batch: int = 1000
    ) -> Iterator[list[RecordedEvent]]:
        """The events after `after` up to and including `until` (else to the end), in portions, in constant memory."""
        while until is None or after < until:
            events = self._range(after, until, batch)
            if events:
                yield events
                after = events[-1].position
            if len(events) < batch:
                return

    def subscribe(self, *, after: int = 0, batch: int = 500) -> Iterator[list[RecordedEvent]]:
        """Every event after `after`, each once and in order: what is there, then what comes; it blocks meanwhile.

        A database that goes away is waited for. It ends with StoreUnavailable when the store is closed (by another
        thread, say), and like any generator when its reader leaves the loop.
        """
        heard, ended = threading.Event(), threading.Event()
        bell = SyncBell(self.database_url, ring=heard.set, wanted=lambda: not ended.is_set())
        try:
            while True:
                heard.clear()
                try:
                    events = self._range(after, None, batch)
                except StoreUnavailable:
                    if self._links.closed:
                        raise
                    events = []
                if events:
                    yield events
                    after = events[-1].position
                if len(events) < batch:
                    heard.wait(_POLL_SECONDS)
        finally:
            ended.set()
            bell.join()

    def _range(self, after: int, until: int | None, limit: int) -> list[RecordedEvent]:
        rows = self.rows(wire.READ_RANGE, wire.range_parameters(after, until, limit))
        return [wire.recorded_event(row) for row in rows]

    def rows(
        self, statement: Any, parameters: Sequence[Any] | Mapping[str, Any], *, request_id: UUID | None = None
    ) -> list[wire.Row]:
        """Run a statement that may be repeated (a read is harmless, an append carries its request id); its rows."""

        def work(connection: SyncConnection) -> list[wire.Row]:
            cursor = connection.cursor(binary=True, row_factory=tuple_row)
            return cursor.execute(statement, parameters, prepare=True).fetchall()

        return self._sent(work, request_id)

    def _sent(self, work: Callable[[SyncConnection], T], request_id: UUID | None) -> T:
        patience_ends = 0.0
        lost: ConnectionLost | None = None
        tries = 0
        while True:
            try:
                return self._links.run(work)
            except ConnectionLost as failure:
                patience_ends = patience_ends or time.monotonic() + self._patience_seconds
                lost = failure
            except (StoreUnavailable, TooBusy):
                # Nothing was sent this time; but an earlier try may be in the log already.
                if lost is None:
                    raise
            except psycopg.Error as failure:
                refusal = refusal_of(failure)
                if refusal is None:
                    raise
                if lost is None:
                    raise refusal from failure
            if self._links.closed or time.monotonic() >= patience_ends:
                raise StoreUnavailable(WENT_AWAY, request_id=request_id) from lost
            time.sleep(AGAIN_SECONDS[min(tries, len(AGAIN_SECONDS) - 1)])
            tries += 1
