"""The service as bootstrap builds it, running in this process, with what the tests ask of it."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS, Envelope, PublicEvent, decode, encode
from booking_events import topics as declared
from notification.bootstrap import bootstrap
from notification.domain.appointment import Confirmed
from service_kit.clock import Clock
from service_kit.lifecycle import Service

from ..conftest import Hear, MakeVisit, Messages, MovingClock

WAIT_SECONDS = 120
EMAIL = ("confirmation", "email")
SMS = ("reminder_sms", "sms")
Start = Callable[..., Any]


async def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """What `condition` gives (or resolves to) once it is true."""
    async with asyncio.timeout(WAIT_SECONDS):
        while True:
            found = condition()
            if isinstance(found, Awaitable):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.05)


class Running:
    """The service: `http` calls its operations; `start` runs background tasks by name."""

    def __init__(self, service: Service) -> None:
        self.service = service
        transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://notification", timeout=30)

    async def deliveries(self, appointment_id: str, token: str, **params: Any) -> httpx.Response:
        return await self.http.get(
            "/v1/deliveries",
            params={"appointment": appointment_id} | params,
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    async def settled(self, appointment_id: str, token: str) -> list[dict[str, Any]]:
        """The deliveries once none is under way: a mail has arrived before its sender has written that down."""

        async def none_under_way() -> list[dict[str, Any]] | None:
            items: list[dict[str, Any]] = (await self.deliveries(appointment_id, token)).json()["items"]
            return None if {item["state"] for item in items} & {"planned", "sending"} else items

        found: list[dict[str, Any]] = await until(none_under_way)
        return found

    @asynccontextmanager
    async def background(self, *names: str) -> AsyncIterator[None]:
        """Every background task, or those named, kept running as the lifecycle does."""
        chosen = [task for task in self.service.background if not names or task.name in names]
        tasks = [asyncio.create_task(_kept(task)) for task in chosen]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _kept(task: Any) -> None:
    while True:
        try:
            await task.run()
        except Exception:  # the lifecycle starts it again, whatever it was
            await asyncio.sleep(0.2)


@pytest.fixture
async def running(environment: dict[str, str]) -> AsyncIterator[Running]:
    """The service without Kafka."""
    async with bootstrap() as service:
        yield Running(service)


@pytest.fixture
async def topics(kafka_bootstrap: str) -> str:
    """A broker with the topics that notification reads and writes, empty."""
    wanted = declared.topics(("booking.appointments.v1", "directory.practitioners.v1", "notification.deliveries.v1"))
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        present = await admin.list_topics()
        if old := [topic.name for topic in wanted if topic.name in present]:
            await admin.delete_topics(old)
        await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in wanted])
    finally:
        await admin.close()
    return kafka_bootstrap


class Others:
    """Booking and the directory, as Kafka sees them."""

    def __init__(self, producer: AIOKafkaProducer, kafka: str) -> None:
        self._producer = producer
        self._kafka = kafka
        self.sequence = 0

    async def say(self, *events: PublicEvent) -> None:
        for event in events:
            self.sequence += 1
            source = TOPICS[event.topic].owner
            record = encode(
                event, id=f"{source}-{self.sequence}", source=source, time=Clock().now(), sequence=self.sequence
            )
            await self.repeat(record)

    async def repeat(self, record: Any) -> None:
        await self._producer.send_and_wait(record.topic, record.value, key=record.key, headers=record.headers)

    async def heard(self, topic: str, appointment_id: str, count: int) -> list[Envelope]:
        """The first `count` events about an appointment, among those of the whole log that are said anew."""
        consumer = AIOKafkaConsumer(
            topic, bootstrap_servers=self._kafka, auto_offset_reset="earliest", isolation_level="read_committed"
        )
        await consumer.start()
        found: list[Envelope] = []
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while len(found) < count:
                    batches = await consumer.getmany(timeout_ms=300)
                    for record in (record for records in batches.values() for record in records):
                        envelope = decode(record.headers, record.value)
                        found += [envelope] if getattr(envelope.data, "appointment_id", None) == appointment_id else []
        finally:
            await consumer.stop()
        return found


@pytest.fixture
async def others(topics: str) -> AsyncIterator[Others]:
    producer = AIOKafkaProducer(bootstrap_servers=topics, enable_idempotence=True)
    await producer.start()
    yield Others(producer, topics)
    await producer.stop()


def state(
    messages: Messages, appointment_id: str, which: tuple[str, str], wanted: str
) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return bool((await messages(appointment_id))[which]["state"] == wanted)

    return reached


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Start:
    """Starts `python -m notification`; whatever is still running at the end of the block is killed."""
    settings = {"NOTIFICATION_HTTP_PORT": "0", "NOTIFICATION_HEALTH_PORT": "0", "TRACE_FILE": str(tmp_path / "traces")}

    @asynccontextmanager
    async def running(**changes: str) -> AsyncIterator[asyncio.subprocess.Process]:
        with (tmp_path / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "notification", env={**os.environ, **settings, **changes}, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    return running


@pytest.fixture
async def booked(hear: Hear, known: None, make_visit: MakeVisit, moving_clock: MovingClock) -> str:
    """An appointment of tomorrow, booked this morning: its e-mail is due at once, its SMS in ten minutes."""
    now = moving_clock.move_to("2026-12-02T10:00")
    visit = make_visit("2026-12-03T18:00", appointment_id=str(uuid.uuid4()))
    await hear(Confirmed(visit, now))
    return visit.appointment_id
