"""Consumers on a real Kafka: shared work, paused processes, messages and databases that give trouble."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS, Envelope, PublicEvent, encode
from booking_events.directory import PractitionerWithdrawn
from event_store import DCBQuery, EventStore
from service_kit.broker import broker_check
from service_kit.clock import Clock
from service_kit.consuming import LOOK_EVERY_SECONDS, Consumer, Handle, Poison
from service_kit.context import Context
from service_kit.database import Connection, Database
from service_kit.keeping import end
from service_kit.parking import hold_back, parked_messages, parked_table, release
from service_kit.rebuilding import checksum
from service_kit.rehearing import HeardView, rehear

TOPIC = "directory.practitioners.v1"
DEAD_LETTERS = f"{TOPIC}-dlq"
PARTITIONS = TOPICS[TOPIC].partitions


@pytest.fixture
async def kafka(kafka_bootstrap: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        old = {TOPIC, DEAD_LETTERS} & set(await admin.list_topics())
        if old:
            await admin.delete_topics(list(old))
        await admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1), NewTopic(DEAD_LETTERS, 1, 1)])
    finally:
        await admin.close()
    return kafka_bootstrap


class Log:
    """Says facts as the relay of the directory does, one transaction each, then tells every partition how far it is."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self.position = 0

    async def say(self, *whats: tuple[str, str], partition: int | None = None) -> None:
        async with self._producer.transaction():
            for who, what in whats:
                self.position += 1
                fact = PractitionerWithdrawn(practitioner_id=who, reason=what)
                record = encode(fact, id=what, source="directory", time=Clock().now(), sequence=self.position)
                await self._producer.send(
                    TOPIC, record.value, key=record.key, headers=record.headers, partition=partition
                )

    async def say_nonsense(self, who: str) -> None:
        headers = [("ce_type", PractitionerWithdrawn.ce_type.encode()), ("ce_sequence", b"1")]
        async with self._producer.transaction():
            await self._producer.send(TOPIC, b"{", key=who.encode(), headers=headers)

    async def reached(self) -> None:
        fact = encode(
            PractitionerWithdrawn(practitioner_id="-", reason=""),
            id="watermark", source="directory", time=Clock().now(), sequence=self.position,
        )  # fmt: skip
        kind = b"rendezvous.directory.PositionReached.v1"
        headers = [(name, kind if name == "ce_type" else value) for name, value in fact.headers]
        async with self._producer.transaction():
            for number in range(PARTITIONS):
                await self._producer.send(TOPIC, b"{}", key=b"p", partition=number, headers=headers)


@pytest.fixture
async def log(kafka: str) -> AsyncIterator[Log]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka, transactional_id="directory-relay")
    await producer.start()
    try:
        yield Log(producer)
    finally:
        await producer.stop()


Effects = Callable[[], Awaitable[list[tuple[str, str]]]]


@pytest.fixture
async def effects(migrated: Any, context: Context) -> Effects:
    with psycopg.connect(migrated.owner_url) as owner:
        owner.execute("CREATE TABLE effect (n serial, who text, what text)")

    async def read() -> list[tuple[str, str]]:
        async with context.database.connection() as connection:
            rows = await (await connection.execute("SELECT who, what FROM effect ORDER BY n")).fetchall()
        return [(row["who"], row["what"]) for row in rows]

    return read


async def parked(context: Context) -> list[tuple[str, str]]:
    async with context.database.connection() as connection:
        rows = await (await connection.execute("SELECT key, reason FROM parked ORDER BY record_offset")).fetchall()
    return [(row["key"], row["reason"]) for row in rows]


async def keep(connection: Connection, envelope: Envelope) -> Sequence[PublicEvent] | None:
    assert isinstance(envelope.data, PractitionerWithdrawn)
    who, what = envelope.data.practitioner_id, envelope.data.reason
    await connection.execute("INSERT INTO effect (who, what) VALUES (%s, %s)", (who, what))
    return None


