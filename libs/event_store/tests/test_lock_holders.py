"""A client that stops while its session holds the lock is ended by the server, wherever it stopped."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import Appended, Event, EventStore, Request, StoreUnavailable
from event_store.link import conninfo

_STATEMENT = b"SELECT answer FROM ledger.append_batch($1::jsonb, ARRAY[''::bytea, ''::bytea])"
_HELD = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = %s"


def request(id_: uuid.UUID, events: int) -> bytes:
    event = {"id": str(uuid.uuid4()), "type": "Lost", "version": 1, "tags": [], "metadata": "{}"}
    # The answer is empty, and one octet string is left for the data of the event.
    return json.dumps([{"id": None if events else str(id_), "blobs": 1, "events": [event] * events}]).encode()


@pytest.fixture
async def stopped(fresh: ProvisionedDatabase) -> AsyncIterator[psycopg.AsyncConnection]:
    """A session with the settings of a store's, of which the client sends what the test sends and reads nothing."""
    opened = await psycopg.AsyncConnection.connect(conninfo(fresh.service_url, "appends"), autocommit=True)
    yield opened
    await opened.close()


@pytest.fixture
async def holds(fresh: ProvisionedDatabase, stopped: psycopg.AsyncConnection) -> Callable[[], Awaitable[None]]:
    """Waits until the stopped client's session has the lock."""

    async def wait() -> None:
        async with (
            asyncio.timeout(60),
            await psycopg.AsyncConnection.connect(fresh.service_url, autocommit=True) as own,
        ):
            while True:
                held = await own.execute(_HELD, [stopped.info.backend_pid])
                if await held.fetchone() == (1,):
                    return
                await asyncio.sleep(0.02)

    return wait


async def appended_in_the_end(store: EventStore) -> Appended:
    """An append, tried again while the lock's time-out refuses it; a holder that is never ended fails the test."""
    async with asyncio.timeout(60):
        while True:
            try:
                answer = await store.append([Event("Noted", b"")])
            except StoreUnavailable:
                continue
            assert isinstance(answer, Appended)
            return answer


async def test_one_that_stops_between_its_statement_and_the_message_that_ends_it(
    fresh: ProvisionedDatabase, stopped: psycopg.AsyncConnection, holds: Callable[[], Awaitable[None]]
) -> None:
    wire = stopped.pgconn
    wire.enter_pipeline_mode()
    wire.send_query_params(_STATEMENT, [request(uuid.uuid4(), 1)])
    wire.send_flush_request()
    wire.flush()
    await holds()
    async with EventStore(fresh.service_url) as store:
        assert await appended_in_the_end(store) == Appended(1)


async def test_one_that_stops_before_it_has_read_a_long_answer(
    fresh: ProvisionedDatabase, stopped: psycopg.AsyncConnection, holds: Callable[[], Awaitable[None]]
) -> None:
    # More than the buffers of both ends hold, so that the server cannot finish sending it.
    kept = Request(uuid.uuid4(), b"", os.urandom(8_000_000))  # nothing that would be stored smaller
    async with EventStore(fresh.service_url) as store:
        await store.append([], request=kept)
        stopped.pgconn.send_query_params(_STATEMENT, [request(kept.id, 0)])
        stopped.pgconn.flush()
        await holds()
        assert await appended_in_the_end(store) == Appended(1)
