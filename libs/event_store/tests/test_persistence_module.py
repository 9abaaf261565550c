"""Applications of the wheel on our persistence module, in what the wheel's own cases do not look at."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import SyncEventStore, verify_chain
from event_store.aggregates import LedgerProcessRecorder
from eventsourcing.application import Application
from eventsourcing.dcb.application import DCBApplication
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import InfrastructureFactory, IntegrityError, OperationalError, StoredEvent, Tracking
from eventsourcing.utils import Environment

MODULE = "event_store.persistence"
Select = Callable[[ProvisionedDatabase, str], dict[str, str]]


def test_what_an_application_of_aggregates_records_is_in_the_chain(
    fresh: ProvisionedDatabase, wheel_environment: Select
) -> None:
    environment = wheel_environment(fresh, MODULE)
    with Application[UUID](env=environment) as app:
        app.save(Aggregate())
    with SyncEventStore(fresh.service_url) as store:
        (portion,) = store.read_range()
    assert [each.event.tags[0] for each in portion] == ["application:application"]
    assert verify_chain(portion).intact


def track_and_lose_the_session(recorder: LedgerProcessRecorder, database: ProvisionedDatabase) -> None:
    with recorder.datastore.transaction(commit=True) as cursor:
        recorder._insert_tracking(cursor, Tracking("upstream", 2))
        with psycopg.connect(database.service_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [cursor.connection.info.backend_pid])


@pytest.mark.parametrize("ending", ["killed before it commits", "refused by the ledger"])
def test_a_position_is_tracked_with_its_events_or_neither_is(
    fresh: ProvisionedDatabase, wheel_environment: Select, ending: str
) -> None:
    factory: Any = InfrastructureFactory.construct(Environment("Counters", wheel_environment(fresh, MODULE)))
    recorder: LedgerProcessRecorder = factory.process_recorder()
    taken = StoredEvent(uuid4(), 1, "topic", b"")
    recorder.insert_events([taken], tracking=Tracking("upstream", 1))
    if ending == "refused by the ledger":
        with pytest.raises(IntegrityError):
            recorder.insert_events([taken], tracking=Tracking("upstream", 2))
    else:
        with pytest.raises(OperationalError):
            track_and_lose_the_session(recorder, fresh)
    assert (recorder.max_tracking_id("upstream"), recorder.max_notification_id()) == (1, 1)
    ids = recorder.insert_events([StoredEvent(uuid4(), 1, "topic", b"")], tracking=Tracking("upstream", 2))
    assert (ids, recorder.max_tracking_id("upstream"), recorder.max_notification_id()) == ([2], 2, 2)
    factory.close()


def test_two_applications_of_one_ledger_do_not_see_each_other_s_events(
    fresh: ProvisionedDatabase, wheel_environment: Select
) -> None:
    factories: list[Any] = [
        InfrastructureFactory.construct(Environment(name, wheel_environment(fresh, MODULE)))
        for name in ("One", "Other")
    ]
    one, other = (factory.application_recorder() for factory in factories)
    event = StoredEvent(uuid4(), 0, "topic", b"")
    assert one.insert_events([]) == []
    assert (one.insert_events([event]), other.insert_events([event])) == ([1], [2])
    assert (one.max_notification_id(), other.max_notification_id()) == (1, 2)
    assert [each.id for each in other.select_notifications(None, 10)] == [2]
    assert one.select_events(event.originator_id) == [event]
    for factory in factories:
        factory.close()


def test_ids_that_are_text_may_look_like_anything(fresh: ProvisionedDatabase, wheel_environment: Select) -> None:
    environment = wheel_environment(fresh, MODULE) | {"ORIGINATOR_ID_TYPE": "text"}
    factory: Any = InfrastructureFactory.construct(Environment("App", environment))
    recorder = factory.application_recorder()
    events = [StoredEvent(name, version, "topic", b"") for name in ("a", "a:1", "1:a", "é/") for version in (1, 11)]
    recorder.insert_events(events)
    for event in events:
        assert event in recorder.select_events(event.originator_id)
        assert len(recorder.select_events(event.originator_id)) == 2
    factory.close()


def test_without_its_ledger_an_application_fails_when_it_starts(
    fresh: ProvisionedDatabase, wheel_environment: Select
) -> None:
    environment = wheel_environment(fresh, MODULE)
    with psycopg.connect(fresh.owner_url, autocommit=True) as owner:
        owner.execute("DROP SCHEMA ledger CASCADE")
    with pytest.raises(OperationalError, match="migrate"):
        DCBApplication(env=environment)


def test_a_password_by_topic_is_refused_in_words(shared: ProvisionedDatabase, wheel_environment: Select) -> None:
    environment = wheel_environment(shared, MODULE) | {"POSTGRES_GET_PASSWORD_TOPIC": "builtins:str"}
    with pytest.raises(OSError, match="POSTGRES_PASSWORD"):
        InfrastructureFactory.construct(environment)
