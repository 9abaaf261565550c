"""What Kafka already holds of a service's log: the last position in each partition, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from booking_events import Topic

from service_kit.broker import reaching

LOOK_BACK_OFFSETS = 200


async def last_said(bootstrap: str, topics: Iterable[Topic]) -> dict[TopicPartition, int]:
    """The last committed `ce_sequence` of each partition of `topics` (0 where there is none).

    The end of a partition may hold any number of transaction markers and aborted records, which are never delivered:
    where nothing is found, it is looked for further back, up to the beginning.
    """
    partitions = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
    consumer = AIOKafkaConsumer(
        **reaching(bootstrap), isolation_level="read_committed", enable_auto_commit=False, fetch_max_wait_ms=50
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        begins = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        said = dict.fromkeys(partitions, 0)
        until, back = dict(ends), LOOK_BACK_OFFSETS
        wanted = {partition for partition in partitions if ends[partition] > begins[partition]}
        while wanted:
            since = {partition: max(begins[partition], ends[partition] - back) for partition in wanted}
            for partition, sequence in (await _highest(consumer, since, until)).items():
                said[partition] = sequence
            until |= since
            wanted = {one for one in wanted if said[one] == 0 and since[one] > begins[one]}
            back *= 8
        return said
    finally:
        await consumer.stop()


async def _highest(
    consumer: AIOKafkaConsumer, since: dict[TopicPartition, int], until: dict[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """The highest `ce_sequence` of each stretch from `since` to before `until`; 0 where nothing is delivered."""
    found = dict.fromkeys(since, 0)
    consumer.pause(*(consumer.assignment() - since.keys()))
    consumer.resume(*since)
    for partition, offset in since.items():
        consumer.seek(partition, offset)
    unread = set(since)
    while unread:
        for partition, records in (await consumer.getmany(*unread, timeout_ms=200)).items():
            sequences = [_sequence(record.headers) for record in records if record.offset < until[partition]]
            found[partition] = max(found[partition], *sequences, 0)
        unread = await _before(consumer, unread, until)
    return found


async def _before(
    consumer: AIOKafkaConsumer, partitions: Collection[TopicPartition], until: dict[TopicPartition, int]
) -> set[TopicPartition]:
    return {one for one in partitions if await consumer.position(one) < until[one]}


def _sequence(headers: Sequence[tuple[str, bytes]]) -> int:
    return next((int(value) for name, value in headers if name == "ce_sequence"), 0)
