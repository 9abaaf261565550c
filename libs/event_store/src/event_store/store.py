"""The store as a service uses it: one per process, asynchronous, on a few connections of its own."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4

import psycopg
from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery
from psycopg.rows import tuple_row

from event_store import past, wire
from event_store.appending import send_appends
from event_store.bell import Bell
from event_store.events import AlreadySeen, Appended, Conflict, Event, RecordedEvent, Request, Snapshot
from event_store.failures import StoreUnavailable
from event_store.lane import Lane
from event_store.link import Connection, ConnectionLost, Link, conninfo, refusal_of
from event_store.reading import Find, Read, send_reads

_POLL_SECONDS = 0.2


class EventStore:
    """Appends and reads, grouped with whatever else is pending in this process.

    Every call raises StoreUnavailable at once when the database cannot be reached, and works again when it is back.
    A statement that is not answered within `timeout_seconds` counts as lost with its connection; for as long again,
    it is sent anew under the same request id. A call may be cancelled at any time; an append that was already sent
    may still be recorded then.
    The pauses are what `throughput.md` measured: between groups only, an idle store answers at once.
    """

    def __init__(
        self,
        database_url: str,
        *,
        append_pause_seconds: float = 0.005,
        read_pause_seconds: float = 0.002,
        group_max: int = 256,
        pending_max: int = 2048,
        timeout_seconds: float = 4.0,
    ) -> None:
        def link(purpose: str) -> Link:
            return Link(database_url, purpose=purpose, timeout_seconds=timeout_seconds)

        self._appends = Lane[wire.AppendCall, Appended | Conflict | AlreadySeen](
            link("appends"),
            send_appends,
            pause_seconds=append_pause_seconds,
            group_max=group_max,
            pending_max=pending_max,
            patience_seconds=timeout_seconds,
            size_of=lambda call: call.size,
            identify=lambda call: call.request_id,
            crowd=lambda: self._reads.waiting + self._appends.waiting,
        )
        self._reads = Lane[Read | Find, Snapshot | AlreadySeen | None](
            link("reads"),
            send_reads,
            pause_seconds=read_pause_seconds,
            group_max=group_max,
            pending_max=pending_max,
            patience_seconds=timeout_seconds,
            size_of=lambda _: 0,
            identify=lambda _: None,
            crowd=lambda: self._reads.waiting + self._appends.waiting,
            halves=True,
        )
        self._ranges = link("ranges")
        self.database_url = database_url
        self._bell = Bell(conninfo(database_url, "bell"))
        self._closed = False

    async def open(self) -> None:
        """Try to connect, so that the first call need not; a database that is away is no failure here."""
        try:
            await self.head()
        except StoreUnavailable:
            return

    async def close(self) -> None:
        """Answer what is pending and end every connection."""
        self._closed = True
        await asyncio.gather(self._appends.close(), self._reads.close(), self._ranges.close(), self._bell.close())

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def append(
        self,
        events: Sequence[Event],
        *,
        condition: DCBAppendCondition | None = None,
        request: Request | None = None,
    ) -> Appended | Conflict | AlreadySeen:
        """Record all the events or none of them, durably.

        Nothing is recorded when an event matches the condition's query after its `after`, nor when the request was
        answered before. After a lost connection it is sent again under the same request id.
        """
        fallback_id = uuid4() if request is None else None
        return await self._appends.ask(wire.append_call(events, condition, request, fallback_id))

    async def read(
        self, query: DCBQuery, *, after: int = 0, until: int | None = None, limit: int | None = None
    ) -> Snapshot:
        """The matching events after a position, in order, with the head and the clock of the same statement.

        With `until`, the query as it stood at that position: nothing behind it, and a head that is not behind it
        either (before it, when the log has not come so far; then the answer may still grow).
        """
        if until is not None:
            rows = await self._rows(past.READ_UNTIL, past.until_parameters(query, after, until, limit))
            return past.until_answer(rows, until)
        snapshot = await self._reads.ask(Read(wire.checked(query), after, limit))
        assert isinstance(snapshot, Snapshot)  # noqa: S101 - a Read is answered by a Snapshot
        return snapshot

    async def find_request(self, request_id: UUID) -> AlreadySeen | None:
        """What was kept of a request; None when it is not (yet) recorded. Travels with pending reads."""
        found = await self._reads.ask(Find(request_id))
        assert not isinstance(found, Snapshot)  # noqa: S101 - a Find is answered by what was kept
        return found

    async def head(self) -> int:
        """The position of the last event; 0 when there is none."""
        return (await self.read(DCBQuery(), limit=0)).head

    async def position_at(self, instant: datetime) -> int:
        """The last position recorded at or before an instant (with offset); 0 before the first event.

        Settled once the instant is older than the slowest append (some seconds): what was under way then is
        recorded with its own, earlier, time. LogBroken when the log has a gap; ValueError without offset.
        """
        return past.position_answer(await self._rows(past.POSITION_AT, past.instant_parameters(instant)))

    async def read_range(
        self, *, after: int = 0, until: int | None = None, batch: int = 1000
    ) -> AsyncGenerator[list[RecordedEvent], None]:
        """The events after `after` up to and including `until` (else to the end), in portions, in constant memory."""
        while until is None or after < until:
            events = await self._fetch(after, until, batch)
            if events:
                yield events
                after = events[-1].position
            if len(events) < batch:
                return

    async def subscribe(self, *, after: int = 0, batch: int = 500) -> AsyncGenerator[list[RecordedEvent], None]:
        """Every event after `after`, each once and in order: what is there, then what comes, until it is closed.

        A database that goes away is waited for.
        """
        with self._bell.hearing() as heard:
            while True:
                heard.clear()
                try:
                    events = await self._fetch(after, None, batch)
                except StoreUnavailable:
                    if self._closed:
                        raise
                    events = []
                if events:
                    yield events
                    after = events[-1].position
                if len(events) < batch:
                    await _heard_or_due(heard)

    async def _fetch(self, after: int, until: int | None, limit: int) -> list[RecordedEvent]:
        rows = await self._rows(wire.READ_RANGE, wire.range_parameters(after, until, limit))
        return [wire.recorded_event(row) for row in rows]

    async def _rows(self, statement: Any, parameters: Sequence[Any] | Mapping[str, Any]) -> list[wire.Row]:
        """Read outside the lanes: what may be long does not make the decisions of others wait."""

        async def work(connection: Connection) -> list[wire.Row]:
            cursor = connection.cursor(binary=True, row_factory=tuple_row)
            await cursor.execute(statement, parameters, prepare=True)
            return await cursor.fetchall()

        try:
            try:
                return await self._ranges.run(work)
            except ConnectionLost:
                return await self._ranges.run(work)
        except ConnectionLost as failure:
            raise StoreUnavailable("the event store's database went away") from failure
        except psycopg.Error as failure:
            refusal = refusal_of(failure)
            if refusal is None:
                raise
            raise refusal from failure


async def _heard_or_due(heard: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_POLL_SECONDS):
            await heard.wait()
    except TimeoutError:
        return
