"""How far a relay has said its log, told to every partition of its topics and kept, beside the facts themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from booking_events import Topic

from service_kit.broker import reaching
from service_kit.context import Context
from service_kit.outbox import position_reached
from service_kit.progress import Checkpoint, Progress

TELL_EVERY_SECONDS = 0.2


class Teller:
    """Tells of what is committed, on a connection of its own: in the transactions of the facts it would make each
    wait for every partition. Told late, twice, or by a leader that is none any more, it is as true and no newer.
    """

    def __init__(
        self, context: Context, bootstrap: str, topics: Iterable[Topic], progress: Progress, checkpoint: Checkpoint
    ) -> None:
        self._context = context
        self._bootstrap = bootstrap
        self._partitions = [(topic.name, number) for topic in topics for number in range(topic.partitions)]
        self._progress = progress
        self._checkpoint = checkpoint
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """The position of the progress is a later one."""
        self._moved.set()

    async def run(self) -> None:
        """From where the progress stands now, until cancelled. Raises what the broker refuses."""
        producer = AIOKafkaProducer(**reaching(self._bootstrap), acks="all")
        await producer.start()
        try:
            while True:
                await self._moved.wait()
                self._moved.clear()
                position = self._progress.position
                await self._tell(producer, position)
                await self._checkpoint.keep(position)
                await asyncio.sleep(TELL_EVERY_SECONDS)
        finally:
            await producer.stop()

    async def _tell(self, producer: AIOKafkaProducer, position: int) -> None:
        now = self._context.clock.now()
        sent = []
        for topic, number in self._partitions:
            record = position_reached(self._context.service, topic, number, position, now)
            sent.append(
                await producer.send(topic, record.value, key=record.key, partition=number, headers=record.headers)
            )
        await asyncio.gather(*sent)
