"""How far a consumer is behind: records that wait for it, and since when, in the partitions that it was given."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from service_kit.applying import Batch
from service_kit.figures import age, gauge


class _Waiting(NamedTuple):
    """A record that is not applied: when its fact came to be, and since when it stands in Kafka."""

    said_at: float
    in_kafka_at: float


class Lag:
    """What is known of it: what was fetched or what a broker has told. Of a broker that is away nothing is known."""

    def __init__(self, consumer: str, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._topics = tuple(topics)
        self._behind: dict[TopicPartition, int] = {}
        self._waiting: dict[TopicPartition, _Waiting] = {}
        self.paused: frozenset[str] = frozenset()
        self.parked: dict[str, int] = {}
        for name, unit, description, see in (
            ("behind", "{record}", "records that are not applied", self._records),
            ("oldest_age", "s", "since the oldest fact came to be that is not applied", self.oldest_age),
            ("parked_keys", "{key}", "keys that wait behind a message that could not be handled", self._parked_keys),
            ("paused", "1", "1 while an operator holds the topic back", lambda topic: float(topic in self.paused)),
        ):
            gauge(
                f"consumer.{name}", unit, description,
                lambda see=see: [(see(topic), {"consumer": consumer, "topic": topic}) for topic in self._topics],  # type: ignore[misc]
            )  # fmt: skip

    def took(self, batch: Batch) -> None:
        """These are in hand, and wait until they are applied."""
        for partition, records in batch.items():
            self._waiting[partition] = _Waiting(_said_at(records[0]), records[0].timestamp / 1000)

    async def applied(self, consumer: AIOKafkaConsumer) -> None:
        """All that was fetched is applied; what a broker has beyond it is still to come."""
        assigned = consumer.assignment()
        self._behind = {partition: await _beyond(consumer, partition) for partition in assigned}
        self._waiting = {one: since for one, since in self._waiting.items() if self._behind.get(one)}

    def seconds_behind(self) -> float:
        """Since when the record stands in Kafka that waits longest; 0 when none waits, or on an operator's word.

        Not since its fact came to be: after an outage of the broker, news are old when they come.
        """
        waiting = [one for partition, one in self._waiting.items() if partition.topic not in self.paused]
        return age(min((one.in_kafka_at for one in waiting), default=None))

    def _records(self, topic: str) -> float:
        return sum(count for partition, count in self._behind.items() if partition.topic == topic)

    def oldest_age(self, topic: str) -> float:
        """Seconds since the oldest fact came to be that is not applied."""
        return age(min(self._of(topic), default=None))

    def _of(self, topic: str) -> Iterable[float]:
        """A clock that is ahead where the fact was said must not hide how long it stands here."""
        waiting = (one for partition, one in self._waiting.items() if partition.topic == topic)
        return (min(one.said_at, one.in_kafka_at) for one in waiting)

    def _parked_keys(self, topic: str) -> float:
        return self.parked.get(topic, 0)


async def _beyond(consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
    end = consumer.last_stable_offset(partition)
    return 0 if end is None or end < 0 else max(0, end - await consumer.position(partition))


def _said_at(record: ConsumerRecord[bytes, bytes]) -> float:
    text = next((value for name, value in record.headers if name == "ce_time"), b"")
    try:
        return datetime.fromisoformat(text.decode()).timestamp()
    except ValueError:
        return record.timestamp / 1000 if record.timestamp > 0 else time.time()
