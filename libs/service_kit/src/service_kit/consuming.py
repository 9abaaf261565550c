"""From Kafka to a service's tables: effects and position in one transaction, so that each fact takes effect once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from booking_events import TOPICS

from service_kit.applying import Applier, Handle, HandleMany, Poison
from service_kit.broker import broker_check, reaching
from service_kit.consumed import Consumed
from service_kit.context import Context
from service_kit.database import TRANSIENT
from service_kit.dead_letters import DeadLetters
from service_kit.lagging import Lag
from service_kit.releasing import Releases

__all__ = ["Consumer", "Handle", "HandleMany", "Poison"]

PAUSE_SECONDS = 0.05
BATCH_MAX = 500
LOOK_EVERY_SECONDS = 1.0


class Consumer:
    """A background task that follows `topics` of one owner.

    `handle(connection, envelope)` runs in the transaction that also stores how far it came; the facts it returns are
    appended last in that transaction. `many`, where it pays, does the same for a batch (in order for each key).
    What they raise rolls all of that back:
    one of TRANSIENT or OSError is tried again for as long as it takes, `Poison` parks the key of its message at once,
    one of UNFIT after ATTEMPTS_MAX tries; with anything else this run ends, and the lifecycle begins another.
    A parked key keeps its later messages waiting behind it, in order, until it is released; other keys go on.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        topics: Sequence[str],
        handle: Handle,
        bootstrap: str,
        *,
        many: HandleMany | None = None,
    ) -> None:
        owners = {TOPICS[topic].owner for topic in topics}
        if len(owners) != 1:
            raise ValueError("a consumer follows the topics of one service")
        self.log = owners.pop()
        self.name = f"consumer of {self.log}"
        self.checks: Mapping[str, Callable[[], Awaitable[None]]] = {"broker": broker_check(bootstrap)}
        self.topics = tuple(topics)
        self._consumer_name = name
        self._context = context
        self._bootstrap = bootstrap
        self._consumed = Consumed(name)
        self._applier = Applier(context, name, self._consumed, handle, many)
        self._releases = Releases(context, name, self._consumed, self._applier.handled)
        self._dead_letters = DeadLetters(context, name, bootstrap)
        self._lag = Lag(name, topics)
        self.seconds_behind = self._lag.seconds_behind

    async def position(self) -> int:
        """All of the owner's log up to here is reflected, whichever process of the group handled it."""
        partitions = sum(TOPICS[topic].partitions for topic in self.topics)
        async with self._context.database.connection() as connection:
            return await self._consumed.reached(connection, list(self.topics), partitions)

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        consumer = AIOKafkaConsumer(
            **reaching(self._bootstrap),
            group_id=f"{self._context.service}.{self._consumer_name}",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
        )
        resuming = _Resume(self, consumer)
        consumer.subscribe(self.topics, listener=resuming)
        copying = asyncio.create_task(self._dead_letters.run())
        try:
            await consumer.start()
            loop = asyncio.get_running_loop()
            looked_at = loop.time()
            while True:
                batch = await consumer.getmany(timeout_ms=500, max_records=BATCH_MAX)
                if resuming.failure is not None:
                    raise resuming.failure
                if copying.done():
                    copying.result()
                if batch:
                    self._lag.took(batch)
                    await self._applier.apply(batch)
                await self._lag.applied(consumer)
                if loop.time() - looked_at >= LOOK_EVERY_SECONDS:
                    await self._look(consumer)
                    looked_at = loop.time()
                # What comes meanwhile shares a transaction; nobody waits for more of a full batch.
                if batch and sum(map(len, batch.values())) < BATCH_MAX:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            copying.cancel()
            await asyncio.gather(copying, return_exceptions=True)
            await consumer.stop()

    async def resume(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        """Go on from what the database says, not from what Kafka remembers."""
        async with self._context.database.connection() as connection:
            offsets = await self._consumed.offsets(connection)
            self._lag.paused = await self._consumed.paused(connection)
        for partition in partitions:
            if partition in offsets:
                consumer.seek(partition, offsets[partition])
        self._hold_back(consumer)

    async def _look(self, consumer: AIOKafkaConsumer) -> None:
        """What an operator wishes: topics to hold back, keys to let go."""
        with suppress(*TRANSIENT):  # looked at again a second later
            async with self._context.database.connection() as connection:
                self._lag.paused = await self._consumed.paused(connection)
                self._lag.parked = await self._consumed.count_parked(connection)
        self._hold_back(consumer)
        await self._releases.take_up([one for one in consumer.assignment() if one.topic not in self._lag.paused])

    def _hold_back(self, consumer: AIOKafkaConsumer) -> None:
        paused = {one for one in consumer.assignment() if one.topic in self._lag.paused}
        consumer.resume(*(consumer.paused() - paused))
        consumer.pause(*paused)


class _Resume(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not typed
    """Seeks when partitions are assigned. aiokafka only logs what a listener raises, so it is kept for the loop."""

    def __init__(self, owner: Consumer, consumer: AIOKafkaConsumer) -> None:
        self._owner = owner
        self._consumer = consumer
        self.failure: Exception | None = None

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        return None

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        try:
            await self._owner.resume(self._consumer, list(assigned))
        except Exception as failure:  # handed to the loop, which ends this run
            self.failure = failure
