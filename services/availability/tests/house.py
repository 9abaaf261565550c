"""One availability service in the test's own process, driven over HTTP and by events; its clock stands still."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from availability.adapters.agenda_table import AgendaTable
from availability.entrypoints import consumer
from booking_events import EVENTS, Envelope, PublicEvent
from booking_events.directory import Place, PractitionerRegistered
from event_store import DCBQuery, DCBQueryItem, EventStore, append_in_transaction
from fastapi import FastAPI
from joserfc.jwk import OKPKey
from service_kit.clock import Clock
from service_kit.context import Context
from service_kit.database import migrate
from service_kit.outbox import to_outbox
from service_kit.tokens import sign_token

ISSUER = "https://rendezvous.example"
MIGRATIONS = Path(__file__).parents[1] / "migrations"


def install(owner_url: str) -> None:
    migrate(owner_url, [MIGRATIONS], urlsplit(owner_url).path.strip("/"))


class ChosenClock(Clock):
    """A clock that stands at an instant until a test moves it on."""

    def __init__(self, instant: datetime) -> None:
        super().__init__()
        self.instant = instant

    def shift(self, instant: datetime) -> datetime:
        return self.instant

    def move_on(self, **by: float) -> datetime:
        self.instant += timedelta(**by)
        return self.instant


class Keys:
    """Published keys without a network: the interface of `KeySource`."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key

    async def key(self, kid: str) -> OKPKey | None:
        return self._key if kid == self._key.kid else None


@dataclass
class House:
    """One availability service in this process; every test has its own practitioner, place and agendas in it."""

    context: Context
    app: FastAPI
    store: EventStore
    clock: ChosenClock
    signing_key: OKPKey
    client: httpx.AsyncClient
    practitioner_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    place_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    position: int = 0

    def token(self, subject: str = "somebody", kind: str = "account", **claims: Any) -> dict[str, str]:
        """The Authorization header of a caller."""
        now = int(self.clock.now().timestamp())
        standard = {"iss": ISSUER, "aud": "rendezvous", "sub": subject, "kind": kind, "iat": now, "exp": now + 86_400}
        return {"Authorization": f"Bearer {sign_token({**standard, **claims}, self.signing_key)}"}

    @property
    def staff(self) -> dict[str, str]:
        """The practitioner whose agendas these are."""
        return self.token("doctor", roles=["practitioner"], practitioner_id=self.practitioner_id)

    async def hear(self, *events: PublicEvent) -> None:
        """What the consumer of their topic does with events, in a transaction like the consumer's."""
        owner = events[0].topic.partition(".")[0]
        envelopes = [self._envelope(owner, event) for event in events]
        async with self.context.database.transaction() as connection:
            if owner == "booking":
                facts = await consumer.booking(self.clock)(connection, envelopes)
            else:
                facts = await consumer.directory(AgendaTable(), self.clock)(connection, *envelopes)
            if facts:
                await append_in_transaction(connection, [to_outbox(fact, self.clock.now()) for fact in facts])

    def _envelope(self, owner: str, event: PublicEvent) -> Envelope:
        self.position += 1
        return Envelope(
            str(uuid.uuid4()), event.ce_type, owner, event.subject, self.clock.now(), self.position,
            event.partition_key, None, event,
        )  # fmt: skip

    async def register(self, **changes: Any) -> None:
        """Directory says that the practitioner has registered, at the place."""
        place = Place(
            id=self.place_id, name="Cabinet Imaginaire", address="12 rue Imaginaire", postcode="49000", city="Angers",
            zone="Europe/Paris", territory="49",
        )  # fmt: skip
        facts = {
            "practitioner_id": self.practitioner_id, "status": "registered", "first_name": "Jeanne",
            "last_name": "Imaginaire", "speciality": "SM15", "places": (place,),
        }  # fmt: skip
        await self.hear(PractitionerRegistered.model_validate({**facts, **changes}))

    async def said(self, agenda_id: str) -> list[PublicEvent]:
        """The facts about an agenda in availability's log, in order."""
        query = DCBQuery(items=[DCBQueryItem(tags=[f"agenda:{agenda_id}"])])
        events = (await self.store.read(query)).events
        return [EVENTS[one.event.type].model_validate_json(one.event.data) for one in events]

    async def open(self, **changes: Any) -> dict[str, Any]:
        """An agenda: 9 to 11 every day from 2027 on; a check-up of 30 minutes, a talk of 15 also by video."""
        if not self.position:
            await self.register()
        answer = await self.client.post("/v1/agendas", json=self.body(**changes), headers=self.staff)
        assert answer.status_code == 201, answer.text
        opened: dict[str, Any] = answer.json()
        return opened

    def body(self, **changes: Any) -> dict[str, Any]:
        return {
            "practitioner_id": self.practitioner_id,
            "place_id": self.place_id,
            "opening_ranges": [opening("09:00", "11:00", modes=["in_person", "video"])],
            "motives": [motive("check-up"), motive("talk", duration_minutes=15, modes=["in_person", "video"])],
        } | changes

    async def slots(
        self, agenda_id: str, first: str, last: str | None = None, headers: dict[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        """The body of a 200 of `GET /v1/slots` for check-ups."""
        query = {"agenda": agenda_id, "motive": "check-up", "from": first, "to": last or first, **more}
        answer = await self.client.get("/v1/slots", params=query, headers=headers or {})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def opening(start: str, end: str, **more: Any) -> dict[str, Any]:
    return {"weekdays": [1, 2, 3, 4, 5, 6, 7], "start": start, "end": end, "valid_from": "2027-01-01", **more}


def motive(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": f"Motif imaginaire {id_}", "duration_minutes": 30, **more}
