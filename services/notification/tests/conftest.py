"""Appointments and practitioners to test with, all invented; a database, a clock and what happened in them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import notification
import pytest
from booking_events import EVENTS, PublicEvent
from booking_events.directory import Place, Position, PractitionerRegistered, PractitionerState
from embedded_parts.provision import ProvisionedDatabase
from embedded_parts.pytest_plugin import MakeDatabase
from event_store import DCBQuery, DCBQueryItem, EventStore
from notification.adapters.heard import Heard
from notification.adapters.mailroom import PostgresMailroom
from notification.domain.appointment import Appointment, Offer, Visit
from notification.domain.planning import plan, plan_offer
from service_kit.clock import Clock
from service_kit.database import Database, migrate, migrations_folder

from .outside import Outside

MakeVisit = Callable[..., Visit]
MakePractitioner = Callable[..., PractitionerState]
Hear = Callable[[Appointment], Awaitable[bool]]
HearOffer = Callable[[Offer], Awaitable[None]]
MakeOffer = Callable[..., Offer]
Messages = Callable[[str], Awaitable[dict[tuple[str, str], dict[str, Any]]]]
Facts = Callable[[str], Awaitable[list[PublicEvent]]]


@pytest.fixture(scope="session")
def make_visit() -> MakeVisit:
    """A visit at a local time: `make_visit("2026-12-03T10:20")`; the other fields by name."""

    def make(start: str = "2026-12-03T10:20", zone: str = "Europe/Paris", **changes: Any) -> Visit:
        at = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
        fields: dict[str, Any] = {
            "appointment_id": "7f3c2a9e-1111-4222-8333-123456789abc",
            "version": 1,
            "agenda_id": "agenda-1",
            "practitioner_id": "practitioner-1",
            "place_id": "place-1",
            "person_id": "person-1",
            "account_id": "account-1",
            "motive_id": "motive-1",
            "mode": "in_person",
            "start": at,
            "end": at + timedelta(minutes=15),
            "zone": zone,
        }
        return Visit(**fields | changes)

    return make


@pytest.fixture(scope="session")
def make_offer() -> MakeOffer:
    """An offer of a local time in Paris, open for two hours: `make_offer(visit, "2026-12-02T16:40", offered)`."""

    def make(visit: Visit, start: str, at: datetime, **changes: Any) -> Offer:
        begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(ZoneInfo("UTC"))
        fields: dict[str, Any] = {
            "offer_id": "offer-1", "appointment_id": visit.appointment_id, "place_id": visit.place_id,
            "mode": visit.mode, "start": begin, "end": begin + timedelta(minutes=15), "zone": "Europe/Paris",
            "at": at, "expires_at": at + timedelta(hours=2),
        }  # fmt: skip
        return Offer(**fields | changes)

    return make


@pytest.fixture(scope="session")
def make_practitioner() -> MakePractitioner:
    def make(**changes: Any) -> PractitionerState:
        place = Place(
            id="place-1",
            name="Cabinet de dermatologie Imaginaire",
            address="12 rue Imaginaire",
            postcode="49000",
            city="Angers",
            position=Position(lat=47.4738, lon=-0.5478),
            zone="Europe/Paris",
            phone="+33261910001",
            access=("2e étage, code 1234", "Ascenseur"),
        )
        fields: dict[str, Any] = {
            "practitioner_id": "practitioner-1",
            "status": "registered",
            "title": "Dr",
            "first_name": "Jeanne",
            "last_name": "Lefèvre",
            "speciality": "Dermatologue",
            "places": (place,),
            "carte_vitale": True,
            "payment_means": ("card", "cheque"),
        }
        return PractitionerRegistered(**fields | changes)

    return make


@dataclass
class MovingClock:
    """The demo's own clock, moved to where a test wants it."""

    file: Path
    clock: Clock

    def move_to(self, local: str, zone: str = "Europe/Paris") -> datetime:
        """Now it is about `local` there, whatever day it really is; after that forward only."""
        wanted = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
        seconds = (wanted - Clock().now()).total_seconds()
        self.file.write_text(json.dumps({"offset_seconds": seconds}))
        return self.clock.now()

    def advance(self, seconds: float) -> datetime:
        offset = json.loads(self.file.read_text())["offset_seconds"] if self.file.exists() else 0
        self.file.write_text(json.dumps({"offset_seconds": offset + seconds}))
        return self.clock.now()


