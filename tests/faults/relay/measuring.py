"""From the commit to the record in Kafka: how long it takes at a pace, and how fast a backlog is drained."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from statistics import quantiles
from typing import Any

from aiokafka import AIOKafkaProducer
from booking.adapters import codec
from booking.entrypoints.relay import publishing
from embedded_parts import Kafka, Postgres
from event_store import EventStore

from bench.store.bookings import Bookings
from bench.store.filling import fill
from bench.store.machine import Others

from .house import TOPIC, House, eventually
from .subscriber import Subscriber

PACES = (50, 333)
_WARM_UP_SECONDS = 5


@asynccontextmanager
async def measured_house(folder: Path) -> AsyncIterator[Measured]:
    """Nothing is killed here: one log, one relay at a time, one subscriber."""
    with Postgres(folder / "postgres") as postgres, Kafka(folder / "kafka") as kafka:
        house = await House.make(folder, postgres, kafka)
        try:
            async with (
                EventStore(house.log.service_url) as store,
                Subscriber(kafka.bootstrap, TOPIC.name, TOPIC.partitions, wait_ms=500) as subscriber,
            ):
                yield Measured(house, store, subscriber)
        finally:
            for process in house.processes.values():
                process.kill()


@dataclass(frozen=True)
class Measured:
    house: House
    store: EventStore
    subscriber: Subscriber

    async def commit_to_kafka(self, bookings_per_second: int, seconds: float) -> dict[str, Any]:
        """Two events a booking, of distinct agendas; from each event's `recorded_at`, which is before its commit's
        flush, to its arrival at a consumer of what is committed. The relay runs, and has been warmed up."""
        await _book(self.store, bookings_per_second, min(seconds, _WARM_UP_SECONDS))
        gc.collect()
        gc.freeze()  # all that was heard stays in this process: looking through it would be measured as the relay's
        since = time.time()
        with Others() as others:
            await _book(self.store, bookings_per_second, seconds)
            head = await self.store.head()
            await eventually("all is heard", lambda: self.subscriber.count >= head)
        said = await self.house.said()
        took = [
            (one.arrived - said[one.fact.position][1]) * 1000
            for one in self.subscriber.heard()
            if said[one.fact.position][1] >= since
        ]
        cuts = quantiles(took, n=100)
        figures = {"p50": cuts[49], "p99": cuts[98], "max": max(took)}
        return {
            "events": len(took),
            **{f"{name}_ms": round(value, 1) for name, value in figures.items()},
            "others_percent": round(others.percent),
        }

    async def drain(self, events: int) -> dict[str, Any]:
        """A backlog of so many that a relay finds at its start, and the same records from a bare producer."""
        before = await self.store.head()
        await asyncio.to_thread(fill, self.house.log.service_url, before + events, lambda _: None)
        with Others() as others:
            self.house.start("relay-2")
            self.house.leader()
            began = time.monotonic()  # it leads; what follows is all its own
            await eventually("the backlog is heard", lambda: self.subscriber.count >= before + events, 600)
            drained = self.subscriber.last_at - began
            self.house.end("relay-2")
            bare = await self._bare(before)
        return {
            "drain_events": events,
            "drain_per_s": round(events / drained),
            "bare_producer_per_s": round(events / bare),
            "drain_others_percent": round(others.percent),
        }

    async def _bare(self, after: int) -> float:
        """The seconds that aiokafka alone takes for the same records, made beforehand, to the same topic."""
        publish = publishing("booking", codec.record)
        portions = [portion async for portion in self.store.read_range(after=after, batch=2000)]
        records = [publish(one) for one in chain.from_iterable(portions)]
        producer = AIOKafkaProducer(bootstrap_servers=self.house.kafka.bootstrap, enable_idempotence=True, acks="all")
        await producer.start()
        try:
            began = time.monotonic()
            sent = [
                await producer.send(record.topic, record.value, key=record.key, headers=record.headers)
                for record in records
            ]
            await asyncio.gather(*sent)
            return time.monotonic() - began
        finally:
            await producer.stop()


async def _book(store: EventStore, per_second: float, seconds: float) -> None:
    """An open loop: each booking at its planned time, whatever became of those before it."""
    bookings = Bookings(f"measured {time.time()}", agendas=max(int(per_second * seconds), 1))
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as under_way:
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(began + number / per_second - loop.time(), 0))
            under_way.create_task(_held_and_confirmed(store, bookings))


async def _held_and_confirmed(store: EventStore, bookings: Bookings) -> None:
    for step in bookings.booking()[:2]:
        await store.append([step.stored(0)], request=step.request)
