"""From the log to Kafka: one leader tails the store and says each public fact once, in order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2
from booking_events import POSITION_REACHED, TOPICS, Record
from event_store import EventStore, RecordedEvent
from opentelemetry.trace import SpanKind

from service_kit.broker import broker_check
from service_kit.context import Context
from service_kit.database import LIVENESS
from service_kit.telemetry import context_from, spanned, traceparent

log = logging.getLogger("relay")

PAUSE_SECONDS = 0.01
REACHED_EVERY_SECONDS = 0.2
LEADER_LOCK = 7_206_512_001


class KafkaAhead(Exception):
    """Kafka holds facts that the store does not: the store was restored to the past. Nothing may be said over them."""


@dataclass
class Progress:
    """What the relay has said: all up to `position`; `ready` while it leads and keeps up or stands by."""

    position: int = 0
    leading: bool = False


class Relay:
    """A background task: waits for the leader's lock, finds where Kafka stands, and follows the log.

    `publish` maps a stored event to a record, or to None for what stays private. A transactional id fences a leader
    that lost its lock without noticing. Any failure ends this run; the lifecycle starts another, which finds its place
    from the last `ce_sequence` in each partition.
    """

    name = "relay"

    def __init__(
        self,
        context: Context,
        store: EventStore,
        bootstrap: str,
        publish: Callable[[RecordedEvent], Record | None],
    ) -> None:
        self._context = context
        self._store = store
        self._bootstrap = bootstrap
        self._publish = publish
        self._topics = [topic for topic in TOPICS.values() if topic.owner == context.service]
        # A relay with nothing to say would never notice that its broker is away.
        self.checks: Mapping[str, Callable[[], Awaitable[None]]] = {"broker": broker_check(bootstrap)}
        self.progress = Progress()

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        lock = await psycopg.AsyncConnection.connect(self._context.database.url, autocommit=True, **LIVENESS)
        try:
            while not await _locked(lock):  # noqa: ASYNC110 (a lock in the database sends no event)
                await asyncio.sleep(0.5)
            await self._lead(lock)
        finally:
            self.progress.leading = False
            await lock.close()

    async def _lead(self, lock: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            transactional_id=f"{self._context.service}-relay",
            acks="all",
            linger_ms=0,
            request_timeout_ms=15_000,
        )
        await producer.start()
        try:
            said = await self._last_said()
            head = await self._store.head()
            if max(said.values(), default=0) > head:
                raise KafkaAhead(
                    f"Kafka stands at {max(said.values())}, the store at {head}: restore the store, or name new topics"
                )
            self.progress.position = min(said.values(), default=0)
            self.progress.leading = True
            log.info("leading", extra={"position": self.progress.position})
            await self._follow(producer, lock, said)
        finally:
            await producer.stop()

    async def _follow(
        self,
        producer: AIOKafkaProducer,
        lock: psycopg.AsyncConnection[tuple[object, ...]],
        said: dict[TopicPartition, int],
    ) -> None:
        start = max(self.progress.position, await self._checkpoint())
        reached_at, owing = 0.0, start
        loop = asyncio.get_running_loop()
        stream = self._store.subscribe(after=start)
        pending = asyncio.ensure_future(anext(stream))
        try:
            while True:
                wait = None if owing == 0 else REACHED_EVERY_SECONDS
                await asyncio.wait([pending], timeout=wait)
                await lock.execute("SELECT 1")  # the lock is gone with its connection: so is the right to speak
                if pending.done():
                    batch = pending.result()
                    pending = asyncio.ensure_future(anext(stream))
                    await self._say(producer, batch, said)
                    owing = batch[-1].position
                if owing and loop.time() - reached_at >= REACHED_EVERY_SECONDS:
                    await self._reached(producer, owing)
                    await self._keep(owing)
                    reached_at, owing = loop.time(), 0
                self.progress.position = max(self.progress.position, owing)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            pending.cancel()
            await asyncio.gather(pending, return_exceptions=True)
            await stream.aclose()

    async def _say(
        self, producer: AIOKafkaProducer, batch: Sequence[RecordedEvent], said: dict[TopicPartition, int]
    ) -> None:
        records = [(event.position, record) for event in batch if (record := self._publish(event)) is not None]
        if not records:
            return
        async with producer.transaction():
            for position, record in records:
                partition = await self._partition(producer, record)
                if position <= said.get(partition, 0):
                    continue  # said before the last leader ended
                headers = _traced(record)
                await producer.send(
                    record.topic, record.value, key=record.key, partition=partition.partition, headers=headers
                )
                said[partition] = position

    async def _partition(self, producer: AIOKafkaProducer, record: Record) -> TopicPartition:
        # Chosen here, and not by the producer, so that what was already said can be told apart by partition.
        partitions = sorted(await producer.partitions_for(record.topic))
        return TopicPartition(record.topic, partitions[_murmur(record.key) % len(partitions)])

    async def _reached(self, producer: AIOKafkaProducer, position: int) -> None:
        """Tell every partition that all up to `position` has been said, for readers whose keys had no news."""
        kind = POSITION_REACHED.format(service=self._context.service)
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", f"{self._context.service}-{position}".encode()),
            ("ce_type", kind.encode()),
            ("ce_source", self._context.service.encode()),
            ("ce_time", self._context.clock.now().isoformat().encode()),
            ("ce_sequence", f"{position:020d}".encode()),
        ]
        async with producer.transaction():
            for topic in self._topics:
                for partition in range(topic.partitions):
                    key = f"position-{partition}".encode()
                    await producer.send(topic.name, b"{}", key=key, partition=partition, headers=headers)

    async def _checkpoint(self) -> int:
        async with self._context.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT position FROM relay_checkpoint WHERE relay = %s", (self._context.service,)
            )
            row = await cursor.fetchone()
        return 0 if row is None else int(row["position"])

    async def _keep(self, position: int) -> None:
        async with self._context.database.connection() as connection:
            await connection.execute(
                "INSERT INTO relay_checkpoint (relay, position) VALUES (%s, %s) "
                "ON CONFLICT (relay) DO UPDATE SET position = excluded.position",
                (self._context.service, position),
            )

    async def _last_said(self) -> dict[TopicPartition, int]:
        """The last committed `ce_sequence` of each partition of this service's topics (0 where there is none)."""
        partitions = [TopicPartition(topic.name, n) for topic in self._topics for n in range(topic.partitions)]
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap, isolation_level="read_committed", enable_auto_commit=False
        )
        await consumer.start()
        try:
            consumer.assign(partitions)
            begins = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
            said = dict.fromkeys(partitions, 0)
            # The last records may be markers of transactions, which are never delivered: look a little further back.
            for partition in partitions:
                consumer.seek(partition, max(begins[partition], ends[partition] - 200))
            unread = {partition for partition in partitions if ends[partition] > begins[partition]}
            while unread:
                for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                    for record in records:
                        said[partition] = max(said[partition], _sequence(record.headers))
                unread = {p for p in unread if await consumer.position(p) < ends[p]}
            return said
        finally:
            await consumer.stop()


async def _locked(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,))
    row = await cursor.fetchone()
    return bool(row and row[0])


def _sequence(headers: Sequence[tuple[str, bytes]]) -> int:
    return next((int(value) for name, value in headers if name == "ce_sequence"), 0)


def _traced(record: Record) -> list[tuple[str, bytes]]:
    """The headers of a record; a trace that is kept goes on from a span of this relay."""
    headers = dict(record.headers)
    parent = headers.get("traceparent")
    if parent is None or not parent.endswith(b"-01"):
        return record.headers
    about = {
        "messaging.system": "kafka",
        "messaging.destination.name": record.topic,
        "messaging.operation.type": "send",
    }
    with spanned(f"send {record.topic}", context_from(parent.decode()), SpanKind.PRODUCER, about):
        headers["traceparent"] = (traceparent() or parent.decode()).encode()
    return list(headers.items())


def _murmur(key: bytes) -> int:
    """Kafka's own partitioning hash, so that foreign producers and tools agree on where a key lives."""
    return int(murmur2(key) & 0x7FFFFFFF)
