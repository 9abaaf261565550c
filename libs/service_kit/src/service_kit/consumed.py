"""What a consumer keeps in its database: how far it came, and the messages that it could not handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from psycopg.types.json import Jsonb

from service_kit.database import Connection


@dataclass(frozen=True)
class Place:
    """Where a partition stands: the log position seen last, and the keys that wait behind a parked message."""

    sequence: int
    parked: frozenset[str]


@dataclass(frozen=True)
class Parked:
    """A message that was put aside, as it came."""

    offset: int
    headers: list[tuple[str, bytes]]
    value: bytes | None


class Unhandled(Exception):
    """The message at `offset` was not handled; `surely`, another try would not help."""

    def __init__(self, offset: int, reason: str, *, surely: bool) -> None:
        super().__init__(reason)
        self.offset = offset
        self.reason = reason
        self.surely = surely


class Consumed:
    """The rows of one consumer. Everything is said in the caller's transaction, beside the effects."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer

    async def lock(self, connection: Connection, partition: TopicPartition) -> Place:
        """Where the partition stands, locked until the transaction ends.

        After a rebalance a process that was paused meets here what the new owner did meanwhile.
        """
        place = (self._consumer, partition.topic, partition.partition)
        await connection.execute(
            "INSERT INTO consumer_position (consumer, topic, partition_id, next_offset, sequence)"
            " VALUES (%s, %s, %s, 0, 0) ON CONFLICT DO NOTHING",
            place,
        )
        locked = await connection.execute(
            "SELECT sequence FROM consumer_position"
            " WHERE consumer = %s AND topic = %s AND partition_id = %s FOR UPDATE",
            place,
        )
        row = await locked.fetchone()
        # In a statement of its own: its snapshot is taken once the lock is held, so it sees what others parked.
        found = await connection.execute(
            "SELECT DISTINCT key FROM parked WHERE consumer = %s AND topic = %s AND partition_id = %s", place
        )
        return Place(int(row["sequence"]) if row else 0, frozenset([one["key"] for one in await found.fetchall()]))

    async def keep(self, connection: Connection, partition: TopicPartition, offset: int, sequence: int) -> None:
        """The partition stands at least here now; never back."""
        await connection.execute(
            "UPDATE consumer_position SET next_offset = greatest(next_offset, %s), sequence = greatest(sequence, %s)"
            " WHERE consumer = %s AND topic = %s AND partition_id = %s",
            (offset, sequence, self._consumer, partition.topic, partition.partition),
        )

    async def park(self, connection: Connection, record: ConsumerRecord[bytes, bytes], key: str, reason: str) -> None:
        """Put one message aside, as it came."""
        headers: dict[str, Any] = {name: value.decode(errors="replace") for name, value in record.headers}
        await connection.execute(
            "INSERT INTO parked (consumer, topic, partition_id, record_offset, key, headers, value, reason)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                self._consumer,
                record.topic,
                record.partition,
                record.offset,
                key,
                Jsonb(headers),
                record.value,
                reason,
            ),
        )

    async def offsets(self, connection: Connection) -> dict[TopicPartition, int]:
        """Kafka's offset to go on from, for each partition that was ever read."""
        cursor = await connection.execute(
            "SELECT topic, partition_id, next_offset FROM consumer_position WHERE consumer = %s", (self._consumer,)
        )
        rows = await cursor.fetchall()
        return {TopicPartition(row["topic"], row["partition_id"]): row["next_offset"] for row in rows}

    async def reached(self, connection: Connection, topics: list[str], partitions: int) -> int:
        """The log position up to which all `partitions` of `topics` are reflected; 0 while one was never read."""
        cursor = await connection.execute(
            "SELECT count(*) AS partitions, coalesce(min(sequence), 0) AS reached FROM consumer_position"
            " WHERE consumer = %s AND topic = ANY(%s)",
            (self._consumer, topics),
        )
        row = await cursor.fetchone()
        return int(row["reached"]) if row and row["partitions"] == partitions else 0

    async def released(self, connection: Connection) -> list[tuple[TopicPartition, str]]:
        """The keys that an operator let go."""
        cursor = await connection.execute(
            "SELECT DISTINCT topic, partition_id, key FROM parked WHERE consumer = %s AND released", (self._consumer,)
        )
        rows = await cursor.fetchall()
        return [(TopicPartition(row["topic"], row["partition_id"]), row["key"]) for row in rows]

    async def take_up(self, connection: Connection, partition: TopicPartition, key: str) -> list[Parked]:
        """The messages of a parked key, in order; they are parked no more once the transaction commits."""
        cursor = await connection.execute(
            "WITH taken AS (DELETE FROM parked WHERE consumer = %s AND topic = %s AND partition_id = %s AND key = %s"
            " RETURNING record_offset, headers, value) SELECT * FROM taken ORDER BY record_offset",
            (self._consumer, partition.topic, partition.partition, key),
        )
        return [
            Parked(row["record_offset"], [(name, text.encode()) for name, text in row["headers"].items()], row["value"])
            for row in await cursor.fetchall()
        ]

    async def hold_again(
        self, connection: Connection, partition: TopicPartition, key: str, offset: int, reason: str
    ) -> None:
        """The key cannot go on after all, because of the message at `offset`."""
        await connection.execute(
            "UPDATE parked SET released = false, reason = CASE WHEN record_offset = %s THEN %s ELSE reason END"
            " WHERE consumer = %s AND topic = %s AND partition_id = %s AND key = %s",
            (offset, reason, self._consumer, partition.topic, partition.partition, key),
        )
