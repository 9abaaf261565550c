"""The wheel's own recorder, factory, tracking and projection test cases, unchanged, against our persistence module."""

from collections.abc import Callable, Iterator
from typing import Any, cast
from unittest import TestCase
from uuid import uuid4

import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store.aggregates import LedgerApplicationRecorder, LedgerProcessRecorder
from event_store.persistence import LedgerFactory
from eventsourcing.dcb import tests as dcb
from eventsourcing.dcb.api import DCBRecorder
from eventsourcing.persistence import (
    AggregateRecorder,
    InfrastructureFactory,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.postgres import (
    PostgresAggregateRecorder,
    PostgresDatastore,
    PostgresTrackingRecorder,
)
from eventsourcing.tests import persistence, projection
from eventsourcing.utils import Environment
from psycopg import sql

MODULE = "event_store.persistence"


class CountersInPostgres(PostgresTrackingRecorder, projection.EventCountersView):
    """The wheel's view of counters, as its own tests write it for PostgreSQL: the tracking in the same transaction."""

    def __init__(self, datastore: PostgresDatastore, *, tracking_table_name: str = "tracking") -> None:
        super().__init__(datastore, tracking_table_name=tracking_table_name)
        self._table = sql.Identifier(datastore.schema, f"{tracking_table_name}_counters")
        self.sql_create_statements.append(
            sql.SQL("CREATE TABLE IF NOT EXISTS {} (name text PRIMARY KEY, count bigint)").format(self._table)
        )

    def get_created_event_counter(self) -> int:
        return self._get("created")

    def get_subsequent_event_counter(self) -> int:
        return self._get("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._increment("created", tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._increment("subsequent", tracking)

    def _get(self, name: str) -> int:
        with self.datastore.transaction() as cursor:
            cursor.execute(sql.SQL("SELECT count FROM {} WHERE name = %s").format(self._table), [name])
            row = cursor.fetchone()
        return 0 if row is None else cast(int, row["count"])

    def _increment(self, name: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                sql.SQL(
                    "INSERT INTO {0} AS t VALUES (%s, 1) ON CONFLICT (name) DO UPDATE SET count = t.count + 1"
                ).format(self._table),
                [name],
            )


class OnOurs(TestCase):
    """Gives a case of the wheel a factory of ours, on an empty ledger unless names of its own are enough for it."""

    __test__ = False
    ledger = "shared"
    mapper_topic = ""

    @pytest.fixture(autouse=True)
    def _on_ours(
        self,
        request: pytest.FixtureRequest,
        wheel_environment: Callable[[ProvisionedDatabase, str], dict[str, str]],
    ) -> Iterator[None]:
        environment = wheel_environment(request.getfixturevalue(self.ledger), MODULE)
        named = Environment(f"app{uuid4().hex[:8]}", environment | {"MAPPER_TOPIC": self.mapper_topic})
        type(self).env = named  # type: ignore[attr-defined]
        factory: Any = InfrastructureFactory.construct(named)
        self.ours = cast(LedgerFactory, factory)
        yield
        self.ours.close()


class TestTaggedDecisions(OnOurs, dcb.DCBRecorderTestCase):
    """The recorder as the factory makes it; test_the_wheels_own_tests.py has the one that is made by hand."""

    __test__ = True
    ledger = "fresh"

    def test_append_read(self) -> None:
        self._test_append_read(self.recorder())

    def test_append_subscribe(self) -> None:
        self._test_append_subscribe(self.recorder())

    def recorder(self) -> DCBRecorder:
        return self.ours.dcb_recorder()


class TestApplicationRecorder(OnOurs, persistence.ApplicationRecorderTestCase[LedgerApplicationRecorder]):
    __test__ = True
    ledger = "fresh"

    def create_recorder(self) -> LedgerApplicationRecorder:
        return cast(LedgerApplicationRecorder, self.ours.application_recorder())

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestSnapshotRecorder(OnOurs, persistence.AggregateRecorderTestCase):
    __test__ = True

    def create_recorder(self) -> AggregateRecorder:
        return self.ours.aggregate_recorder()


class TestNotificationsDoNotInterleave(OnOurs, persistence.NonInterleavingNotificationIDsBaseCase):
    __test__ = True
    ledger = "fresh"

    def create_recorder(self) -> LedgerApplicationRecorder:
        return cast(LedgerApplicationRecorder, self.ours.application_recorder())


class TestTracking(OnOurs, persistence.TrackingRecorderTestCase):
    __test__ = True

    def create_recorder(self) -> TrackingRecorder:
        return self.ours.tracking_recorder()


class TestProcessRecorder(OnOurs, persistence.ProcessRecorderTestCase):
    __test__ = True

    def create_recorder(self) -> LedgerProcessRecorder:
        return cast(LedgerProcessRecorder, self.ours.process_recorder())


class TestFactory(OnOurs, persistence.InfrastructureFactoryTestCase[LedgerFactory]):
    __test__ = True

    def expected_factory_class(self) -> type[LedgerFactory]:
        return LedgerFactory

    def expected_aggregate_recorder_class(self) -> type[AggregateRecorder]:
        return PostgresAggregateRecorder

    def expected_application_recorder_class(self) -> type[LedgerApplicationRecorder]:
        return LedgerApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[TrackingRecorder]:
        return PostgresTrackingRecorder

    def tracking_recorder_subclass(self) -> type[TrackingRecorder]:
        return CountersInPostgres

    def expected_process_recorder_class(self) -> type[LedgerProcessRecorder]:
        return LedgerProcessRecorder


class TestView(OnOurs, projection.EventCountersViewTestCase):
    __test__ = True

    def construct_event_counters_view(self) -> projection.EventCountersView:
        return self.ours.tracking_recorder(CountersInPostgres)


class TestProjectionOfTaggedDecisions(OnOurs, projection.TaggedDecisionCountersProjectionTestCase):
    __test__ = True
    ledger = "fresh"
    view_class = CountersInPostgres
    mapper_topic = "eventsourcing.dcb.msgpack:MessagePackMapper"


class TestProjectionOfAggregates(OnOurs, projection.AggregateEventCountersProjectionTestCase):
    __test__ = True
    ledger = "fresh"
    view_class = CountersInPostgres


class TestEventSourcedProjection(OnOurs, projection.EventSourcedProjectionTestCase):
    __test__ = True
    ledger = "fresh"
