"""A real Kafka with fresh topics, what the neighbours say on it, and what booking said."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS, PublicEvent, encode
from booking_events.topics import topics

from .house import House, new_id

NAMES = ("booking.appointments.v1", "availability.agendas.v1", "accounts.people.v1")


async def fresh_topics(bootstrap: str) -> None:
    """The topics that booking says and hears, empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted, present = topics(NAMES), await admin.list_topics()
        if there := [topic.name for topic in wanted if topic.name in present]:
            await admin.delete_topics(there)
        await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in wanted])
    finally:
        await admin.close()


class Broker:
    """Speaks as availability and accounts do, each with the positions of a log of its own."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._said: dict[str, int] = {"availability": 0, "accounts": 0}

    async def say(self, house: House, *events: PublicEvent) -> str:
        """Say `events`, and that all has been said, in every partition; the `Position-At-Least` for them."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        await producer.start()
        try:
            for event in events:
                source = TOPICS[event.topic].owner
                self._said[source] += 1
                record = encode(event, id=new_id(), source=source, time=house.clock.now(), sequence=self._said[source])
                await producer.send_and_wait(record.topic, record.value, key=record.key, headers=record.headers)
            for topic in {TOPICS[event.topic] for event in events}:
                await self._reached(producer, house, topic.name, topic.owner)
        finally:
            await producer.stop()
        return ", ".join(f"{source}={said}" for source, said in self._said.items() if said)

    async def _reached(self, producer: AIOKafkaProducer, house: House, topic: str, owner: str) -> None:
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", new_id().encode()),
            ("ce_type", f"rendezvous.{owner}.PositionReached.v1".encode()),
            ("ce_source", owner.encode()),
            ("ce_time", house.clock.now().isoformat().encode()),
            ("ce_sequence", f"{self._said[owner]:020d}".encode()),
        ]
        for partition in range(TOPICS[topic].partitions):
            await producer.send_and_wait(topic, b"{}", key=b"position", partition=partition, headers=headers)

    async def heard(self, until: str, key: str) -> list[Any]:
        """Every record of booking with `key`, in order, up to and including one of the type `until`."""
        consumer = AIOKafkaConsumer(
            "booking.appointments.v1",
            bootstrap_servers=self.bootstrap,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            records = []
            async with asyncio.timeout(120):
                async for record in consumer:
                    if record.key == key.encode():
                        records.append(record)
                        if dict(record.headers)["ce_type"].decode() == until:
                            return records
        finally:
            await consumer.stop()
        raise AssertionError(f"{until} was not heard")
