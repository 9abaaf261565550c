"""PERSISTENCE_MODULE=event_store.persistence: an application of the `eventsourcing` library keeps its events here.

The environment is the one of the library's own PostgreSQL module (POSTGRES_DBNAME, _HOST, _PORT, _USER, _PASSWORD,
_SCHEMA, ..). The ledger is laid by its owner beforehand; what the library makes itself (views, their tracking,
snapshots) goes to POSTGRES_SCHEMA, where the role must be allowed to make tables unless CREATE_TABLE is off.
"""

from collections.abc import Callable
from uuid import UUID

# The library takes the one factory that it finds among this module's names: no other may be imported here by name.
from eventsourcing import postgres
from eventsourcing.dcb.api import DCBRecorder
from eventsourcing.dcb.persistence import DCBInfrastructureFactory
from eventsourcing.persistence import ApplicationRecorder, ProcessRecorder
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.utils import Environment, EnvType
from psycopg.conninfo import make_conninfo

from event_store.aggregates import LedgerApplicationRecorder, LedgerProcessRecorder
from event_store.recorder import PostgresDCBRecorder, in_the_wheels_words
from event_store.sync_store import SyncEventStore


class LedgerFactory(postgres.PostgresFactory, DCBInfrastructureFactory[PostgresTrackingRecorder]):
    """Makes an application's recorders.

    Events go to the ledger. Views keep the library's own PostgresTrackingRecorder, so a view that is written for
    the library's PostgreSQL runs unchanged; so do snapshots, which are no facts. One ledger holds one application
    of tagged decisions (it reads the whole log), and any number of applications of aggregates.
    """

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        if self.env.get(self.POSTGRES_GET_PASSWORD_TOPIC):
            raise OSError(f"the event store takes {self.POSTGRES_PASSWORD}, not {self.POSTGRES_GET_PASSWORD_TOPIC}")
        self._recorder = PostgresDCBRecorder(
            make_conninfo(
                "",
                dbname=self.env.get(self.POSTGRES_DBNAME),
                host=self.env.get(self.POSTGRES_HOST),
                port=self.env.get(self.POSTGRES_PORT) or "5432",
                user=self.env.get(self.POSTGRES_USER),
                password=self.env.get(self.POSTGRES_PASSWORD),
            ),
            connections_max=int(self.env.get(self.POSTGRES_POOL_SIZE) or 5),
        )

    def dcb_recorder(self) -> DCBRecorder:
        """The recorder of tagged decisions. OperationalError when the ledger is not there."""
        self._ledger()
        return self._recorder

    def application_recorder(self) -> ApplicationRecorder:
        """The recorder of an application of aggregates. OperationalError when the ledger is not there."""
        return LedgerApplicationRecorder(self._ledger(), self._named("stored"), self._originator_id())

    def process_recorder(self) -> ProcessRecorder:
        """The recorder of an event-sourced projection. OperationalError when the ledger is not there."""
        recorder = LedgerProcessRecorder(
            self.datastore,
            f"{self._named('notification')}_tracking",
            self._ledger(),
            self._named("stored"),
            self._originator_id(),
        )
        if self.env_create_table():
            recorder.create_table()
        return recorder

    def close(self) -> None:
        """End every connection."""
        self._recorder.close()
        super().close()

    def _ledger(self) -> SyncEventStore:
        with in_the_wheels_words():
            # An application without its ledger fails when it starts, as one whose tables cannot be made.
            self._recorder.store.head()
        return self._recorder.store

    def _named(self, otherwise: str) -> str:
        return self.env.name.lower() or otherwise

    def _originator_id(self) -> Callable[[str], UUID | str]:
        return UUID if self.datastore.originator_id_type == "uuid" else str
