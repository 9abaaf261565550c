"""An append whose answer was lost stays uncertain until something certain is heard of it."""

import asyncio
import uuid

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import Event, EventStore, Request, StoreUnavailable

_LOCK = "SELECT pg_advisory_lock(5783129944181957703)"
_APPENDING = (
    "FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'event_store appends' AND wait_event_type = 'Lock'"
)


async def test_a_refusal_of_what_was_sent_again_does_not_say_that_nothing_was_recorded(
    fresh: ProvisionedDatabase,
) -> None:
    wanted = Request(uuid.uuid4(), b"", b"")
    async with (
        EventStore(fresh.service_url) as store,
        await psycopg.AsyncConnection.connect(fresh.service_url, autocommit=True) as other,
    ):
        await other.execute(_LOCK)  # by hand, so that the second try ends in the lock's time-out
        appending = asyncio.create_task(store.append([Event("A", b"")], request=wanted))
        async with asyncio.timeout(60):
            # From its end on, the store cannot know whether the first try was recorded: it went away in the middle.
            ended = 0
            while not ended:
                ended = (await other.execute(f"SELECT pg_terminate_backend(pid) {_APPENDING}")).rowcount
                await asyncio.sleep(0.02)
        with pytest.raises(StoreUnavailable) as failure:
            await appending
        assert failure.value.request_id == wanted.id
