"""The service as a process of its own, with Kafka as the other services use it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from booking_events import POSITION_REACHED, TOPICS, Envelope, PublicEvent, decode, encode
from booking_events.directory import Place, PractitionerRegistered
from joserfc.jwk import OKPKey
from service_kit.tokens import sign_token

HEARD = ("directory.practitioners.v1", "booking.appointments.v1")
SAID = ("availability.agendas.v1", "availability.next.v1")
PRACTITIONER, PLACE = str(uuid.uuid4()), str(uuid.uuid4())
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "availability", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@dataclass
class Running:
    """The service as a process, and Kafka as the other services use it."""

    client: httpx.AsyncClient
    health: str
    staff: dict[str, str]
    kafka: AIOKafkaProducer
    sequence: int = 0

    async def tell(self, owner: str, *events: PublicEvent) -> int:
        """Say something as another service's relay does: the facts, then how far its log has been said."""
        for event in events:
            self.sequence += 1
            record = encode(event, id=str(uuid.uuid4()), source=owner, time=datetime.now(UTC), sequence=self.sequence)
            await self.kafka.send(record.topic, record.value, key=record.key, headers=record.headers)
        reached = {
            "ce_id": str(uuid.uuid4()), "ce_type": POSITION_REACHED.format(service=owner), "ce_source": owner,
            "ce_time": datetime.now(UTC).isoformat(), "ce_sequence": f"{self.sequence:020d}",
        }  # fmt: skip
        headers = [(name, value.encode()) for name, value in reached.items()]
        await self.kafka.flush()
        for topic in (topic for topic in HEARD if topic.startswith(owner)):
            for partition in range(TOPICS[topic].partitions):
                await self.kafka.send(topic, b"{}", key=b"position", partition=partition, headers=headers)
        await self.kafka.flush()
        return self.sequence

    async def starts(self, agenda_id: str, booking: int) -> list[str]:
        """What is offered tomorrow, once all up to a position of booking is reflected."""
        query = {"agenda": agenda_id, "motive": "check-up", "from": str(TOMORROW), "to": str(TOMORROW)}
        headers = {"Position-At-Least": f"booking={booking}"}
        for _ in range(15):
            answer = await self.client.get("/v1/slots", params=query, headers=headers)
            if answer.status_code != 503:
                break
        assert answer.status_code == 200, answer.text
        return [slot["start"][11:16] for slot in answer.json()["slots"]]


@contextmanager
def process(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as file:
        started = subprocess.Popen([sys.executable, "-m", "availability"], env=environment, stdout=file, stderr=file)
        try:
            yield started
        finally:
            started.kill()
            started.wait(10)


async def until_ready(client: httpx.AsyncClient, health: str, status: int = 200) -> dict[str, Any]:
    for _ in range(300):
        try:
            answer = await client.get(f"{health}/ready")
            if answer.status_code == status:
                found: dict[str, Any] = answer.json()
                return found
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"/ready did not become {status}")


@asynccontextmanager
async def running(environment: dict[str, str], log: Path, bootstrap: str, key: OKPKey) -> AsyncIterator[Running]:
    staff = staff_token(key)
    base = f"http://127.0.0.1:{environment['AVAILABILITY_HTTP_PORT']}"
    health = f"http://127.0.0.1:{environment['AVAILABILITY_HEALTH_PORT']}"
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        with process(environment, log):
            async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=30) as client:
                await until_ready(client, health)
                yield Running(client, health, staff, producer)
    finally:
        await producer.stop()


def registered() -> PractitionerRegistered:
    place = Place(
        id=PLACE, name="Cabinet Imaginaire", address="12 rue Imaginaire", postcode="49000", city="Angers",
        zone="UTC", territory="49",
    )  # fmt: skip
    return PractitionerRegistered(
        practitioner_id=PRACTITIONER, status="registered", first_name="Jeanne", last_name="Imaginaire",
        speciality="SM15", places=(place,),
    )  # fmt: skip


def staff_token(key: OKPKey) -> dict[str, str]:
    """The Authorization header of the practitioner whose agendas these are."""
    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": "https://rendezvous.example", "aud": "rendezvous", "sub": "doctor", "kind": "account", "iat": now,
        "exp": now + 600, "roles": ["practitioner"], "practitioner_id": PRACTITIONER,
    }  # fmt: skip
    return {"Authorization": f"Bearer {sign_token(claims, key)}"}


def agenda_body() -> dict[str, Any]:
    """9 to 11 every day from tomorrow on, whatever the hour of the test; a check-up of 30 minutes."""
    return {
        "practitioner_id": PRACTITIONER,
        "place_id": PLACE,
        "holidays_closed": False,
        "opening_ranges": [
            {"weekdays": [1, 2, 3, 4, 5, 6, 7], "start": "09:00", "end": "11:00", "valid_from": str(TOMORROW)}
        ],
        "motives": [{"id": "check-up", "name": "Motif imaginaire très secret", "duration_minutes": 30}],
    }


async def opened(house: Running) -> str:
    """The agenda's id; directory's fact may still be under way, so it is asked for until it is there."""
    for _ in range(100):
        answer = await house.client.post("/v1/agendas", json=agenda_body(), headers=house.staff)
        if answer.status_code == 201:
            return str(answer.json()["id"])
        assert answer.status_code == 404, answer.text
        await asyncio.sleep(0.1)
    raise AssertionError("the practitioner was never heard of")


def visit(agenda_id: str) -> dict[str, Any]:
    start = datetime.combine(TOMORROW, datetime.min.time(), UTC) + timedelta(hours=9)
    return {
        "agenda_id": agenda_id, "start": start, "end": start + timedelta(minutes=30), "zone": "UTC",
        "practitioner_id": PRACTITIONER, "place_id": PLACE, "motive_id": "check-up", "mode": "in_person",
    }  # fmt: skip


async def said(bootstrap: str, agenda_id: str, count: int) -> list[Envelope]:
    """The first `count` facts about an agenda on availability's topics, in the order of their positions."""
    consumer = AIOKafkaConsumer(
        *SAID, bootstrap_servers=bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    found: list[Envelope] = []
    try:
        async with asyncio.timeout(120):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    read = [decode(record.headers, record.value) for record in records]
                    found += [one for one in read if one.partition_key == agenda_id]
    finally:
        await consumer.stop()
    return sorted(found, key=lambda one: one.sequence)
