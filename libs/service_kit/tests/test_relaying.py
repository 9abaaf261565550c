"""From the log through Kafka into tables: everything once, in order, through ends and new starts."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from itertools import chain
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS, Envelope
from booking_events.directory import PractitionerWithdrawn
from event_store import Event, EventStore
from service_kit.consuming import Consumer, Poison
from service_kit.context import Context
from service_kit.database import Connection
from service_kit.keeping import end
from service_kit.outbox import from_outbox, to_outbox
from service_kit.relaying import READ_MAX, KafkaAhead, Relay

TOPIC = "directory.practitioners.v1"


@pytest.fixture
async def kafka(kafka_bootstrap: str) -> str:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        if TOPIC in await admin.list_topics():
            await admin.delete_topics([TOPIC])
        topic = TOPICS[TOPIC]
        await admin.create_topics([NewTopic(TOPIC, topic.partitions, 1, topic_configs=topic.config())])
    finally:
        await admin.close()
    return kafka_bootstrap


@pytest.fixture
async def store(migrated: Any) -> AsyncIterator[EventStore]:
    async with EventStore(migrated.service_url) as opened:
        yield opened


@contextlib.asynccontextmanager
async def running(*tasks: Any) -> AsyncIterator[None]:
    started = [asyncio.create_task(task.run()) for task in tasks]
    try:
        yield
    finally:
        await end(started, 10)


def relay(context: Context, store: EventStore, kafka: str) -> Relay:
    return Relay(context, store, kafka, lambda recorded: from_outbox("directory", recorded))


async def say(context: Context, store: EventStore, first: int, last: int) -> int:
    position = 0
    for number in range(first, last + 1):
        fact = PractitionerWithdrawn(practitioner_id=f"p{number % 5}", reason=str(number))
        position = (await store.append([to_outbox(fact, context.clock.now())])).position
    return position


async def reached(consumer: Consumer, position: int) -> None:
    async with asyncio.timeout(120):
        while await consumer.position() < position:  # noqa: ASYNC110 (a table sends no event)
            await asyncio.sleep(0.05)


@pytest.fixture
async def effects(migrated: Any, context: Context) -> Any:
    import psycopg

    with psycopg.connect(migrated.owner_url) as owner:
        owner.execute("CREATE TABLE effect (n serial, who text, what text)")

    async def read() -> list[tuple[str, str]]:
        async with context.database.connection() as connection:
            rows = await (await connection.execute("SELECT who, what FROM effect ORDER BY n")).fetchall()
        return [(row["who"], row["what"]) for row in rows]

    return read


async def handle(connection: Connection, envelope: Envelope) -> None:
    fact = envelope.data
    assert isinstance(fact, PractitionerWithdrawn)
    if fact.reason == "poison":
        raise Poison("cannot be handled")
    await connection.execute("INSERT INTO effect (who, what) VALUES (%s, %s)", (fact.practitioner_id, fact.reason))


async def test_every_fact_takes_effect_once_in_order_through_new_starts_of_relay_and_consumer(
    context: Context, store: EventStore, kafka: str, effects: Any
) -> None:
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    async with running(relay(context, store, kafka), consumer):
        await reached(consumer, await say(context, store, 1, 40))
    await say(context, store, 41, 60)
    again = Consumer(context, "test", [TOPIC], handle, kafka)
    async with running(relay(context, store, kafka)):
        await asyncio.sleep(1)
    async with running(relay(context, store, kafka), again):
        await reached(again, await say(context, store, 61, 80))
    seen = await effects()
    assert sorted(int(what) for _, what in seen) == list(range(1, 81))
    for who in {who for who, _ in seen}:
        mine = [int(what) for name, what in seen if name == who]
        assert mine == sorted(mine)


async def test_a_message_that_cannot_be_handled_parks_its_key_and_stops_no_other(
    context: Context, store: EventStore, kafka: str, effects: Any
) -> None:
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    now = context.clock.now()
    await store.append([to_outbox(PractitionerWithdrawn(practitioner_id="p1", reason="poison"), now)])
    async with running(relay(context, store, kafka), consumer):
        await reached(consumer, await say(context, store, 1, 10))
    assert {who for who, _ in await effects()} == {"p0", "p2", "p3", "p4"}
    async with context.database.connection() as connection:
        parked = await (await connection.execute("SELECT key, reason FROM parked ORDER BY record_offset")).fetchall()
    assert [(row["key"], row["reason"]) for row in parked] == [
        ("p1", "cannot be handled"),
        ("p1", "behind a parked message"),
        ("p1", "behind a parked message"),
    ]


async def test_what_comes_before_an_event_that_is_not_known_is_said_and_nothing_after_it(
    context: Context, store: EventStore, kafka: str, effects: Any
) -> None:
    consumer = Consumer(context, "test", [TOPIC], handle, kafka)
    await say(context, store, 1, 3)
    await store.append([Event("rendezvous.directory.Unheard.v1", b"{}", ["practitioner:p1"])])
    await say(context, store, 4, 5)
    with pytest.raises(KeyError):
        await asyncio.wait_for(relay(context, store, kafka).run(), 60)

    async def three() -> bool:
        return len(await effects()) >= 3

    async with running(consumer), asyncio.timeout(120):
        while not await three():  # noqa: ASYNC110 (a table sends no event)
            await asyncio.sleep(0.05)
    assert sorted(what for _, what in await effects()) == ["1", "2", "3"]


async def test_a_backlog_of_many_portions_arrives_in_order_and_the_relay_sees_how_far_it_is(
    context: Context, store: EventStore, kafka: str
) -> None:
    count = READ_MAX * 5
    facts = [
        to_outbox(PractitionerWithdrawn(practitioner_id=f"p{n % 7}", reason=f"{n} {'x' * 2_000}"), context.clock.now())
        for n in range(count)
    ]
    for start in range(0, count, 250):
        await store.append(facts[start : start + 250])
    speaking = relay(context, store, kafka)
    heard: dict[bytes, list[int]] = {}
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=kafka, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    async with running(speaking), consumer, asyncio.timeout(60):
        while sum(map(len, heard.values())) < count:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    if record.value != b"{}":
                        heard.setdefault(record.key, []).append(int(dict(record.headers)["ce_sequence"]))
        while speaking.progress.head < count or speaking.progress.oldest_at is not None:  # noqa: ASYNC110 (seen each second)
            await asyncio.sleep(0.05)
        assert (speaking.progress.position, speaking.progress.leading) == (count, True)
    assert sorted(chain.from_iterable(heard.values())) == list(range(1, count + 1))
    assert all(said == sorted(said) for said in heard.values())
    assert not speaking.progress.leading


async def test_a_relay_whose_store_went_back_in_time_refuses_to_speak(
    context: Context, store: EventStore, kafka: str, caplog: pytest.LogCaptureFixture
) -> None:
    consumer = Consumer(context, "test", [TOPIC], handle_nothing, kafka)
    async with running(relay(context, store, kafka), consumer):
        await reached(consumer, await say(context, store, 1, 5))
    restored = _restored(context, store, kafka)
    with pytest.raises(KafkaAhead):
        await asyncio.wait_for(restored.run(), 60)
    assert restored.progress.ahead
    assert [line.levelname for line in caplog.records if "Kafka is ahead" in line.message] == ["ERROR"]


async def handle_nothing(connection: Connection, envelope: Envelope) -> None:
    return None


def _restored(context: Context, store: EventStore, kafka: str) -> Relay:
    made = relay(context, store, kafka)

    class Shorter:
        async def head(self) -> int:
            return 2

    made._store = Shorter()  # type: ignore[assignment] # a store restored to position 2
    return made