def failing(times: int, error: Exception, what: str = "bad") -> tuple[Handle, list[str]]:
    """A handler that writes, then raises for `what` the first `times`; and what it was asked."""
    asked: list[str] = []

    async def handle(connection: Connection, envelope: Envelope) -> None:
        assert isinstance(envelope.data, PractitionerWithdrawn)
        asked.append(envelope.data.reason)
        await keep(connection, envelope)
        if envelope.data.reason == what and asked.count(what) <= times:
            raise error

    return handle, asked


@contextlib.asynccontextmanager
async def running(*consumers: Consumer) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(consumer.run()) for consumer in consumers]
    try:
        yield tasks
    finally:
        await end(tasks, 10)


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(120):
        while not await what():  # noqa: ASYNC110 (a table sends no event)
            await asyncio.sleep(0.05)


async def reflected(consumer: Consumer, log: Log) -> None:
    await log.reached()

    async def there() -> bool:
        return await consumer.position() >= log.position

    await until(there)


def in_order_and_once(seen: list[tuple[str, str]], said: int) -> None:
    assert sorted(int(what) for _, what in seen) == list(range(said))
    for key in {who for who, _ in seen}:
        mine = [int(what) for who, what in seen if who == key]
        assert mine == sorted(mine)


async def test_members_that_come_and_go_share_the_work_and_do_each_fact_once(
    context: Context, migrated: Any, kafka: str, log: Log, effects: Effects
) -> None:
    other_database = Database(migrated.service_url)
    await other_database.open()
    other = Context("directory", other_database, context.clock, context.verifier)
    shares: dict[str, int] = {"first": 0, "second": 0}

    def counting(name: str) -> Handle:
        async def handle(connection: Connection, envelope: Envelope) -> None:
            shares[name] += 1
            await keep(connection, envelope)

        return handle

    first = Consumer(context, "shared", [TOPIC], counting("first"), kafka)
    second = Consumer(other, "shared", [TOPIC], counting("second"), kafka)
    said = 0

    async def say_until(enough: Callable[[], bool]) -> None:
        nonlocal said
        async with asyncio.timeout(120):
            while not enough():
                await log.say(*((f"k{(said + n) % 24}", str(said + n)) for n in range(24)))
                said += 24
                await asyncio.sleep(0.1)

    try:
        async with running(first) as (task,):
            await say_until(lambda: shares["first"] > 50)
            async with running(second):
                await say_until(lambda: shares["second"] > 50)
            alone = shares["first"]
            await say_until(lambda: shares["first"] > alone + 50)
            async with running(second):
                task.cancel()
                alone = shares["second"]
                await say_until(lambda: shares["second"] > alone + 50)
                await reflected(second, log)
    finally:
        await other_database.close()
    in_order_and_once(await effects(), said)


