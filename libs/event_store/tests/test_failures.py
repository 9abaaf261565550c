"""The database goes away, comes back, or stands still: calls end in time, and nothing is recorded twice."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from embedded_parts.postgres import Postgres
from embedded_parts.provision import ProvisionedDatabase, provision
from event_store import (
    Appended,
    DCBQuery,
    DCBQueryItem,
    Event,
    EventStore,
    Request,
    StoreUnavailable,
    SyncEventStore,
    verify_chain,
)

EndSessions = Callable[[ProvisionedDatabase], Awaitable[None]]


async def test_opening_without_a_database_is_no_failure_and_calls_are_refused_quickly() -> None:
    began = time.monotonic()
    async with EventStore("postgresql://nobody@127.0.0.1:1/nothing") as store:
        for call in (store.head(), store.append([Event("Noted", b"")]), store.find_request(uuid4())):
            with pytest.raises(StoreUnavailable) as raised:
                await call
            assert raised.value.request_id is None  # nothing was sent, so nothing can have been recorded
        with pytest.raises(StoreUnavailable):
            await anext(store.read_range())
    assert time.monotonic() - began < 10  # one that is not refused at once waits for 4 s, and here are four


async def test_a_database_without_the_ledger_is_unavailable_and_says_so(
    postgres_url: str,
) -> None:
    async with EventStore(postgres_url) as store:
        with pytest.raises(StoreUnavailable, match="migrate"):
            await store.head()
        with pytest.raises(StoreUnavailable, match="migrate"):
            await store.append([Event("Noted", b"")])


async def test_appends_under_way_when_their_session_is_ended_are_recorded_once(
    fresh: ProvisionedDatabase, end_sessions: EndSessions
) -> None:
    async with EventStore(fresh.service_url) as store:

        async def write(writer: int) -> list[int]:
            told = []
            for n in range(40):
                answer = await store.append([Event("Noted", f"{writer}:{n}".encode(), [f"w:{writer}"])])
                assert isinstance(answer, Appended)
                told.append(answer.position)
            return told

        writing = asyncio.gather(*(write(writer) for writer in range(16)))
        while not writing.done():
            await asyncio.sleep(0.02)
            await end_sessions(fresh)
        told = await writing
        log = [one async for portion in store.read_range() for one in portion]
    assert len(log) == 16 * 40
    for writer, positions in enumerate(told):
        assert [log[position - 1].event.data for position in positions] == [f"{writer}:{n}".encode() for n in range(40)]
    assert verify_chain(log).intact


async def test_reads_go_on_after_their_session_was_ended(
    store: EventStore, shared: ProvisionedDatabase, end_sessions: EndSessions
) -> None:
    await store.append([Event("Noted", b"")])
    for _ in range(3):
        await end_sessions(shared)
        assert await store.head() > 0
        assert await store.find_request(uuid4()) is None
        assert [portion async for portion in store.read_range()]


async def test_an_append_that_waits_too_long_for_the_lock_is_refused_without_effect(
    store: EventStore, shared: ProvisionedDatabase
) -> None:
    tag = f"hold:{uuid4()}"
    with psycopg.connect(shared.owner_url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(5783129944181957703)")
        began = time.monotonic()
        with pytest.raises(StoreUnavailable) as raised:
            await store.append([Event("Held", b"", [tag])])
        assert time.monotonic() - began < 10  # the lock's time-out is 2 s
        assert raised.value.request_id is None
        assert await store.head() >= 0  # reading never waits for the lock
    assert (await store.read(DCBQuery([DCBQueryItem(tags=[tag])]))).events == []


@pytest.fixture
async def own_server(tmp_path: Path) -> AsyncIterator[tuple[Postgres, ProvisionedDatabase]]:
    with Postgres(tmp_path / "postgres") as server:
        yield server, provision(server.url, "ledger", "o", "s")


async def test_it_works_again_when_the_server_is_back_and_a_frozen_session_doubles_nothing(
    own_server: tuple[Postgres, ProvisionedDatabase], migrate_ledger: Callable[[ProvisionedDatabase], None]
) -> None:
    server, database = own_server
    migrate_ledger(database)
    async with EventStore(database.service_url, timeout_seconds=1.0) as store:
        assert await store.append([Event("Noted", b"1")]) == Appended(1)

        server.stop()
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.append([Event("Noted", b"never")])
        assert time.monotonic() - began < 10
        server.start()
        await asyncio.sleep(0.3)
        assert await store.append([Event("Noted", b"2")]) == Appended(2)

        # The session takes the statement and stands still: the store gives it up and sends the same request again.
        with psycopg.connect(database.service_url) as own:
            found = own.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'event_store appends'"
            ).fetchone()
        assert found is not None
        os.kill(found[0], signal.SIGSTOP)
        request = Request(uuid4(), b"body", b"answer")
        try:
            assert await store.append([Event("Noted", b"3")], request=request) == Appended(3)
        finally:
            os.kill(found[0], signal.SIGCONT)
        await asyncio.sleep(0.3)
        assert await store.append([Event("Noted", b"4")]) == Appended(4)
        kept = await store.find_request(request.id)
        assert kept is not None
        assert kept.position == 3


async def test_a_frozen_session_of_the_synchronous_face_doubles_nothing_either(
    own_server: tuple[Postgres, ProvisionedDatabase], migrate_ledger: Callable[[ProvisionedDatabase], None]
) -> None:
    _, database = own_server
    migrate_ledger(database)
    with SyncEventStore(database.service_url, timeout_seconds=1.0) as store:
        assert store.append([Event("Noted", b"1")]) == Appended(1)
        with psycopg.connect(database.service_url) as own:
            (found,) = own.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'event_store sync'"
            ).fetchall()
        os.kill(found[0], signal.SIGSTOP)
        try:
            assert store.append([Event("Noted", b"2")]) == Appended(2)
        finally:
            os.kill(found[0], signal.SIGCONT)
        await asyncio.sleep(0.3)
        assert store.append([Event("Noted", b"3")]) == Appended(3)
