"""What a consumer keeps in its database: how far it came, and the messages that it could not handle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from psycopg.types.json import Jsonb

from service_kit.database import Connection

_ASKED = "unnest(%(topics)s::text[], %(numbers)s::int[]) AS asked(topic, number)"
_BEGIN = f"""
INSERT INTO consumer_position (consumer, topic, partition_id, next_offset, sequence)
SELECT %(consumer)s, topic, number, 0, 0 FROM {_ASKED} ORDER BY topic, number ON CONFLICT DO NOTHING
"""  # noqa: S608 (only constants are put in)
_LOCK = f"""
SELECT kept.topic, partition_id, sequence FROM {_ASKED}
JOIN consumer_position kept ON consumer = %(consumer)s AND kept.topic = asked.topic AND partition_id = number
ORDER BY kept.topic, partition_id FOR UPDATE OF kept
"""  # noqa: S608
_WAITING = f"""
SELECT DISTINCT parked.topic, partition_id, key FROM {_ASKED}
JOIN parked ON consumer = %(consumer)s AND parked.topic = asked.topic AND partition_id = number
"""  # noqa: S608
_KEEP = """
UPDATE consumer_position kept
SET next_offset = greatest(next_offset, stand.till), sequence = greatest(kept.sequence, stand.sequence)
FROM unnest(%(topics)s::text[], %(numbers)s::int[], %(offsets)s::bigint[], %(sequences)s::bigint[])
  AS stand(topic, number, till, sequence)
WHERE consumer = %(consumer)s AND kept.topic = stand.topic AND partition_id = stand.number
"""


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


Where = tuple[TopicPartition, int]
"""A message: its partition and offset."""


class Unhandled(Exception):
    """A message was not handled (`where`: None, when it is one of many); `surely`, another try would not help."""

    def __init__(self, where: Where | None, reason: str, *, surely: bool) -> None:
        super().__init__(reason)
        self.where = where
        self.reason = reason
        self.surely = surely


class Consumed:
    """The rows of one consumer. Everything is said in the caller's transaction, beside the effects."""

    def __init__(self, consumer: str) -> None:
        self._consumer = consumer

    async def lock(self, connection: Connection, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Place]:
        """Where the partitions stand, locked until the transaction ends, in one order for everybody.

        After a rebalance a process that was paused meets here what the new owner did meanwhile.
        """
        asked = {"consumer": self._consumer, **columns_of(partitions)}
        await connection.execute(_BEGIN, asked)
        locked = await connection.execute(_LOCK, asked)
        rows = await locked.fetchall()
        sequences = {TopicPartition(row["topic"], row["partition_id"]): row["sequence"] for row in rows}
        # In a statement of its own: its snapshot is taken once the locks are held, so it sees what others parked.
        found = await connection.execute(_WAITING, asked)
        keys: dict[TopicPartition, set[str]] = {}
        for row in await found.fetchall():
            keys.setdefault(TopicPartition(row["topic"], row["partition_id"]), set()).add(row["key"])
        return {place: Place(sequence, frozenset(keys.get(place, ()))) for place, sequence in sequences.items()}

    async def keep(self, connection: Connection, stand: Mapping[TopicPartition, tuple[int, int]]) -> None:
        """Each partition stands at least at this offset and sequence now; never back."""
        offsets, sequences = zip(*stand.values(), strict=True)
        await connection.execute(
            _KEEP,
            {
                "consumer": self._consumer,
                **columns_of(stand),
                "offsets": list(offsets),
                "sequences": list(sequences),
            },
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
        """The keys that an operator let go, once all their messages are among the dead letters."""
        cursor = await connection.execute(
            "SELECT topic, partition_id, key FROM parked WHERE consumer = %s"
            " GROUP BY topic, partition_id, key HAVING bool_or(released) AND bool_and(copied)",
            (self._consumer,),
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
            Parked(row["record_offset"], headers_of(row["headers"]), row["value"]) for row in await cursor.fetchall()
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

    async def paused(self, connection: Connection) -> frozenset[str]:
        """The topics that an operator holds back."""
        cursor = await connection.execute("SELECT topic FROM paused_topic WHERE consumer = %s", (self._consumer,))
        return frozenset([row["topic"] for row in await cursor.fetchall()])

    async def count_parked(self, connection: Connection) -> dict[str, int]:
        """How many keys wait, by topic."""
        cursor = await connection.execute(
            "SELECT topic, count(DISTINCT key) AS keys FROM parked WHERE consumer = %s GROUP BY topic",
            (self._consumer,),
        )
        return {row["topic"]: row["keys"] for row in await cursor.fetchall()}


def columns_of(partitions: Iterable[TopicPartition]) -> dict[str, list[Any]]:
    """The places of messages as parameters of a statement, a list for each column."""
    places = list(partitions)
    return {"topics": [place.topic for place in places], "numbers": [place.partition for place in places]}


def headers_of(kept: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """The headers of a parked message, as Kafka has them."""
    return [(name, text.encode()) for name, text in kept.items()]