@pytest.fixture
def moving_clock(tmp_path: Path) -> MovingClock:
    file = tmp_path / "clock.json"
    return MovingClock(file, Clock(file))


@pytest.fixture(scope="session")
def provisioned(database: MakeDatabase) -> ProvisionedDatabase:
    """A migrated database, for all tests of this service."""
    made: list[str] = []

    def bring_up(owner_url: str) -> None:
        role = urlsplit(owner_url).path.strip("/")
        made.extend(migrate(owner_url, [migrations_folder(notification.__file__)], role))

    return database("notification", bring_up)


@pytest.fixture
async def db(provisioned: ProvisionedDatabase) -> AsyncIterator[Database]:
    """An empty database. The log of facts cannot be emptied: tests look for their own ids in it."""
    opened = Database(provisioned.service_url)
    await opened.open()
    async with opened.transaction() as connection:
        for table in ("messages", "offers", "appointments", "practitioners"):
            await connection.execute(f"DELETE FROM {table}")  # noqa: S608 (constant names)
    yield opened
    await opened.close()


@pytest.fixture
def mailroom(db: Database) -> PostgresMailroom:
    return PostgresMailroom(db)


@pytest.fixture
def hear(db: Database) -> Hear:
    """What the consumer does with an appointment: kept and planned in one transaction."""

    async def heard(appointment: Appointment) -> bool:
        async with db.transaction() as connection:
            return await Heard().appointment(connection, appointment, plan(appointment))

    return heard


@pytest.fixture
def hear_offer(db: Database) -> HearOffer:
    """What the consumer does with an offer."""

    async def heard(offer: Offer) -> None:
        async with db.transaction() as connection:
            await Heard().offer(connection, offer, plan_offer(offer))

    return heard


@pytest.fixture
async def known(db: Database, make_practitioner: MakePractitioner) -> None:
    """The practitioner of `make_visit` has been heard of."""
    async with db.transaction() as connection:
        await Heard().practitioner(connection, make_practitioner())


@pytest.fixture
def messages(db: Database) -> Messages:
    """The rows of an appointment's messages, by kind and channel: of several the newest."""

    async def rows(appointment_id: str) -> dict[tuple[str, str], dict[str, Any]]:
        async with db.connection() as connection:
            cursor = await connection.execute(
                "SELECT * FROM messages WHERE appointment_id = %s ORDER BY version, due_at", (appointment_id,)
            )
            return {(row["kind"], row["channel"]): row for row in await cursor.fetchall()}

    return rows


@pytest.fixture
def facts(provisioned: ProvisionedDatabase) -> Facts:
    """What notification has said about an appointment, in order."""

    async def said(appointment_id: str) -> list[PublicEvent]:
        async with EventStore(provisioned.service_url) as store:
            query = DCBQuery(items=[DCBQueryItem(tags=[f"appointment:{appointment_id}"])])
            recorded = (await store.read(query)).events
        return [EVENTS[each.event.type].model_validate_json(each.event.data) for each in recorded]

    return said


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Every server that notification calls, listening on real sockets."""
    made = Outside()
    async with made.serving():
        yield made


@pytest.fixture
def environment(
    provisioned: ProvisionedDatabase, outside: Outside, moving_clock: MovingClock, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """The settings of the service under test, in the environment; no Kafka unless a test names one."""
    values = {
        "NOTIFICATION_DATABASE_URL": provisioned.service_url,
        "NOTIFICATION_CLIENT_ID": "notification",
        "NOTIFICATION_CLIENT_SECRET": outside.client_secret,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "ACCOUNTS_URL": outside.url,
        "AVAILABILITY_URL": outside.url,
        "PORTAL_URL": "https://rdv.example",
        "SMTP_URL": outside.smtp_url,
        "SMS_URL": f"{outside.url}/sms",
        "MAIL_FROM": "Rendezvous <rdv@rendezvous.example>",
        "CLOCK_FILE": str(moving_clock.file),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values
