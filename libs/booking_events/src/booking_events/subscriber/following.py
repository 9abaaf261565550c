"""Follows one topic: from the subscriber's own places, through the feed where Kafka has forgotten, then from Kafka."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from aiokafka.partitioner import murmur2

from booking_events.catalogue import TOPICS
from booking_events.cloudevents import Envelope, Undecodable, decode
from booking_events.subscriber.feed import Feed
from booking_events.subscriber.stores import Place, Store

log = logging.getLogger(__name__)

BATCH_MAX = 500


class HistoryGone(Exception):
    """Kafka no longer holds what comes next for this subscriber, and it has no feed to catch up from."""


class Subscriber:
    """One process that follows a topic of the catalogue.

    `kafka`: what an `AIOKafkaConsumer` takes besides (`bootstrap_servers`, `security_protocol`, ...).
    With a `feed`, a new subscriber gets the whole history and one that was away for long misses nothing; without, a new
    one begins with what Kafka still holds.
    """

    def __init__(self, topic: str, store: Store, *, feed: Feed | None = None, **kafka: object) -> None:
        if topic not in TOPICS:
            raise ValueError(f"{topic!r} is no topic of the catalogue: {', '.join(TOPICS)}")
        self._topic = topic
        self._store = store
        self._feed = feed
        self._kafka = kafka
        self._places: dict[int, Place] = {}

    async def run(self) -> None:
        """Hand every event to the store, once, in the order of its key, until cancelled.

        Types that this version does not know are passed over. Raises what the store raises, `Undecodable`,
        `HistoryGone`, `httpx.HTTPError` (the feed) and `aiokafka.errors.KafkaError`. Whatever ends it, run it again:
        it goes on where the store stands.
        """
        consumer = AIOKafkaConsumer(
            **{"max_poll_records": BATCH_MAX, **self._kafka},
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
        )
        await consumer.start()
        try:
            partitions = [TopicPartition(self._topic, n) for n in range(TOPICS[self._topic].partitions)]
            consumer.assign(partitions)
            await self._resume(consumer, partitions)
            while True:
                try:
                    batches = await consumer.getmany(timeout_ms=1000)
                except OffsetOutOfRangeError:
                    await self._resume(consumer, partitions)
                    continue
                if batches:
                    await self._hear({p.partition: records for p, records in batches.items()})
        finally:
            await consumer.stop()

    async def _resume(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """Stand in every partition where nothing that comes next is missing."""
        kept = await self._store.places(self._topic)
        self._places = dict(kept)
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        gone: dict[int, int] = {}
        for partition, begin in begins.items():
            number, end = partition.partition, ends[partition]
            place = self._places.setdefault(number, Place(0 if self._feed else begin, 0))
            if not begin <= place.offset <= end:
                gone[number] = begin
        if gone:
            await self._catch_up(gone)
        # Kept before anything is read: a partition without a place would be a new one again the next time.
        await self._keep({number: place for number, place in self._places.items() if number not in kept}, [])
        for partition in partitions:
            consumer.seek(partition, self._places[partition.partition].offset)

    async def _catch_up(self, gone: Mapping[int, int]) -> None:
        """Through the feed. Kafka begins at the offsets in `gone`, by partition."""
        if self._feed is None:
            numbers = ", ".join(map(str, sorted(gone)))
            raise HistoryGone(
                f"{self._topic}: what comes next in the partitions {numbers} is not in Kafka: give a feed"
            )
        after = min(self._places[number].sequence for number in gone)
        log.info("catching up from the feed", extra={"topic": self._topic, "after": after})
        async for page in self._feed.pages(after):
            news: list[Envelope] = []
            places: dict[int, Place] = {}
            for envelope in page.envelopes:
                if envelope.source != TOPICS[self._topic].owner:
                    raise ValueError(f"the feed is of {envelope.source}, the topic {self._topic} is not")
                number = self._partition(envelope.partition_key)
                place = places.get(number, self._places[number])
                if envelope.sequence > place.sequence:
                    places[number] = Place(place.offset, envelope.sequence)
                    news.append(envelope)
            for number, begin in gone.items():
                place = places.get(number, self._places[number])
                # What Kafka had forgotten before the last page was asked for is of a position that this page covers.
                places[number] = Place(begin if page.last else place.offset, max(place.sequence, page.next))
            await self._keep(places, news)

    async def _hear(self, batches: Mapping[int, Sequence[ConsumerRecord[bytes, bytes]]]) -> None:
        news: list[Envelope] = []
        places: dict[int, Place] = {}
        for number, records in batches.items():
            sequence = self._places[number].sequence
            for record in records:
                try:
                    envelope = decode(record.headers, record.value)
                except Undecodable as error:
                    raise Undecodable(f"{self._topic}/{number}/{record.offset}: {error}") from None
                if envelope.sequence > sequence:
                    sequence = envelope.sequence
                    news.append(envelope)
            places[number] = Place(records[-1].offset + 1, sequence)
        await self._keep(places, news)

    async def _keep(self, places: Mapping[int, Place], news: Sequence[Envelope]) -> None:
        # A service may say more than this topic in its feed, and more than this version knows anywhere.
        told = [one for one in news if one.data is not None and one.data.topic == self._topic]
        await self._store.keep(self._topic, places, told)
        self._places |= places

    def _partition(self, key: str) -> int:
        """Kafka's own, with which the relays write."""
        return int(murmur2(key.encode()) & 0x7FFFFFFF) % TOPICS[self._topic].partitions
