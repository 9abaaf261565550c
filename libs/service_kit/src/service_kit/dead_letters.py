"""Parked messages copied to `<topic>-dlq`, for whoever watches it: once the parking is committed, and at least once."""

from __future__ import annotations

import asyncio
import logging

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from service_kit.consumed import Consumed, DeadLetter
from service_kit.context import Context
from service_kit.database import TRANSIENT

log = logging.getLogger("consumer")

AT_ONCE_MAX = 100
LOOK_EVERY_SECONDS = 1.0
SEND_SECONDS_MAX = 10


class DeadLetters:
    """Copies what a consumer parked, value and headers as they came, with where it came from and why it is there."""

    def __init__(self, context: Context, consumer_name: str, consumed: Consumed, bootstrap: str) -> None:
        self._context = context
        self._consumer_name = consumer_name
        self._consumed = consumed
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
            letters = await self._consumed.uncopied(connection, AT_ONCE_MAX)
        if not letters:
            return False
        async with asyncio.timeout(SEND_SECONDS_MAX):
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True, request_timeout_ms=5_000
            )
            await producer.start()
            try:
                for letter in letters:
                    await producer.send_and_wait(
                        f"{letter.partition.topic}-dlq", letter.value, key=letter.key, headers=self._headers(letter)
                    )
            finally:
                await producer.stop()
        async with database.connection() as connection:
            await self._consumed.copied(connection, letters)
        return True

    def _headers(self, letter: DeadLetter) -> list[tuple[str, bytes]]:
        about = {
            "dlq-consumer": f"{self._context.service}.{self._consumer_name}",
            "dlq-reason": letter.reason,
            "dlq-topic": letter.partition.topic,
            "dlq-partition": str(letter.partition.partition),
            "dlq-offset": str(letter.offset),
            "dlq-time": letter.parked_at.isoformat(),
        }
        return [*letter.headers, *((name, text.encode()) for name, text in about.items())]
