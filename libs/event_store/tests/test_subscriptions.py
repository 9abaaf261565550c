"""Subscribers see each position once and in order, whatever happens to their connections."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from embedded_parts.provision import ProvisionedDatabase
from event_store import Event, EventStore

EndSessions = Callable[[ProvisionedDatabase], Awaitable[None]]


async def positions(store: EventStore, *, until: int, after: int = 0, batch: int = 500, slow: float = 0.0) -> list[int]:
    seen: list[int] = []
    async with aclosing(store.subscribe(after=after, batch=batch)) as portions:
        async for portion in portions:
            seen += [one.position for one in portion]
            if seen[-1] >= until:
                break
            await asyncio.sleep(slow)
    return seen


async def append_freely(store: EventStore, events: int) -> None:
    async def write() -> None:
        for n in range(events // 10):
            await store.append([Event("Noted", b"%d" % n, ["a:1"])])

    await asyncio.gather(*(write() for _ in range(10)))


async def test_four_subscribers_see_every_unconditional_append_once_and_in_order(fresh: ProvisionedDatabase) -> None:
    async with EventStore(fresh.service_url) as one, EventStore(fresh.service_url) as other:
        subscribers = [
            asyncio.create_task(positions(one, until=2000)),
            asyncio.create_task(positions(one, until=2000, batch=7)),
            asyncio.create_task(positions(other, until=2000, batch=50, slow=0.01)),
            asyncio.create_task(positions(other, until=2000, after=1000)),
        ]
        await asyncio.gather(append_freely(one, 1000), append_freely(other, 1000))
        async with asyncio.timeout(60):
            seen = await asyncio.gather(*subscribers)
    assert seen == [list(range(1, 2001))] * 3 + [list(range(1001, 2001))]


async def test_a_subscription_and_the_appends_survive_the_loss_of_every_connection(
    fresh: ProvisionedDatabase, end_sessions: EndSessions
) -> None:
    async with EventStore(fresh.service_url) as store:
        subscriber = asyncio.create_task(positions(store, until=1500, batch=20))
        writing = asyncio.create_task(append_freely(store, 1500))
        for _ in range(3):
            await asyncio.sleep(0.15)
            await end_sessions(fresh)
        async with asyncio.timeout(60):
            await writing
            assert await subscriber == list(range(1, 1501))
        assert await store.head() == 1500


async def test_an_append_is_heard_of_at_once_and_not_only_at_the_next_poll(fresh: ProvisionedDatabase) -> None:
    loop = asyncio.get_running_loop()
    async with EventStore(fresh.service_url) as store, aclosing(store.subscribe()) as portions:
        await store.append([Event("Noted", b"")])
        await anext(portions)
        delays = []
        for _ in range(20):
            following = asyncio.create_task(anext(portions))
            await asyncio.sleep(0.03)
            began = loop.time()
            await store.append([Event("Noted", b"")])
            await following
            delays.append(loop.time() - began)
    assert sorted(delays)[10] < 0.12  # a poll would take 0.17


async def test_a_subscription_ends_with_its_store(fresh: ProvisionedDatabase) -> None:
    store = EventStore(fresh.service_url)
    await store.open()
    subscriber = asyncio.create_task(positions(store, until=1))
    await asyncio.sleep(0.05)
    await store.close()
    async with asyncio.timeout(120):
        assert "closed" in str((await asyncio.gather(subscriber, return_exceptions=True))[0])
