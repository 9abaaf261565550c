"""Every golden example, as its owner says it, through a real Kafka into each of its readers: nobody parks one."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence

import psycopg
import pytest
from aiokafka import AIOKafkaProducer
from booking_events import POSITION_REACHED, TOPICS
from booking_events.golden import Golden, goldens
from service_kit.consuming import Consumer
from service_kit.keeping import end
from service_kit.lifecycle import Service

READERS = sorted({reader for topic in TOPICS.values() for reader in topic.readers})


async def say(bootstrap: str, said: Sequence[Golden]) -> None:
    """As relays do: the facts of each owner in the order of its log, then how far it is, in every partition."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    try:
        for sequence, golden in enumerate(said, start=1):
            headers = [(name, at(sequence) if name == "ce_sequence" else raw) for name, raw in golden.headers]
            key = golden.content["partitionkey"].encode()
            await producer.send_and_wait(golden.model.topic, golden.value, key=key, headers=headers)
        for topic in TOPICS.values():
            kind = POSITION_REACHED.format(service=topic.owner).encode()
            headers = [("ce_id", b"1"), ("ce_type", kind), ("ce_source", topic.owner.encode())]
            headers += [("ce_time", b"2027-02-26T09:30:00Z"), ("ce_sequence", at(len(said)))]
            for partition in range(topic.partitions):
                key = f"position-{partition}".encode()
                await producer.send_and_wait(topic.name, b"{}", key=key, partition=partition, headers=headers)
    finally:
        await producer.stop()


def at(sequence: int) -> bytes:
    return f"{sequence:020d}".encode()


@contextlib.asynccontextmanager
async def reading(services: dict[str, Service]) -> AsyncIterator[list[Consumer]]:
    found = [t for name in READERS for t in services[name].background if isinstance(t, Consumer)]
    tasks = [asyncio.create_task(consumer.run()) for consumer in found]
    try:
        yield found
    finally:
        await end(tasks, 30)


async def reached(consumers: Sequence[Consumer], position: int) -> None:
    async with asyncio.timeout(60):
        for consumer in consumers:
            while await consumer.position() < position:  # noqa: ASYNC110 (a table sends no event)
                await asyncio.sleep(0.1)


def parked(database_url: str) -> list[tuple[str, str, str]]:
    """Topic, type and reason of each message that was put aside."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute("SELECT topic, headers ->> 'ce_type', reason FROM parked").fetchall()
    return [(str(topic), str(kind), str(reason)) for topic, kind, reason in rows]


@pytest.fixture(autouse=True)
def forgotten(settings: dict[str, str]) -> None:
    """The readers of a test before must not remember its positions."""
    for reader in READERS:
        with psycopg.connect(settings[f"{reader.upper()}_OWNER_DATABASE_URL"], autocommit=True) as connection:
            connection.execute("TRUNCATE consumer_position, parked")


async def test_every_committed_example_is_understood_by_each_of_its_readers(
    services: dict[str, Service], kafka: str, database_of: Callable[[str], str]
) -> None:
    # Appointments are of agendas that are there, so the services' order: who practises, agendas, bookings, the rest.
    order = ["directory", "availability", "accounts", "booking", "notification"]
    said = sorted(goldens(), key=lambda golden: (order.index(golden.content["source"]), golden.content["sequence"]))
    await say(kafka, said)
    async with reading(services) as consumers:
        await reached(consumers, len(said))
    assert {reader: parked(database_of(reader)) for reader in READERS} == {reader: [] for reader in READERS}


async def test_an_example_that_a_reader_cannot_understand_is_found(
    services: dict[str, Service], kafka: str, database_of: Callable[[str], str]
) -> None:
    spoilt = []
    for golden in goldens():
        # `mode` and `version` stand in what every reader but one reads; ids stand everywhere.
        data = golden.content["data"] | {golden.model.key: None}
        spoilt.append(Golden(golden.model, golden.file, golden.content | {"data": data}))
    await say(kafka, spoilt)
    async with reading(services) as consumers:
        await reached(consumers, len(spoilt))
    for reader in READERS:
        refused = {kind for _, kind, _ in parked(database_of(reader))}
        wanted = {g.model.ce_type for g in spoilt if reader in TOPICS[g.model.topic].readers}
        assert refused == wanted


def test_an_example_on_the_wire_is_the_committed_one() -> None:
    for golden in goldens():
        assert json.loads(golden.value) == golden.content["data"]
