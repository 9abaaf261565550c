"""Eight subscribers, unconditional appends all the while, and sessions that are ended again and again under them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import Conflict, Event, EventStore, Request, StoreUnavailable, append_in_transaction

_ROUNDS = 4
_WAIT_SECONDS_MAX = 60  # generous: nothing here depends on how fast the machine is


@dataclass
class Subscriber:
    """One that consumes in its own manner, and notes what it was brought."""

    batch: int = 500
    after: int = 0
    slow_seconds: float = 0.0
    portions_until_it_comes_back: int | None = None  # it ends its subscription and begins another where it was
    pauses_at: int | None = None
    seen: list[int] = field(default_factory=list)
    paused: asyncio.Event = field(default_factory=asyncio.Event)
    resumes: asyncio.Event = field(default_factory=asyncio.Event)
    subscriptions: int = 0

    async def follow(self, store: EventStore) -> None:
        """Subscribe until cancelled."""
        while True:
            self.subscriptions += 1
            after = self.seen[-1] if self.seen else self.after
            async with aclosing(store.subscribe(after=after, batch=self.batch)) as portions:
                number = 0
                async for portion in portions:
                    number += 1
                    self.seen += [one.position for one in portion]
                    if number == self.portions_until_it_comes_back:
                        break
                    await self._consume()

    async def _consume(self) -> None:
        if self.pauses_at is not None and len(self.seen) >= self.pauses_at:
            self.paused.set()
            await self.resumes.wait()
        await asyncio.sleep(self.slow_seconds)


class Writers:
    """Appends without a condition until it is stopped: two stores' group commits, and a service's own transactions."""

    def __init__(self) -> None:
        self.told: dict[bytes, int] = {}
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    async def append_by(self, store: EventStore, name: str) -> None:
        number = 0
        while not self._stopped.is_set():
            data = f"{name}:{number}".encode()
            self.told[data] = await _append_surely(store, Event("Noted", data, ["a:1"]))
            number += 1
            await asyncio.sleep(0.02)

    async def append_in_own_transactions(self, url: str) -> None:
        number = 0
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            while not self._stopped.is_set():
                data = f"own:{number}".encode()
                async with connection.transaction():
                    self.told[data] = await append_in_transaction(connection, [Event("Noted", data, ["a:1"])])
                    await asyncio.sleep(0.003)  # appended, and not yet to be seen: what lost events elsewhere
                number += 1
                await asyncio.sleep(0.01)


async def _append_surely(store: EventStore, event: Event) -> int:
    request = Request(uuid4(), b"", b"")
    while True:
        try:
            answer = await store.append([event], request=request)
        except StoreUnavailable:  # a slow machine may take longer to connect than the store is patient
            await asyncio.sleep(0.05)
        else:
            assert not isinstance(answer, Conflict)
            return answer.position


class Sessions:
    """The stores' sessions on the server: waits until they are there, anew after each time, and ends them."""

    def __init__(self, connection: psycopg.AsyncConnection) -> None:
        self._connection = connection
        self.ended: set[int] = set()

    async def there_anew(self, *, stores: int) -> set[int]:
        """The sessions by which subscriptions live, of all stores, none of which was there when all were ended."""
        while True:
            by_purpose = {purpose: await self._pids(f"event_store {purpose}") for purpose in ("ranges", "bell")}
            new = set().union(*by_purpose.values()) - self.ended
            if all(len(pids - self.ended) == stores for pids in by_purpose.values()):
                return new
            await asyncio.sleep(0.02)

    async def end_all(self) -> None:
        """End every session of the stores, those of appends too."""
        for pid in await self._pids("event_store %"):
            await self._connection.execute("SELECT pg_terminate_backend(%s)", [pid])
            self.ended.add(pid)

    async def _pids(self, name: str) -> set[int]:
        rows = await self._connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE %s", [name]
        )
        return {pid for (pid,) in await rows.fetchall()}


@pytest.fixture
async def sessions(fresh: ProvisionedDatabase) -> AsyncIterator[Sessions]:
    async with await psycopg.AsyncConnection.connect(fresh.service_url, autocommit=True) as connection:
        yield Sessions(connection)


@asynccontextmanager
async def in_the_background(*coroutines: Awaitable[None]) -> AsyncIterator[list[asyncio.Future[None]]]:
    tasks = [asyncio.ensure_future(one) for one in coroutines]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(reached: Callable[[], bool], *watched: asyncio.Future[None]) -> None:
    async with asyncio.timeout(_WAIT_SECONDS_MAX):
        while not reached():
            for task in watched:
                if task.done():
                    task.result()  # raises what ended it
            await asyncio.sleep(0.02)


async def test_eight_subscribers_see_every_position_once_and_in_order_through_every_loss_of_their_sessions(
    fresh: ProvisionedDatabase, sessions: Sessions
) -> None:
    pausing, leaving = Subscriber(batch=20, pauses_at=60), Subscriber(batch=10, portions_until_it_comes_back=5)
    subscribers = [
        *(Subscriber(), Subscriber(batch=3), Subscriber(batch=50, slow_seconds=0.01), pausing),
        *(Subscriber(), Subscriber(batch=7), Subscriber(after=100), leaving),
    ]
    writers = Writers()
    async with (
        EventStore(fresh.service_url) as one,
        EventStore(fresh.service_url) as other,
        in_the_background(*(each.follow(one if n < 4 else other) for n, each in enumerate(subscribers))) as following,
    ):
        writing = asyncio.gather(
            *(writers.append_by(store, f"{n}") for n, store in enumerate([one, other] * 4)),
            writers.append_in_own_transactions(fresh.service_url),
        )
        await until(lambda: pausing.paused.is_set() and len(writers.told) > 150, writing, *following)
        reconnected: list[set[int]] = []
        async with asyncio.timeout(_WAIT_SECONDS_MAX):
            for _ in range(_ROUNDS):
                reconnected.append(await sessions.there_anew(stores=2))
                await sessions.end_all()
            reconnected.append(await sessions.there_anew(stores=2))
        writers.stop()
        await writing
        head, missed = await one.head(), len(pausing.seen)
        pausing.resumes.set()
        await until(lambda: all(each.seen and each.seen[-1] >= head for each in subscribers), *following)

    assert [each.seen for each in subscribers] == [list(range(each.after + 1, head + 1)) for each in subscribers]
    assert sorted(writers.told.values()) == list(range(1, head + 1))  # as many as were told, each where it was told
    # It was no quiet day: every session came back after each time, all the others went on while one had paused, and
    # one of them came and went.
    assert len(set().union(*reconnected)) == 2 * 2 * (_ROUNDS + 1)
    assert 60 <= missed < 100 < head
    assert leaving.subscriptions > 3
