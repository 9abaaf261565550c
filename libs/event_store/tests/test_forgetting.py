"""Requests are forgotten once no retry can come any more; what they recorded stays."""

import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import Event, EventStore, Request

DAY = timedelta(days=1)


def request() -> Request:
    return Request(uuid.uuid4(), b"body", b"answer")


def age(database: ProvisionedDatabase, days: int) -> None:
    """Let everything recorded until now be so much older."""
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("UPDATE ledger.events SET recorded_at = recorded_at - make_interval(days => %s)", [days])


def forget(database: ProvisionedDatabase, before: datetime, most: int = 100) -> int:
    with psycopg.connect(database.service_url, autocommit=True) as service:
        row = service.execute("SELECT ledger.forget_requests(%s, %s)", [before, most]).fetchone()
    assert row is not None
    return int(row[0])


async def test_what_is_older_is_forgotten_a_portion_at_a_time_and_what_is_younger_stays(
    fresh: ProvisionedDatabase,
) -> None:
    old, young = [request() for _ in range(5)], [request() for _ in range(3)]
    async with EventStore(fresh.service_url) as store:
        for one in old:
            await store.append([Event("Noted", b"")], request=one)
        age(fresh, 3)
        for one in young:
            await store.append([Event("Noted", b"")], request=one)
        before = datetime.now(UTC) - 2 * DAY
        # The last of the old ones stays until a later event is old as well: see the next test for why.
        assert [forget(fresh, before, most=3) for _ in range(3)] == [3, 1, 0]
        assert [await store.find_request(one.id) is None for one in old] == [True] * 4 + [False]
        assert all([await store.find_request(one.id) for one in young])
        assert await store.head() == 8


async def test_an_answer_without_an_event_is_as_old_as_itself_and_not_as_the_event_before_it(
    fresh: ProvisionedDatabase,
) -> None:
    refused = request()
    async with EventStore(fresh.service_url) as store:
        await store.append([Event("Noted", b"")])
        age(fresh, 30)
        await store.append([], request=refused)
        assert forget(fresh, datetime.now(UTC) - 2 * DAY) == 0
        assert await store.find_request(refused.id) is not None


def test_nobody_forgets_what_may_still_be_retried(fresh: ProvisionedDatabase) -> None:
    assert forget(fresh, datetime.now(UTC) - 2 * DAY) == 0
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="a day at least"):
        forget(fresh, datetime.now(UTC) - DAY / 2)
