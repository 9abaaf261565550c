"""From Kafka to a service's tables: effects and position in one transaction, so that each fact takes effect once."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from booking_events import TOPICS, Envelope, PublicEvent, Undecodable, decode
from event_store import append_in_transaction
from opentelemetry.trace import SpanKind
from psycopg.types.json import Jsonb

from service_kit.context import Context
from service_kit.database import TRANSIENT, Connection
from service_kit.outbox import to_outbox
from service_kit.telemetry import context_from, tracer

log = logging.getLogger("consumer")

PAUSE_SECONDS = 0.05
BATCH_MAX = 200

Handle = Callable[[Connection, Envelope], Awaitable[Sequence[PublicEvent] | None]]


class Poison(Exception):
    """This message can never be handled; its key is parked. The message is a constant: it says nothing of anybody."""


class _Unhandled(Exception):
    def __init__(self, key: tuple[str, str], reason: str) -> None:
        super().__init__(reason)
        self.key = key
        self.reason = reason


class Consumer:
    """A background task that follows `topics` of one owner.

    `handle(connection, envelope)` runs in the transaction that also stores how far it came; the facts it returns are
    appended last in that transaction. Any error but `Poison` rolls back, and is tried again with back-off.
    """

    def __init__(self, context: Context, name: str, topics: Sequence[str], handle: Handle, bootstrap: str) -> None:
        owners = {TOPICS[topic].owner for topic in topics}
        if len(owners) != 1:
            raise ValueError("a consumer follows the topics of one service")
        self.log = owners.pop()
        self.name = f"consumer of {self.log}"
        self._consumer_name = name
        self._context = context
        self._topics = list(topics)
        self._handle = handle
        self._bootstrap = bootstrap
        self._parked: dict[tuple[str, str], str] = {}

    async def position(self) -> int:
        """All of the owner's log up to here is reflected, whichever process of the group handled it."""
        expected = sum(TOPICS[topic].partitions for topic in self._topics)
        async with self._context.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT count(*) AS partitions, coalesce(min(sequence), 0) AS reached FROM consumer_position"
                " WHERE consumer = %s AND topic = ANY(%s)",
                (self._consumer_name, self._topics),
            )
            row = await cursor.fetchone()
        return int(row["reached"]) if row and row["partitions"] == expected else 0

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
        consumer.subscribe(self._topics, listener=_Resume(self, consumer))
        await consumer.start()
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=500, max_records=BATCH_MAX)
                for partition, records in batches.items():
                    await self._apply(partition, records)
                if batches:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            await consumer.stop()

    async def resume(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        """Go on from what the database says, not from what Kafka remembers."""
        async with self._context.database.connection() as connection:
            cursor = await connection.execute(
                "SELECT topic, partition_id, next_offset FROM consumer_position WHERE consumer = %s",
                (self._consumer_name,),
            )
            rows = await cursor.fetchall()
            parked = await connection.execute(
                "SELECT DISTINCT topic, key FROM parked WHERE consumer = %s", (self._consumer_name,)
            )
            self._parked = {(row["topic"], row["key"]): "behind a parked message" for row in await parked.fetchall()}
        for row in rows:
            partition = TopicPartition(row["topic"], row["partition_id"])
            if partition in partitions:
                consumer.seek(partition, row["next_offset"])

    async def _apply(self, partition: TopicPartition, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        attempt = 0
        while True:
            try:
                await self._transaction(partition, records)
                return
            except _Unhandled as poisoned:
                # All is rolled back; the second try parks this key and handles the others.
                self._parked[poisoned.key] = poisoned.reason
                log.error("parked", extra={"consumer": self._consumer_name, "topic": partition.topic})
            except (*TRANSIENT, OSError) as error:
                attempt += 1
                facts = {"consumer": self._consumer_name, "error": type(error).__name__, "attempt": attempt}
                log.warning("retrying", extra=facts)
                await asyncio.sleep(min(0.1 * 2**attempt, 5) * random.uniform(0.5, 1))  # noqa: S311 (jitter)

    async def _transaction(self, partition: TopicPartition, records: Sequence[ConsumerRecord[bytes, bytes]]) -> None:
        facts: list[PublicEvent] = []
        async with self._context.database.transaction() as connection:
            sequence = await self._locked_sequence(connection, partition)
            for record in records:
                key = (partition.topic, (record.key or b"").decode(errors="replace"))
                if key in self._parked:
                    await self._park(connection, record, key[1], self._parked[key])
                    continue
                try:
                    envelope = decode(record.headers, record.value)
                    if envelope.sequence > sequence and envelope.data is not None:
                        facts += await self._handled(connection, envelope)
                except (Undecodable, Poison) as error:
                    raise _Unhandled(key, str(error)) from None
                sequence = max(sequence, envelope.sequence)
            await self._keep(connection, partition, records[-1].offset + 1, sequence)
            if facts:
                now = self._context.clock.now()
                await append_in_transaction(connection, [to_outbox(fact, now) for fact in facts])

    async def _handled(self, connection: Connection, envelope: Envelope) -> Sequence[PublicEvent]:
        parent = context_from(envelope.traceparent)
        with tracer.start_as_current_span(f"process {envelope.type}", context=parent, kind=SpanKind.CONSUMER) as span:
            span.set_attributes({"messaging.system": "kafka", "cloudevents.event_type": envelope.type})
            return await self._handle(connection, envelope) or ()

    async def _locked_sequence(self, connection: Connection, partition: TopicPartition) -> int:
        """The stored position, locked: after a rebalance a process that was paused meets the new owner's row here."""
        place = (self._consumer_name, partition.topic, partition.partition)
        await connection.execute(
            "INSERT INTO consumer_position (consumer, topic, partition_id, next_offset, sequence)"
            " VALUES (%s, %s, %s, 0, 0) ON CONFLICT DO NOTHING",
            place,
        )
        cursor = await connection.execute(
            "SELECT sequence FROM consumer_position"
            " WHERE consumer = %s AND topic = %s AND partition_id = %s FOR UPDATE",
            place,
        )
        row = await cursor.fetchone()
        return int(row["sequence"]) if row else 0

    async def _keep(self, connection: Connection, partition: TopicPartition, offset: int, sequence: int) -> None:
        await connection.execute(
            "INSERT INTO consumer_position (consumer, topic, partition_id, next_offset, sequence)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (consumer, topic, partition_id) DO UPDATE SET"
            " next_offset = greatest(consumer_position.next_offset, excluded.next_offset),"
            " sequence = greatest(consumer_position.sequence, excluded.sequence)",
            (self._consumer_name, partition.topic, partition.partition, offset, sequence),
        )

    async def _park(self, connection: Connection, record: ConsumerRecord[bytes, bytes], key: str, reason: str) -> None:
        headers: dict[str, Any] = {name: value.decode(errors="replace") for name, value in record.headers}
        await connection.execute(
            "INSERT INTO parked (consumer, topic, partition_id, record_offset, key, headers, value, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                self._consumer_name,
                record.topic,
                record.partition,
                record.offset,
                key,
                Jsonb(headers),
                record.value,
                reason,
            ),
        )


class _Resume(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is not typed
    def __init__(self, owner: Consumer, consumer: AIOKafkaConsumer) -> None:
        self._owner = owner
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        return None

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        await self._owner.resume(self._consumer, list(assigned))
