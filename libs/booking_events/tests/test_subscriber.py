"""The subscriber kit on a real Kafka: each event takes effect once and in order, whatever ends or repeats."""

import asyncio
import contextlib
import sqlite3
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from aiokafka.errors import LeaderNotAvailableError, NotLeaderForPartitionError
from booking_events import Envelope, Record, Undecodable, encode
from booking_events.notification import MessageFailed
from booking_events.subscriber import HistoryGone, Overtaken, SqliteStore, Subscriber
from booking_events.topics import topics

TOPIC = "notification.deliveries.v1"
NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture
async def kafka(kafka_bootstrap: str) -> str:
    wanted = topics([TOPIC])
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        if stale := sorted({topic.name for topic in wanted} & set(await admin.list_topics())):
            await admin.delete_topics(stale)
        await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in wanted])
    finally:
        await admin.close()
    return kafka_bootstrap


def fact(number: int) -> Record:
    event = MessageFailed(
        appointment_id=f"appointment-{number % 7}", message_id=str(number), appointment_version=1,
        kind="confirmation", channel="email", outcome="failed", reason="refused",
    )  # fmt: skip
    return encode(event, id=str(number), source="notification", time=NOW, sequence=number)


def renamed(record: Record, kind: str) -> Record:
    headers = [(name, kind.encode() if name == "ce_type" else raw) for name, raw in record.headers]
    return Record(record.topic, record.key, record.value, headers)


