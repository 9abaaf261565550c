"""Records into Kafka, all of a portion or none: one transaction, one batch after the other for each partition."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from booking_events import Record
from opentelemetry.trace import SpanKind

from service_kit.broker import reaching
from service_kit.telemetry import context_from, spanned, traceparent

BATCH_BYTES_MAX = 256 * 1024
REQUEST_SECONDS_MAX = 15

Mapped = tuple[int, Record]
"""A record and the position of its event."""


class Voice:
    """Speaks under a transactional id, so that whoever starts another under the same id has the last word.

    `said` is the last position in each partition, as Kafka holds it; what is not behind it is not said again.
    """

    def __init__(self, producer: AIOKafkaProducer, said: dict[TopicPartition, int]) -> None:
        self._producer = producer
        self._said = said
        self._partitions: dict[str, list[int]] = {}

    async def say(self, records: Sequence[Mapped]) -> None:
        """`records` in order; committed on return.

        Anything that a broker refuses is raised, and then nothing of it is committed.
        """
        batches: dict[TopicPartition, _Batches] = {}
        for at, record in records:
            await self._learn(record.topic)
            partitions = self._partitions[record.topic]
            partition = TopicPartition(record.topic, partitions[_murmur(record.key) % len(partitions)])
            if at > self._said.get(partition, 0):  # else it was said before the last leader ended
                self._add(batches, partition, _traced(record), at)
        if not batches:
            return
        async with self._producer.transaction():
            # The batches of a partition go one after the other, the partitions side by side. aiokafka would commit
            # without what it could not send: each batch is asked for its end.
            await asyncio.gather(*(self._send(partition, gathered.batches) for partition, gathered in batches.items()))
        self._said |= {partition: gathered.position for partition, gathered in batches.items()}

    async def _send(self, partition: TopicPartition, batches: Sequence[BatchBuilder]) -> None:
        ends = [
            await self._producer.send_batch(batch, partition.topic, partition=partition.partition) for batch in batches
        ]
        await asyncio.gather(*ends)

    async def _learn(self, topic: str) -> None:
        # Partitions are chosen here, and not by the producer, so that what was already said can be told apart.
        if topic not in self._partitions:
            self._partitions[topic] = sorted(await self._producer.partitions_for(topic))

    def _add(
        self, batches: dict[TopicPartition, _Batches], partition: TopicPartition, record: Record, position: int
    ) -> None:
        gathered = batches.get(partition)
        if gathered is None:
            gathered = batches[partition] = _Batches(self._producer)
        gathered.add(record, position)


class _Batches:
    """The batches of one partition, in order; the last is open."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self.batches = [producer.create_batch()]
        self.position = 0

    def add(self, record: Record, position: int) -> None:
        self.position = position
        fields = {"timestamp": None, "key": record.key, "value": record.value, "headers": record.headers}
        if self.batches[-1].append(**fields) is None:  # it is full; the first record of a batch always fits
            self.batches.append(self._producer.create_batch())
            self.batches[-1].append(**fields)


def producer(bootstrap: str, transactional_id: str) -> AIOKafkaProducer:
    """Not started yet: its start fences whoever spoke under this id before."""
    return AIOKafkaProducer(
        **reaching(bootstrap),
        transactional_id=transactional_id,
        acks="all",
        linger_ms=0,
        max_batch_size=BATCH_BYTES_MAX,
        request_timeout_ms=REQUEST_SECONDS_MAX * 1000,
    )


@lru_cache(maxsize=65_536)
def _murmur(key: bytes) -> int:
    """Kafka's own partitioning hash, so that foreign producers and tools agree on where a key lives."""
    return int(murmur2(key) & 0x7FFFFFFF)


def _traced(record: Record) -> Record:
    """The record; a trace that is kept goes on from a span of this relay."""
    parent = dict(record.headers).get("traceparent")
    if parent is None or not parent.endswith(b"-01"):
        return record
    about = {
        "messaging.system": "kafka",
        "messaging.destination.name": record.topic,
        "messaging.operation.type": "send",
    }
    with spanned(f"send {record.topic}", context_from(parent.decode()), SpanKind.PRODUCER, about):
        here = (traceparent() or parent.decode()).encode()
    return replace(record, headers=[(name, here if name == "traceparent" else was) for name, was in record.headers])
