"""Vaccination sessions with a number of places, written with the `eventsourcing` library and nothing of ours."""

from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import Any

from eventsourcing.dcb.application import DCBApplication
from eventsourcing.dcb.domain import EnduringObject, Tagged
from eventsourcing.dcb.msgpack import Decision, InitialDecision
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import event
from eventsourcing.persistence import Tracking, TrackingRecorder
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection
from eventsourcing.utils import get_topic
from psycopg.sql import SQL, Identifier


class SessionFull(Exception):
    """Every place is taken."""


class Session(EnduringObject[Decision, str]):
    """A session: nobody joins once its places are taken."""

    class Opened(InitialDecision):
        """The session can be joined."""

        session_id: str
        places: int

    class Joined(Decision):
        """A place is taken."""

        session_id: str
        patient_id: str

    @event(Opened)
    def __init__(self, places: int) -> None:
        self.places = places
        self.patients: set[str] = set()

    def join(self, patient_id: str) -> None:
        if len(self.patients) >= self.places:
            raise SessionFull
        self.trigger_event(Session.Joined, session_id=self.id, patient_id=patient_id)

    @event(Joined)
    def _(self, patient_id: str) -> None:
        self.patients.add(patient_id)


class Vaccinations(DCBApplication):
    """Open sessions and join them. A join that another overtook is refused with IntegrityError."""

    env: Mapping[str, str] = {
        **DCBApplication.env,
        "MAPPER_TOPIC": "eventsourcing.dcb.msgpack:MessagePackMapper",
    }

    def open(self, places: int) -> str:
        session = Session(places=places)
        self.repository.save(session)
        return session.id

    def join(self, session_id: str, patient_id: str) -> int:
        session: Any = self.repository.get(session_id)
        session.join(patient_id)
        return self.repository.save(session)


class PlacesView(TrackingRecorder):
    """How many places of each session are taken."""

    @abstractmethod
    def take(self, session_id: str, tracking: Tracking) -> None: ...

    @abstractmethod
    def taken(self, session_id: str) -> int: ...


class PlacesInMemory(POPOTrackingRecorder, PlacesView):
    """For the library's in-memory module."""

    def __init__(self) -> None:
        super().__init__()
        self._taken: Counter[str] = Counter()

    def take(self, session_id: str, tracking: Tracking) -> None:
        with self._database_lock:
            self._assert_tracking_uniqueness(tracking)
            self._insert_tracking(tracking)
            self._taken[session_id] += 1

    def taken(self, session_id: str) -> int:
        return self._taken[session_id]


class PlacesInPostgres(PostgresTrackingRecorder, PlacesView):
    """For the library's PostgreSQL module, and so for ours: the view moves with its position in one transaction."""

    def __init__(self, datastore: PostgresDatastore, *, tracking_table_name: str = "tracking") -> None:
        super().__init__(datastore, tracking_table_name=tracking_table_name)
        self._table = Identifier(datastore.schema, "places")
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (session_id text PRIMARY KEY, taken bigint)").format(self._table)
        )

    def take(self, session_id: str, tracking: Tracking) -> None:
        words = "INSERT INTO {} AS t VALUES (%s, 1) ON CONFLICT (session_id) DO UPDATE SET taken = t.taken + 1"
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(SQL(words).format(self._table), [session_id])

    def taken(self, session_id: str) -> int:
        with self.datastore.transaction() as cursor:
            cursor.execute(SQL("SELECT taken FROM {} WHERE session_id = %s").format(self._table), [session_id])
            row = cursor.fetchone()
        return 0 if row is None else int(row["taken"])


class Places(Projection[PlacesView]):
    """Follows the application and keeps the view.

    One topic: the library's own PostgreSQL recorder cannot follow several, nor all.
    """

    name = "places"
    topics = (get_topic(Session.Joined),)

    @singledispatchmethod
    def process_event(self, tagged: Tagged[Session.Joined], tracking: Tracking) -> None:
        self.view.take(tagged.decision.session_id, tracking)