@contextlib.asynccontextmanager
async def producing(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id=uuid.uuid4().hex, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def say(kafka: str, records: Sequence[Record]) -> None:
    async with producing(kafka) as producer, producer.transaction():
        for record in records:
            await producer.send(record.topic, record.value, key=record.key, headers=record.headers)


def noted(connection: sqlite3.Connection, envelope: Envelope) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS heard (position INTEGER, key TEXT, word TEXT)")
    word = getattr(envelope.data, "message_id", None)
    connection.execute("INSERT INTO heard VALUES (?, ?, ?)", (envelope.sequence, envelope.subject, word))


def heard(file: Path) -> list[int]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        try:
            return [row[0] for row in connection.execute("SELECT position FROM heard ORDER BY rowid")]
        except sqlite3.OperationalError:
            return []


async def run_until(subscriber: Subscriber, file: Path, count: int) -> None:
    """Until the store holds `count` events; raises what ends the run before."""
    running = asyncio.create_task(subscriber.run())
    try:
        async with asyncio.timeout(120):
            while len(heard(file)) < count and not running.done():  # noqa: ASYNC110 (a file sends no event)
                await asyncio.sleep(0.05)
        if running.done():
            running.result()
        await asyncio.sleep(0.3)  # what is too much would come now
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def in_order(positions: Sequence[int]) -> bool:
    by_key: dict[int, list[int]] = {}
    for position in positions:
        by_key.setdefault(position % 7, []).append(position)
    return all(found == sorted(found) for found in by_key.values())


async def test_each_event_comes_once_and_in_the_order_of_its_key(kafka: str, tmp_path: Path) -> None:
    file = tmp_path / "heard.db"
    await say(kafka, [fact(number) for number in range(1, 101)])
    unknown = renamed(fact(101), "rendezvous.notification.Newer.v1")
    reached = renamed(fact(101), "rendezvous.notification.PositionReached.v1")
    # A relay that did not know it was replaced said some of it again.
    await say(kafka, [unknown, reached, *(fact(number) for number in range(60, 101)), fact(102)])
    await run_until(Subscriber(TOPIC, SqliteStore(file, noted), bootstrap_servers=kafka), file, 101)
    assert sorted(heard(file)) == [*range(1, 101), 102]
    assert in_order(heard(file))
    await say(kafka, [fact(103)])
    await run_until(Subscriber(TOPIC, SqliteStore(file, noted), bootstrap_servers=kafka), file, 102)
    assert heard(file)[-1] == 103
    assert len(heard(file)) == 102


async def test_what_a_transaction_took_back_is_never_heard(kafka: str, tmp_path: Path) -> None:
    async with producing(kafka) as producer:
        with contextlib.suppress(KeyError):
            async with producer.transaction():
                record = fact(1)
                await producer.send_and_wait(record.topic, record.value, key=record.key, headers=record.headers)
                raise KeyError
    await say(kafka, [fact(2)])
    await run_until(Subscriber(TOPIC, SqliteStore(tmp_path / "d", noted), bootstrap_servers=kafka), tmp_path / "d", 1)
    assert heard(tmp_path / "d") == [2]


async def test_a_run_that_fails_in_the_middle_leaves_no_effect_without_its_place(kafka: str, tmp_path: Path) -> None:
    file, broken = tmp_path / "heard.db", {20, 50}

    def failing(connection: sqlite3.Connection, envelope: Envelope) -> None:
        noted(connection, envelope)
        if envelope.sequence in broken:
            broken.remove(envelope.sequence)
            raise OSError("the disk is full")

    await say(kafka, [fact(number) for number in range(1, 101)])
    for _ in range(2):
        with pytest.raises(OSError, match="full"):
            await run_until(Subscriber(TOPIC, SqliteStore(file, failing), bootstrap_servers=kafka), file, 100)
    await run_until(Subscriber(TOPIC, SqliteStore(file, failing), bootstrap_servers=kafka), file, 100)
    assert sorted(heard(file)) == list(range(1, 101))
    assert in_order(heard(file))


async def test_a_record_that_is_not_what_it_says_ends_the_run_with_its_place(kafka: str, tmp_path: Path) -> None:
    good = fact(1)
    await say(kafka, [Record(good.topic, good.key, b"{}", good.headers)])
    with pytest.raises(Undecodable, match=r"notification\.deliveries\.v1/\d+/0: rendezvous.*appointment_id"):
        await run_until(
            Subscriber(TOPIC, SqliteStore(tmp_path / "d", noted), bootstrap_servers=kafka), tmp_path / "d", 1
        )


async def test_a_second_subscriber_on_the_same_store_takes_no_effect(kafka: str, tmp_path: Path) -> None:
    file = tmp_path / "heard.db"
    first = SqliteStore(file, noted)
    second = SqliteStore(file, noted)
    await second.places(TOPIC)
    await say(kafka, [fact(1)])
    await run_until(Subscriber(TOPIC, first, bootstrap_servers=kafka), file, 1)
    with pytest.raises(Overtaken):
        await second.keep(TOPIC, {}, [])
    assert heard(file) == [1]


async def test_without_a_feed_a_newcomer_begins_with_what_there_is_and_a_gap_is_refused(
    kafka: str, tmp_path: Path
) -> None:
    file = tmp_path / "heard.db"
    await say(kafka, [fact(7), fact(14)])  # one key, one partition
    await forget(kafka)
    await say(kafka, [fact(21)])
    await run_until(Subscriber(TOPIC, SqliteStore(file, noted), bootstrap_servers=kafka), file, 1)
    assert heard(file) == [21]
    await say(kafka, [fact(28), *(fact(number) for number in range(29, 34))])
    await forget(kafka)
    with pytest.raises(HistoryGone, match="give a feed"):
        await run_until(Subscriber(TOPIC, SqliteStore(file, noted), bootstrap_servers=kafka), file, 2)


async def forget(kafka: str) -> None:
    """As retention does: the partitions begin behind all that they hold."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        partitions = [TopicPartition(TOPIC, number) for number in range(topics([TOPIC])[0].partitions)]
        gone = {partition: RecordsToDelete(before_offset=-1) for partition in partitions}
        async with asyncio.timeout(60):
            while True:
                # A topic that was just made anew may have no leader yet, and this client does not ask again.
                with contextlib.suppress(NotLeaderForPartitionError, LeaderNotAvailableError):
                    await admin.delete_records(gone)
                    return
                await asyncio.sleep(0.1)
    finally:
        await admin.close()


def test_a_topic_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no topic of the catalogue.*booking\.appointments\.v1"):
        Subscriber("booking.appointment.v1", SqliteStore(tmp_path / "d", noted))
