"""The synchronous face: threads at once, a database that goes away, and subscriptions that block."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import (
    Appended,
    Conflict,
    DCBAppendCondition,
    Event,
    Request,
    StoreUnavailable,
    SyncEventStore,
    TooBusy,
    tagged,
    verify_chain,
)

EndSessions = Callable[[ProvisionedDatabase], Awaitable[None]]


def follow(store: SyncEventStore, until: int, **named: int) -> list[int]:
    seen: list[int] = []
    for portion in store.subscribe(**named):
        seen += [each.position for each in portion]
        if seen[-1] >= until:
            break
    return seen


def test_of_threads_that_want_one_slot_each_time_one_gets_it(fresh: ProvisionedDatabase) -> None:
    with SyncEventStore(fresh.service_url) as store, ThreadPoolExecutor(8) as threads:
        for n in range(20):
            tag = f"hour:{n}"
            condition = DCBAppendCondition(tagged(tag), after=store.head())
            answers = list(
                threads.map(
                    lambda _, t=tag, c=condition: store.append([Event("Held", b"", [t])], condition=c), range(8)
                )
            )
            (won,) = (answer for answer in answers if isinstance(answer, Appended))
            assert [answer for answer in answers if answer is not won] == [Conflict(won.position)] * 7
        assert store.head() == 20


async def test_appends_whose_sessions_are_ended_are_recorded_once(
    fresh: ProvisionedDatabase, end_sessions: EndSessions
) -> None:
    with SyncEventStore(fresh.service_url) as store:

        def write(writer: int) -> None:
            for n in range(30):
                assert isinstance(store.append([Event("Noted", f"{writer}:{n}".encode())]), Appended)

        writing = asyncio.gather(*(asyncio.to_thread(write, writer) for writer in range(4)))
        while not writing.done():
            await asyncio.sleep(0.02)
            await end_sessions(fresh)
        await writing
        log = [each for portion in store.read_range(batch=50) for each in portion]
    assert sorted(each.event.data for each in log) == sorted(f"{w}:{n}".encode() for w in range(4) for n in range(30))
    assert verify_chain(log).intact


def test_without_a_database_every_call_is_refused_at_once() -> None:
    began = time.monotonic()
    with SyncEventStore("postgresql://nobody@127.0.0.1:1/nothing") as store:
        calls: list[Callable[[], object]] = [
            store.head,
            lambda: store.append([Event("Noted", b"")], request=Request(uuid4(), b"", b"")),
            lambda: store.find_request(uuid4()),
            lambda: next(iter(store.read_range())),
        ]
        for call in calls:
            with pytest.raises(StoreUnavailable) as raised:
                call()
            assert raised.value.request_id is None  # nothing was sent, so nothing can have been recorded
    assert time.monotonic() - began < 10  # one that is not refused at once waits for 4 s, and here are four


def test_a_database_without_the_ledger_says_that_it_must_be_migrated(postgres_url: str) -> None:
    with SyncEventStore(postgres_url) as store, pytest.raises(StoreUnavailable, match="migrate"):
        store.head()


def test_a_call_that_finds_every_connection_in_use_is_refused_in_time(fresh: ProvisionedDatabase) -> None:
    with SyncEventStore(fresh.service_url, connections_max=1, timeout_seconds=0.2) as store:
        entered, leave = threading.Event(), threading.Event()
        holding = threading.Thread(target=store._links.run, args=[lambda _: (entered.set(), leave.wait())])
        holding.start()
        entered.wait()
        with pytest.raises(TooBusy):
            store.head()
        leave.set()
        holding.join()


def test_a_closed_store_refuses(fresh: ProvisionedDatabase) -> None:
    store = SyncEventStore(fresh.service_url)
    store.head()
    store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        store.head()


async def test_a_subscriber_sees_each_event_once_and_in_order_though_sessions_are_ended(
    fresh: ProvisionedDatabase, end_sessions: EndSessions
) -> None:
    with SyncEventStore(fresh.service_url) as store:
        reading = asyncio.gather(
            asyncio.to_thread(follow, store, 300, batch=7), asyncio.to_thread(follow, store, 300, after=100)
        )
        for n in range(300):
            await asyncio.to_thread(store.append, [Event("Noted", b"%d" % n)])
            if n % 100 == 50:
                await end_sessions(fresh)
        async with asyncio.timeout(60):
            assert await reading == [list(range(1, 301)), list(range(101, 301))]


def test_a_subscriber_hears_at_once_and_ends_with_its_store(fresh: ProvisionedDatabase) -> None:
    store = SyncEventStore(fresh.service_url)
    heard: list[float] = []
    ended: list[str] = []

    def read() -> None:
        try:
            for _ in store.subscribe():
                heard.append(time.monotonic())  # noqa: PERF401 - read by another thread meanwhile
        except StoreUnavailable as failure:
            ended.append(str(failure))

    reader = threading.Thread(target=read)
    reader.start()
    delays = []
    for n in range(20):
        time.sleep(0.03)
        began = time.monotonic()
        store.append([Event("Noted", b"")])
        while len(heard) <= n:
            time.sleep(0.001)
        delays.append(heard[n] - began)
    store.close()
    reader.join(timeout=30)
    assert sorted(delays)[10] < 0.12  # a poll would take 0.17
    assert ended == ["the event store is closed"]


async def test_a_refusal_of_what_was_sent_again_does_not_say_that_nothing_was_recorded(
    fresh: ProvisionedDatabase,
) -> None:
    wanted = Request(uuid4(), b"", b"")
    waiting = "FROM pg_stat_activity WHERE application_name = 'event_store sync' AND wait_event_type = 'Lock'"
    with (
        SyncEventStore(fresh.service_url) as store,
        psycopg.connect(fresh.service_url, autocommit=True) as other,
    ):
        # Held by hand, so that the second try ends in the lock's time-out.
        other.execute("SELECT pg_advisory_lock(5783129944181957703)")
        appending = asyncio.create_task(asyncio.to_thread(store.append, [Event("A", b"")], request=wanted))
        async with asyncio.timeout(60):
            while other.execute(f"SELECT count(*) {waiting}").fetchone() != (1,):  # noqa: ASYNC110 - of a server
                await asyncio.sleep(0.02)
        # From here it cannot be known whether the first try was recorded: it went away in the middle.
        other.execute(f"SELECT pg_terminate_backend(pid) {waiting}")
        with pytest.raises(StoreUnavailable) as failure:
            await appending
        assert failure.value.request_id == wanted.id
