"""Parked messages copied to `<topic>-dlq`, for whoever watches it: once the parking is committed, and at least once."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from booking_events import TOPICS

from service_kit.broker import reaching
from service_kit.consumed import columns_of, headers_of
from service_kit.context import Context
from service_kit.database import TRANSIENT, Connection

log = logging.getLogger("consumer")

AT_ONCE_MAX = 100
LOOK_EVERY_SECONDS = 1.0
SEND_SECONDS_MAX = 10

_UNCOPIED = """
SELECT topic, partition_id, record_offset, key, headers, value, reason, parked_at FROM parked
WHERE consumer = %s AND NOT copied ORDER BY topic, partition_id, record_offset LIMIT %s
"""
_COPIED = """
UPDATE parked SET copied = true
FROM unnest(%(topics)s::text[], %(numbers)s::int[], %(offsets)s::bigint[]) AS letter(topic, number, at)
WHERE consumer = %(consumer)s AND parked.topic = letter.topic AND partition_id = letter.number
  AND record_offset = letter.at
"""


@dataclass(frozen=True)
class _Letter:
    """A parked message on its way to `<topic>-dlq`."""

    partition: TopicPartition
    offset: int
    key: bytes
    headers: list[tuple[str, bytes]]
    value: bytes | None
    reason: str
    parked_at: datetime


class DeadLetters:
    """Copies what a consumer parked, value and headers as they came, with where it came from and why it is there."""

    def __init__(self, context: Context, consumer_name: str, bootstrap: str) -> None:
        self._context = context
        self._consumer_name = consumer_name
        self._bootstrap = bootstrap

    async def run(self) -> None:
        """Until cancelled. Whatever fails is tried again; two processes may both copy a message."""
        while True:
            try:
                while await self._copy():
                    pass
            except (KafkaError, TimeoutError, OSError, *TRANSIENT) as error:
                log.error("dead letters wait", extra={"consumer": self._consumer_name, "error": type(error).__name__})
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _copy(self) -> bool:
        database = self._context.database
        async with database.connection() as connection:
            letters = await self._uncopied(connection)
        if not letters:
            return False
        async with asyncio.timeout(SEND_SECONDS_MAX):
            producer = AIOKafkaProducer(
                **reaching(self._bootstrap), acks="all", enable_idempotence=True, request_timeout_ms=5_000
            )
            await producer.start()
            try:
                for letter in letters:
                    await producer.send_and_wait(
                        TOPICS[letter.partition.topic].dead_letters,
                        letter.value,
                        key=letter.key,
                        headers=self._headers(letter),
                    )
            finally:
                await producer.stop()
        async with database.connection() as connection:
            await connection.execute(
                _COPIED,
                {
                    "consumer": self._consumer_name,
                    **columns_of(letter.partition for letter in letters),
                    "offsets": [letter.offset for letter in letters],
                },
            )
        return True

    async def _uncopied(self, connection: Connection) -> list[_Letter]:
        cursor = await connection.execute(_UNCOPIED, (self._consumer_name, AT_ONCE_MAX))
        return [
            _Letter(
                TopicPartition(row["topic"], row["partition_id"]), row["record_offset"], row["key"].encode(),
                headers_of(row["headers"]), row["value"], row["reason"], row["parked_at"],
            )
            for row in await cursor.fetchall()
        ]  # fmt: skip

    def _headers(self, letter: _Letter) -> list[tuple[str, bytes]]:
        about = {
            "dlq-consumer": f"{self._context.service}.{self._consumer_name}",
            "dlq-reason": letter.reason,
            "dlq-topic": letter.partition.topic,
            "dlq-partition": str(letter.partition.partition),
            "dlq-offset": str(letter.offset),
            "dlq-time": letter.parked_at.isoformat(),
        }
        return [*letter.headers, *((name, text.encode()) for name, text in about.items())]
