"""The `eventsourcing` library's own recorder interface, over the synchronous store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from eventsourcing.dcb.api import DCBAppendCondition, DCBEvent, DCBQuery, DCBReadResponse, DCBRecorder
from eventsourcing.dcb.persistence import DCBListenNotifySubscription
from eventsourcing.dcb.popo import SimpleDCBReadResponse
from eventsourcing.persistence import IntegrityError, OperationalError, ProgrammingError

from event_store import wire
from event_store.events import Conflict
from event_store.failures import StoreUnavailable, TooBusy
from event_store.sync_link import SyncBell
from event_store.sync_store import SyncEventStore


class PostgresDCBRecorder(DCBRecorder):
    """Thread-safe; a few connections of its own. Events that are plain `DCBEvent`s get an id and version 1."""

    def __init__(self, database_url: str, *, connections_max: int = 5) -> None:
        self.store = SyncEventStore(database_url, connections_max=connections_max)

    def read(
        self, query: DCBQuery | None = None, *, after: int | None = None, limit: int | None = None
    ) -> DCBReadResponse:
        """The matching events in order. The head is the log's, or with a limit the last position that was read."""
        with in_the_wheels_words():
            snapshot = self.store.read(query or DCBQuery(), after=after or 0, limit=limit)
        events = snapshot.events
        head = snapshot.head if limit is None else (events[-1].position if events else 0)
        return SimpleDCBReadResponse(iter(list(map(wire.sequenced, events))), head or None)

    def append(self, events: Sequence[DCBEvent], condition: DCBAppendCondition | None = None) -> int:
        """Record the events, all or none; the last position. IntegrityError when the condition's query matches."""
        if not events:
            raise ProgrammingError("an append needs an event")
        with in_the_wheels_words():
            answer = self.store.append_call(wire.append_call(events, condition, None, uuid4()))
        if isinstance(answer, Conflict):
            raise IntegrityError(f"the event at position {answer.position} matches the condition")
        return answer.position

    def subscribe(self, query: DCBQuery | None = None, *, after: int | None = None) -> "PostgresDCBSubscription":
        """The matching events after a position, then those that come; a context manager."""
        return PostgresDCBSubscription(self, query, after)

    def close(self) -> None:
        """End its connections."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class PostgresDCBSubscription(DCBListenNotifySubscription[PostgresDCBRecorder]):
    """The wheel's subscription, woken by NOTIFY and in any case each 200 ms."""

    def __init__(self, recorder: PostgresDCBRecorder, query: DCBQuery | None = None, after: int | None = None) -> None:
        super().__init__(recorder=recorder, query=query, after=after)
        self._bell = SyncBell(
            recorder.store.database_url,
            ring=self._has_been_notified.set,
            wanted=lambda: not self._has_been_stopped,
        )

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._bell.join()


@contextmanager
def in_the_wheels_words() -> Iterator[None]:
    """The store's failures as the library names them."""
    try:
        yield
    except (StoreUnavailable, TooBusy) as failure:
        raise OperationalError(str(failure)) from failure
