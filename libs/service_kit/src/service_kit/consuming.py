"""From Kafka to a service's tables: effects and position in one transaction, so that each fact takes effect once."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import psycopg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from booking_events import TOPICS, Envelope, PublicEvent, Undecodable, decode
from event_store import Event
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from service_kit.broker import broker_check
from service_kit.consumed import Consumed, Unhandled
from service_kit.context import Context
from service_kit.database import TRANSIENT, Connection
from service_kit.outbox import say, to_outbox
from service_kit.releasing import Releases
from service_kit.telemetry import context_from, spanned

log = logging.getLogger("consumer")

PAUSE_SECONDS = 0.05
BATCH_MAX = 200
ATTEMPTS_MAX = 3
RELEASED_EVERY_SECONDS = 1.0

Handle = Callable[[Connection, Envelope], Awaitable[Sequence[PublicEvent] | None]]

UNFIT = (
    ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError,
    psycopg.DataError, psycopg.IntegrityError,
)  # fmt: skip
"""What code raises that a message does not fit. Anything else (a missing table, say) concerns every message alike."""


class Poison(Exception):
    """This message can never be handled; its key is parked. The message is a constant: it says nothing of anybody."""


class Consumer:
    """A background task that follows `topics` of one owner.

    `handle(connection, envelope)` runs in the transaction that also stores how far it came; the facts it returns are
    appended last in that transaction. What it raises rolls all of that back:
    one of TRANSIENT or OSError is tried again for as long as it takes, `Poison` parks the key of its message at once,
    one of UNFIT after ATTEMPTS_MAX tries; with anything else this run ends, and the lifecycle begins another.
    A parked key keeps its later messages waiting behind it, in order, until it is released; other keys go on.
    """

    def __init__(self, context: Context, name: str, topics: Sequence[str], handle: Handle, bootstrap: str) -> None:
        owners = {TOPICS[topic].owner for topic in topics}
        if len(owners) != 1:
            raise ValueError("a consumer follows the topics of one service")
        self.log = owners.pop()
        self.name = f"consumer of {self.log}"
        self.checks: Mapping[str, Callable[[], Awaitable[None]]] = {"broker": broker_check(bootstrap)}
        self._consumer_name = name
        self._consumed = Consumed(name)
        self._context = context
        self.topics = tuple(topics)
        self._handle = handle
        self._releases = Releases(context, name, self._consumed, self._handled)
        self._bootstrap = bootstrap

    async def position(self) -> int:
        """All of the owner's log up to here is reflected, whichever process of the group handled it."""
        partitions = sum(TOPICS[topic].partitions for topic in self.topics)
        async with self._context.database.connection() as connection:
            return await self._consumed.reached(connection, list(self.topics), partitions)

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=f"{self._context.service}.{self._consumer_name}",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
        )
        resuming = _Resume(self, consumer)
        consumer.subscribe(self.topics, listener=resuming)
        try:
            await consumer.start()
            loop = asyncio.get_running_loop()
            looked_at = loop.time()
            while True:
                batches = await consumer.getmany(timeout_ms=500, max_records=BATCH_MAX)
                if resuming.failure is not None:
                    raise resuming.failure
                for partition, records in batches.items():
                    await self._apply(partition, records)
                if loop.time() - looked_at >= RELEASED_EVERY_SECONDS:
                    await self._releases.take_up(consumer.assignment())
                    looked_at = loop.time()
                if batches:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await consumer.stop()

    async def resume(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        """Go on from what the database says, not from what Kafka remembers."""
        async with self._context.database.connection() as connection:
            offsets = await self._consumed.offsets(connection)
        for partition in partitions:
            if partition in offsets:
                consumer.seek(partition, offsets[partition])

    async def _apply(self, partition: TopicPartition, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        unfit: dict[int, str] = {}
        tries: Counter[int] = Counter()
        attempt = 0
        while True:
            try:
                await self._transaction(partition, records, unfit)
                return
            except Unhandled as failed:
                tries[failed.offset] += 1
                if failed.surely or tries[failed.offset] >= ATTEMPTS_MAX:
                    # All is rolled back; the next try parks this message with those of its key behind it.
                    unfit[failed.offset] = failed.reason
                    facts = {"consumer": self._consumer_name, "topic": partition.topic}
                    log.error("parked", extra=facts, exc_info=failed.__cause__)
                    continue
                attempt, reason = tries[failed.offset], failed.reason
            except (*TRANSIENT, OSError) as error:
                attempt, reason = attempt + 1, type(error).__name__
            log.warning("retrying", extra={"consumer": self._consumer_name, "error": reason, "attempt": attempt})
            await asyncio.sleep(min(0.1 * 2**attempt, 5) * random.uniform(0.5, 1))  # noqa: S311 (jitter)

    async def _transaction(
        self, partition: TopicPartition, records: Sequence[ConsumerRecord[bytes, bytes]], unfit: Mapping[int, str]
    ) -> None:
        facts: list[Event] = []
        async with self._context.database.transaction() as connection:
            place = await self._consumed.lock(connection, partition)
            sequence, waiting = place.sequence, set(place.parked)
            for record in records:
                key = (record.key or b"").decode(errors="replace")
                try:
                    envelope = decode(record.headers, record.value)
                except Undecodable as error:
                    if key not in waiting and record.offset not in unfit:
                        raise Unhandled(record.offset, str(error), surely=True) from None
                    envelope = None
                if envelope is not None and envelope.sequence <= sequence:
                    continue  # seen before, here or by another process of the group
                if key in waiting or record.offset in unfit:
                    reason = "behind a parked message" if key in waiting else unfit[record.offset]
                    await self._consumed.park(connection, record, key, reason)
                    waiting.add(key)
                elif envelope is not None and envelope.data is not None:
                    facts += await self._handled(connection, envelope, record.offset)
                sequence = max(sequence, envelope.sequence if envelope is not None else 0)
            await self._consumed.keep(connection, partition, records[-1].offset + 1, sequence)
            await say(connection, facts)

    async def _handled(self, connection: Connection, envelope: Envelope, offset: int) -> Sequence[Event]:
        parent = context_from(envelope.traceparent)
        about: dict[str, AttributeValue] = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.consumer.group.name": f"{self._context.service}.{self._consumer_name}",
            "messaging.kafka.offset": offset,
            "cloudevents.event_type": envelope.type,
        }
        with spanned(f"process {envelope.type}", parent, SpanKind.CONSUMER, about):
            try:
                facts = await self._handle(connection, envelope) or ()
                # Within the span, so that what follows from a fact goes on in its trace.
                return [to_outbox(fact, self._context.clock.now()) for fact in facts]
            except Poison as error:
                raise Unhandled(offset, str(error), surely=True) from error
            except UNFIT as error:
                raise Unhandled(offset, type(error).__name__, surely=False) from error


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
