"""Accounts and booking as a foreign team meets them: on real ports, over a real Kafka, with a history in the log."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvicorn
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from booking.adapters import codec
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, Event, SlotHeld
from booking.domain.facts import Rules, Stretch, Visit
from event_store import EventStore
from fastapi import FastAPI

TOPIC = "booking.appointments.v1"
NOW = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)


@dataclass
class World:
    """Where everything answers, and a hand that writes the log of booking as booking does."""

    kafka: str
    accounts_url: str
    booking_url: str
    client_id: str
    client_secret: str
    store: EventStore

    async def happen(self, visits: int, agendas: Sequence[str] = tuple("abcdefgh")) -> int:
        """So many visits held, confirmed and, each third one, cancelled; the position after them."""
        events: list[Event] = []
        for number in range(visits):
            events += visit_of(agendas[number % len(agendas)], cancelled=number % 3 == 0)
        await self.store.append([codec.encode(event, {}) for event in events])
        return await self.store.head()

    async def forget(self, partitions: Sequence[int] = tuple(range(12))) -> None:
        """As retention does: these partitions begin behind all that they hold."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        try:
            gone = {TopicPartition(TOPIC, number): RecordsToDelete(before_offset=-1) for number in partitions}
            await admin.delete_records(gone)
        finally:
            await admin.close()


def visit_of(agenda_id: str, *, cancelled: bool) -> list[Event]:
    start = NOW + timedelta(days=3)
    account, person, hold, appointment = (str(uuid.uuid4()) for _ in range(4))
    visit = Visit(
        Stretch(agenda_id, start, start + timedelta(minutes=15), 5, 0), "practitioner-1", "place-1", "dermatologie",
        "Europe/Paris", "motive-1", "in_person",
    )  # fmt: skip
    rules = Rules(agenda_version=1, offer="0" * 64)
    events: list[Event] = [
        SlotHeld(NOW, hold, account, visit, rules, NOW + timedelta(minutes=10)),
        AppointmentConfirmed(NOW, appointment, hold, person, account, visit, rules, None),
    ]
    if cancelled:
        events.append(AppointmentCancelled(NOW, appointment, person, account, visit, 2, "patient", None))
    return events


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


def listening() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


def url_of(port: socket.socket) -> str:
    return f"http://127.0.0.1:{port.getsockname()[1]}"


@contextlib.asynccontextmanager
async def served(app: FastAPI, port: socket.socket) -> AsyncIterator[None]:
    server = _Server(uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([port]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