class Told(Consumer):
    """A consumer that tells when it was assigned its partitions."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.assigned: asyncio.Future[set[TopicPartition]] = asyncio.get_running_loop().create_future()

    async def resume(self, consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> None:
        given = set(partitions)
        await super().resume(consumer, given)
        if not self.assigned.done():
            self.assigned.set_result(given)


async def test_a_process_that_was_paused_in_a_batch_meets_what_the_new_owner_did(
    context: Context, migrated: Any, kafka: str, log: Log, effects: Effects
) -> None:
    paused, go_on = asyncio.Event(), asyncio.Event()

    async def slow(connection: Connection, envelope: Envelope) -> None:
        await keep(connection, envelope)
        paused.set()
        await go_on.wait()

    other_database = Database(migrated.service_url)
    await other_database.open()
    other = Context("directory", other_database, context.clock, context.verifier)
    first = Consumer(context, "shared", [TOPIC], slow, kafka)
    second = Told(other, "shared", [TOPIC], keep, kafka)
    for number in range(PARTITIONS):
        await log.say((f"k{number}", str(number)), partition=number)
    try:
        async with running(first):
            async with asyncio.timeout(120):
                await paused.wait()
            async with running(second):
                # It owns some of the partitions now, and perhaps the one whose row the paused process still locks.
                async with asyncio.timeout(120):
                    assert await second.assigned
                await asyncio.sleep(0.5)
                go_on.set()
                await reflected(second, log)
    finally:
        await other_database.close()
    in_order_and_once(await effects(), PARTITIONS)


async def test_a_database_that_gives_trouble_is_tried_again_and_the_fact_takes_effect_once(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    handle, asked = failing(4, psycopg.OperationalError("gone"))
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await log.say(("a", "bad"), ("a", "good"))
    async with running(consumer):
        await reflected(consumer, log)
    assert asked.count("bad") == 5
    assert await effects() == [("a", "bad"), ("a", "good")]
    assert await parked(context) == []


async def test_what_a_message_does_not_fit_is_tried_three_times_then_its_key_waits_and_others_go_on(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    handle, asked = failing(99, KeyError("what a person wrote"))
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await log.say(("a", "1"), ("a", "bad"), ("b", "2"), ("a", "3"))
    async with running(consumer):
        await reflected(consumer, log)
    assert asked.count("bad") == 3
    assert sorted(await effects()) == [("a", "1"), ("b", "2")]
    assert await parked(context) == [("a", "KeyError"), ("a", "behind a parked message")]


async def test_a_parked_key_stays_parked_for_the_next_process(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    handle, _ = failing(99, Poison("cannot be handled"))
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await log.say(("a", "bad"))
    async with running(consumer):
        await reflected(consumer, log)
    again = Consumer(context, "test", [TOPIC], keep, kafka)
    await log.say(("a", "late"), ("b", "2"))
    async with running(again):
        await reflected(again, log)
    assert await effects() == [("b", "2")]
    assert await parked(context) == [("a", "cannot be handled"), ("a", "behind a parked message")]


async def test_a_released_key_goes_on_in_order_and_one_that_fails_again_waits_again(
    context: Context, migrated: Any, kafka: str, log: Log, effects: Effects
) -> None:
    handle, asked = failing(2, Poison("cannot be handled"))
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await log.say(("a", "bad"), ("a", "2"), ("b", "3"))

    async def looked_at(times: int) -> None:
        async def enough() -> bool:
            return asked.count("bad") >= times

        assert release(migrated.service_url, "test", TOPIC, "a") == 2
        await until(enough)

    async def none_parked() -> bool:
        return await parked(context) == []

    async with running(consumer):
        await reflected(consumer, log)
        assert "| test | " + TOPIC + " | a | 2 | cannot be handled | False |" in parked_table(migrated.service_url)
        await looked_at(2)
        await asyncio.sleep(1.5)
        assert [key for key, _ in await parked(context)] == ["a", "a"]  # it failed again, and nobody asks it any more
        assert asked.count("bad") == 2
        await looked_at(3)
        await until(none_parked)
        await log.say(("a", "4"))
        await reflected(consumer, log)
    assert [what for who, what in await effects() if who == "a"] == ["bad", "2", "4"]
    assert release(migrated.service_url, "test", TOPIC, "a") == 0


async def dead_letters(kafka: str, count: int) -> list[ConsumerRecord[bytes, bytes]]:
    found: list[ConsumerRecord[bytes, bytes]] = []
    async with (
        AIOKafkaConsumer(DEAD_LETTERS, bootstrap_servers=kafka, auto_offset_reset="earliest") as consumer,
        asyncio.timeout(120),
    ):
        while len(found) < count:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    return found


async def test_what_is_parked_is_copied_to_the_dead_letters_with_its_reason_and_the_very_value(
    context: Context, migrated: Any, kafka: str, log: Log, effects: Effects
) -> None:
    handle, _ = failing(99, Poison("cannot be handled"))
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await log.say(("a", "bad"), ("b", "2"), ("a", "3"))
    async with running(consumer):
        await reflected(consumer, log)
        first, second = await dead_letters(kafka, 2)
    told = {name: value.decode() for name, value in first.headers}
    assert (first.key, PractitionerWithdrawn.model_validate_json(first.value).reason) == (b"a", "bad")
    assert (told["dlq-consumer"], told["dlq-reason"], told["dlq-topic"]) == (
        "directory.test",
        "cannot be handled",
        TOPIC,
    )
    assert told["ce_type"] == PractitionerWithdrawn.ce_type
    assert dict(second.headers)["dlq-reason"] == b"behind a parked message"
    assert int(told["dlq-offset"]) < int(dict(second.headers)["dlq-offset"])
    shown = parked_messages(migrated.service_url, "a")
    assert "ce_id=bad" in shown
    assert '"reason"' not in shown  # the headers, and nothing of the value


async def test_a_topic_that_an_operator_holds_back_waits_and_goes_on_where_it_stopped(
    context: Context, migrated: Any, kafka: str, log: Log, effects: Effects
) -> None:
    assert not hold_back(migrated.service_url, "test", TOPIC, paused=True)  # nobody of that name has read it
    consumer = Consumer(context, "test", [TOPIC], keep, kafka)
    await log.say(("a", "0"))
    async with running(consumer):
        await reflected(consumer, log)
        assert hold_back(migrated.service_url, "test", TOPIC, paused=True)
        await asyncio.sleep(LOOK_EVERY_SECONDS + 1)
        await log.say(("a", "1"), ("b", "2"))
        await asyncio.sleep(1)
        assert await effects() == [("a", "0")]
        assert consumer.seconds_behind() == 0
    again = Consumer(context, "test", [TOPIC], keep, kafka)
    async with running(again):  # a process that comes later obeys from its first record on
        await asyncio.sleep(2)
        assert await effects() == [("a", "0")]
        assert hold_back(migrated.service_url, "test", TOPIC, paused=False)
        await reflected(again, log)
    in_order_and_once(await effects(), 3)


async def test_a_consumer_knows_how_long_what_waits_has_been_waiting(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    go_on = asyncio.Event()

    async def wait(connection: Connection, envelope: Envelope) -> None:
        await go_on.wait()
        await keep(connection, envelope)

    consumer = Consumer(context, "test", [TOPIC], wait, kafka)
    assert consumer.seconds_behind() == 0
    await log.say(*((f"k{n}", str(n)) for n in range(30)))

    async def behind() -> bool:
        return consumer.seconds_behind() > 0.5

    async with running(consumer):
        await until(behind)
        go_on.set()
        await reflected(consumer, log)

        async def level() -> bool:
            return consumer.seconds_behind() == 0

        await until(level)


async def test_a_batch_is_handled_together_and_one_by_one_when_something_in_it_does_not_fit(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    sizes: list[int] = []

    async def many(connection: Connection, envelopes: Sequence[Envelope]) -> None:
        sizes.append(len(envelopes))
        for envelope in envelopes:
            await handle(connection, envelope)

    handle, _ = failing(99, ValueError("does not fit"), "40")
    consumer = Consumer(context, "test", [TOPIC], handle, kafka, many=many)
    await log.say(*((f"k{n % 8}", str(n)) for n in range(80)))
    async with running(consumer):
        await reflected(consumer, log)
    seen = await effects()
    assert max(sizes) > 1
    assert sorted(int(what) for who, what in seen if who != "k0") == [n for n in range(80) if n % 8]
    assert [int(what) for who, what in seen if who == "k0"] == [0, 8, 16, 24, 32]
    assert [key for key, _ in await parked(context)] == ["k0"] * 5


async def test_a_record_that_cannot_be_read_parks_its_key(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    consumer = Consumer(context, "test", [TOPIC], keep, kafka)
    await log.say_nonsense("a")
    await log.say(("a", "late"), ("b", "2"))
    async with running(consumer):
        await reflected(consumer, log)
    assert await effects() == [("b", "2")]
    assert [key for key, _ in await parked(context)] == ["a", "a"]


async def test_what_concerns_every_message_ends_the_run_and_parks_nothing(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    handle, _ = failing(1, psycopg.errors.UndefinedTable("not migrated yet"))
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await log.say(("a", "bad"), ("b", "2"))
    with pytest.raises(psycopg.errors.UndefinedTable):
        await asyncio.wait_for(consumer.run(), 120)
    assert ("a", "bad") not in await effects()
    assert await parked(context) == []
    async with running(consumer):
        await reflected(consumer, log)
    assert sorted(await effects()) == [("a", "bad"), ("b", "2")]


async def test_facts_that_a_handler_answers_are_recorded_with_its_effects_or_not_at_all(
    context: Context, migrated: Any, kafka: str, log: Log, effects: Effects
) -> None:
    tries = 0

    async def answer(connection: Connection, envelope: Envelope) -> Sequence[PublicEvent]:
        nonlocal tries
        await keep(connection, envelope)
        tries += 1
        if tries == 2:  # the second of the batch: the fact of the first must go with it
            raise psycopg.OperationalError("gone")
        return [PractitionerWithdrawn(practitioner_id="answered", reason="-")]

    consumer = Consumer(context, "test", [TOPIC], answer, kafka)
    await log.say(("a", "1"), ("a", "2"))
    async with running(consumer):
        await reflected(consumer, log)
    async with EventStore(migrated.service_url) as store:
        assert len((await store.read(DCBQuery())).events) == len(await effects()) == 2


async def test_the_position_is_nothing_until_every_partition_has_spoken(
    context: Context, kafka: str, log: Log, effects: Effects
) -> None:
    consumer = Consumer(context, "test", [TOPIC], keep, kafka)
    await log.say(("a", "1"))

    async def one_effect() -> bool:
        return len(await effects()) == 1

    async with running(consumer):
        await until(one_effect)
        assert await consumer.position() == 0
        await reflected(consumer, log)
        assert await consumer.position() == log.position


async def test_a_consumer_follows_one_owner(context: Context) -> None:
    with pytest.raises(ValueError, match="one service"):
        Consumer(context, "test", [TOPIC, "booking.appointments.v1"], keep, "127.0.0.1:1")


async def test_a_broker_answers_or_is_said_to_be_away(kafka_bootstrap: str) -> None:
    await broker_check(kafka_bootstrap)()
    with pytest.raises(Exception, match="bootstrap"):
        await broker_check("127.0.0.1:1")()


async def put(connection: Connection, envelope: Envelope) -> None:
    assert isinstance(envelope.data, PractitionerWithdrawn)
    who, what = envelope.data.practitioner_id, envelope.data.reason
    if what == "bad":
        raise Poison("cannot be handled")
    await connection.execute(
        "INSERT INTO last_word (who, what) VALUES (%s, %s) ON CONFLICT (who) DO UPDATE SET what = excluded.what",
        (who, what),
    )


async def test_a_copy_made_anew_from_the_topic_equals_the_live_one_while_more_is_said(
    context: Context, migrated: Any, kafka: str, log: Log
) -> None:
    with psycopg.connect(migrated.owner_url) as owner:
        owner.execute("CREATE TABLE last_word (who text PRIMARY KEY, what text NOT NULL)")
    consumer = Consumer(context, "test", [TOPIC], put, kafka)
    view = HeardView("test", [TOPIC], ["last_word"], put)
    ended = asyncio.Event()

    async def speak() -> None:
        while not ended.is_set():
            await log.say(*((f"k{(log.position + n) % 40}", f"{log.position + n}") for n in range(20)))
            await asyncio.sleep(0.02)

    async def sum_of_all() -> str:
        async with context.database.connection() as connection:
            return await checksum(connection, "last_word")

    async with running(consumer):
        await log.say(("parked", "bad"), ("parked", "late"))
        speaking = asyncio.create_task(speak())
        for _ in range(3):
            await asyncio.sleep(0.3)
            assert await rehear(migrated.service_url, kafka, view) == 0
        ended.set()
        await speaking
        await reflected(consumer, log)
        live = await sum_of_all()
        with psycopg.connect(migrated.owner_url) as owner:
            owner.execute("UPDATE last_word SET what = 'wrong' WHERE who = 'k1'")
            owner.execute("UPDATE last_word SET who = 'nobody' WHERE who = 'k2'")
            owner.execute("INSERT INTO last_word VALUES ('parked', 'late')")
        assert await sum_of_all() != live
        assert await rehear(migrated.service_url, kafka, view) == 4
        assert await sum_of_all() == live
