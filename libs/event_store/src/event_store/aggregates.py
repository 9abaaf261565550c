"""The library's applications of aggregates on the ledger: their events are events of the one log, with its chain.

An event carries three tags: its application's, its aggregate's, and its place in the aggregate's sequence. Two events
of one place are what an append is refused for; a notification's id is the position.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
)
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from psycopg.rows import tuple_row

from event_store import wire
from event_store.events import Appended, Conflict, Event, RecordedEvent
from event_store.reading import tagged
from event_store.recorder import in_the_wheels_words
from event_store.sync_link import SyncBell
from event_store.sync_store import SyncEventStore

# The last position of a tag, by the end of its part of the primary key.
_LAST = "SELECT max(t.position) FROM ledger.event_tags t WHERE t.tag = ledger.tag_key(%s)"


class LedgerApplicationRecorder(ApplicationRecorder):
    """The events of one application. `originator_id` makes an aggregate's id of its text (`UUID`, or `str`)."""

    def __init__(self, store: SyncEventStore, application: str, originator_id: Callable[[str], UUID | str]) -> None:
        self.store = store
        self._application = f"application:{application}"
        self._aggregate = f"aggregate:{application}:"
        self._place = f"place:{application}:"
        self._originator_id = originator_id

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Record all or none; their positions. IntegrityError when one of the places is taken."""
        if not stored_events:
            return []
        with in_the_wheels_words():
            answer = self.store.append_call(self._call(stored_events))
        return _positions(answer, len(stored_events))

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of an aggregate, by their place in its sequence."""
        with in_the_wheels_words():
            recorded = self.store.read(tagged(f"{self._aggregate}{originator_id}")).events
        events = [
            event
            for event in map(self._stored, recorded)
            if (gt is None or event.originator_version > gt) and (lte is None or event.originator_version <= lte)
        ]
        return sorted(events, key=lambda event: event.originator_version, reverse=desc)[:limit]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The application's events from a position on, up to and including `stop`."""
        after = (start or 0) - (1 if start and inclusive_of_start else 0)
        query = tagged(self._application, types=topics)
        with in_the_wheels_words():
            recorded = self.store.read(query, after=after, until=stop, limit=limit).events
        return [Notification(id=each.position, **vars(self._stored(each))) for each in recorded]

    def max_notification_id(self) -> int | None:
        """The position of the application's last event."""
        with in_the_wheels_words():
            ((last,),) = self.store.rows(_LAST, (self._application,))
        return None if last is None else int(last)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "LedgerSubscription":
        """The application's events after a position, then those that come; a context manager."""
        return LedgerSubscription(self, gt, topics)

    def _call(self, stored_events: Sequence[StoredEvent]) -> wire.AppendCall:
        events, places = [], []
        for each in stored_events:
            aggregate = f"{self._aggregate}{each.originator_id}"
            places.append(f"{self._place}{each.originator_version}:{each.originator_id}")
            events.append(Event(each.topic, each.state, [self._application, aggregate, places[-1]]))
        if len(set(places)) < len(places):
            raise IntegrityError("two of the events want one place in their aggregate's sequence")
        condition = DCBAppendCondition(DCBQuery([DCBQueryItem(tags=[place]) for place in places]))
        return wire.append_call(events, condition, None, events[0].id)

    def _stored(self, recorded: RecordedEvent) -> StoredEvent:
        _, aggregate, place = recorded.event.tags
        return StoredEvent(
            originator_id=self._originator_id(aggregate.removeprefix(self._aggregate)),
            originator_version=int(place.removeprefix(self._place).partition(":")[0]),
            topic=recorded.event.type,
            state=recorded.event.data,
        )


class LedgerProcessRecorder(PostgresTrackingRecorder, LedgerApplicationRecorder, ProcessRecorder):
    """As above, with the library's own tracking table beside the ledger: position and events in one transaction."""

    def __init__(
        self,
        datastore: PostgresDatastore,
        tracking_table_name: str,
        store: SyncEventStore,
        application: str,
        originator_id: Callable[[str], UUID | str],
    ) -> None:
        PostgresTrackingRecorder.__init__(self, datastore, tracking_table_name=tracking_table_name)
        LedgerApplicationRecorder.__init__(self, store, application, originator_id)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Record the events and `tracking`, all or none. IntegrityError when a place is taken or it was tracked."""
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is None:
            return super().insert_events(stored_events)
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            if not stored_events:
                return []
            # Last: from here to COMMIT, every other append waits.
            call = self._call(stored_events)
            rows = cursor.connection.cursor(binary=True, row_factory=tuple_row)
            row = rows.execute(wire.APPEND, wire.append_parameters([call])).fetchone()
            return _positions(wire.append_answer(call, row or ()), len(stored_events))


class LedgerSubscription(ListenNotifySubscription[LedgerApplicationRecorder]):
    """The library's subscription, woken by NOTIFY and in any case each 200 ms."""

    def __init__(self, recorder: LedgerApplicationRecorder, gt: int | None, topics: Sequence[str]) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._bell = SyncBell(
            recorder.store.database_url,
            ring=self._has_been_notified.set,
            wanted=lambda: not self._has_been_stopped,
        )

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        super().__exit__(*args, **kwargs)
        self._bell.join()


def _positions(answer: object, count: int) -> list[int]:
    match answer:
        case Conflict(position):
            raise IntegrityError(f"the event at position {position} has one of these places already")
        case Appended(last):
            return list(range(last - count + 1, last + 1))
        case _:
            raise AssertionError("an append under its own id was answered as another's")
