"""A copy of what others said, made anew from the beginning of its topics, beside the live one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from booking_events import TOPICS, decode

from service_kit.applying import Handle
from service_kit.broker import reaching
from service_kit.consumed import Consumed
from service_kit.database import Connection
from service_kit.rebuilding import beside, swap
from service_kit.settings import DatabaseSettings, KafkaSettings, load


class HeardOtherwise(Exception):
    """A parked key was let go while the copy was made: what it said is in one of the two only. Do it again."""


@dataclass(frozen=True)
class HeardView:
    """Tables that the consumer of this name fills from `topics` by `handle`, and nobody else.

    A table comes after those that it refers to. What retention or compaction took from a topic is not heard again, so
    only what its topics hold in full, or need no more, can be made anew.
    """

    consumer: str
    topics: Sequence[str]
    tables: Sequence[str]
    handle: Handle


async def rehear(database_url: str, bootstrap: str, view: HeardView) -> int:
    """Make a view anew, without a group, as far as the live one has come; how many rows were not as they should be."""
    partitions = [TopicPartition(name, number) for name in view.topics for number in range(TOPICS[name].partitions)]
    consumed = Consumed(view.consumer)
    kafka = AIOKafkaConsumer(**reaching(bootstrap), isolation_level="read_committed", enable_auto_commit=False)
    await kafka.start()
    try:
        kafka.assign(partitions)
        await kafka.seek_to_beginning(*partitions)
        async with beside(database_url, view.tables) as connection:
            hearing = _Hearing(kafka, connection, view, partitions)
            await hearing.until(await consumed.offsets(connection))
            async with connection.transaction():
                await consumed.lock(connection, partitions)
                await hearing.until(await consumed.offsets(connection))
                return await swap(connection, view.tables)
    finally:
        await kafka.stop()


class _Hearing:
    """Reads on and on, as the live consumer read: nothing twice, and nothing that waits parked."""

    def __init__(
        self, kafka: AIOKafkaConsumer, connection: Connection, view: HeardView, partitions: Sequence[TopicPartition]
    ) -> None:
        self._kafka = kafka
        self._connection = connection
        self._view = view
        self._sequences = dict.fromkeys(partitions, 0)
        self._left_out: set[tuple[str, int, int]] = set()

    async def until(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Apply all before these offsets. Raises HeardOtherwise, or what the handler raises."""
        parked = await self._parked()
        if not self._left_out <= parked:
            raise HeardOtherwise(f"{self._view.consumer}: a parked key was released meanwhile; do it again")
        while unread := [one for one in self._sequences if await self._kafka.position(one) < offsets.get(one, 0)]:
            batch = await self._kafka.getmany(*unread, timeout_ms=500, max_records=1000)
            async with self._connection.transaction():
                for partition, records in batch.items():
                    for record in records:
                        if record.offset >= offsets[partition]:
                            self._kafka.seek(partition, record.offset)  # the live view has not come so far
                            break
                        place = (partition.topic, partition.partition, record.offset)
                        if place in parked:
                            self._left_out.add(place)
                            continue
                        envelope = decode(record.headers, record.value)
                        if envelope.data is not None and envelope.sequence > self._sequences[partition]:
                            await self._view.handle(self._connection, envelope)
                        self._sequences[partition] = max(self._sequences[partition], envelope.sequence)

    async def _parked(self) -> set[tuple[str, int, int]]:
        cursor = await self._connection.execute(
            "SELECT topic, partition_id, record_offset FROM parked WHERE consumer = %s", (self._view.consumer,)
        )
        return {(row["topic"], row["partition_id"], row["record_offset"]) for row in await cursor.fetchall()}


def rehearing(
    service: str, views: Mapping[str, HeardView], *, besides: Sequence[str] = ()
) -> Callable[[list[str]], int]:
    """The command `rebuild-view VIEW` of a service, which has others `besides`.

    0: done; 1: try again; 2: there is no such view.
    """

    def command(arguments: list[str]) -> int:
        if len(arguments) != 1 or arguments[0] not in views:
            print(f"{service} rebuild-view: name one of: {', '.join([*besides, *views])}", file=sys.stderr)
            return 2
        url = load(DatabaseSettings, f"{service}_").database_url
        try:
            view = views[arguments[0]]
            differing = asyncio.run(rehear(url, load(KafkaSettings).brokers, view))
        except HeardOtherwise as error:
            print(f"{service} rebuild-view: {error}", file=sys.stderr)
            return 1
        print(f"{arguments[0]}: made anew; {differing} rows were not as its topics say")
        return 0

    return command
