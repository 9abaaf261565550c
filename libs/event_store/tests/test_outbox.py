"""The log as outbox: the change and its fact are one transaction of the caller's."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import (
    DCBQuery,
    DCBQueryItem,
    Event,
    EventStore,
    Request,
    RequestSeen,
    append_in_transaction,
    read_after,
)
from psycopg.rows import dict_row


@pytest.fixture
async def connection(shared: ProvisionedDatabase) -> AsyncIterator[psycopg.AsyncConnection]:
    async with await psycopg.AsyncConnection.connect(shared.service_url, autocommit=True) as opened:
        yield opened


async def events_of(store: EventStore, tag: str) -> list[bytes]:
    return [one.event.data for one in (await store.read(DCBQuery([DCBQueryItem(tags=[tag])]))).events]


async def test_the_fact_is_there_exactly_when_the_transaction_was_committed(
    store: EventStore, connection: psycopg.AsyncConnection
) -> None:
    tag = f"agenda:{uuid4()}"
    async with connection.transaction():
        position = await append_in_transaction(connection, [Event("AgendaOpened", b"kept", [tag])])
        assert await events_of(store, tag) == []
    async with connection.transaction(force_rollback=True):
        await append_in_transaction(connection, [Event("AgendaOpened", b"undone", [tag])])
    assert await events_of(store, tag) == [b"kept"]
    assert await store.head() == position


async def test_it_needs_no_certain_rows_and_an_open_transaction(connection: psycopg.AsyncConnection) -> None:
    connection.row_factory = dict_row  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="transaction"):
        await append_in_transaction(connection, [Event("Noted", b"")])
    async with connection.transaction():
        first = await append_in_transaction(connection, [Event("Noted", b"")])
        assert await append_in_transaction(connection, [Event("Noted", b"")]) == first + 1
    assert [one.position for one in await read_after(connection, after=first - 1)] == [first, first + 1]


async def test_a_request_that_was_answered_undoes_the_callers_changes(
    store: EventStore, connection: psycopg.AsyncConnection
) -> None:
    request, tag = Request(uuid4(), b"f", b"a"), f"agenda:{uuid4()}"
    async with connection.transaction():
        position = await append_in_transaction(connection, [Event("Noted", b"1", [tag])], request=request)
    with pytest.raises(RequestSeen) as raised:
        async with connection.transaction():
            await append_in_transaction(connection, [Event("Noted", b"2", [tag])], request=request)
    assert (raised.value.seen.position, raised.value.seen.answer) == (position, b"a")
    assert await events_of(store, tag) == [b"1"]


async def test_a_caller_that_dawdles_before_its_commit_holds_the_others_up_for_a_second_at_most(
    store: EventStore, connection: psycopg.AsyncConnection
) -> None:
    tag = f"agenda:{uuid4()}"
    await connection.execute("BEGIN")
    await append_in_transaction(connection, [Event("Noted", b"lost", [tag])])
    began = time.monotonic()
    await asyncio.sleep(0.1)
    await store.append([Event("Noted", b"kept", [tag])])
    # Held up for 2 s, the append would have been refused; this upper bound is for a machine that is busy besides.
    assert 0.8 < time.monotonic() - began < 5
    with pytest.raises(psycopg.Error):
        await connection.execute("COMMIT")
    assert await events_of(store, tag) == [b"kept"]
