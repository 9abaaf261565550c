"""What each provider's own publisher makes of its own facts: the records that its relay would hand to Kafka."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from collections.abc import Iterable
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from availability.adapters.agenda_table import AgendaTable
from availability.application import handle_agenda
from availability.views import next_availability
from booking.application.publish import publish
from booking.domain.events import (
    AppointmentConfirmed,
    AppointmentMoved,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_practice import AppointmentRequested, RequestEnded
from booking.domain.events_waiting import EarlierSlotOffered
from booking_events import PublicEvent, Record, encode
from booking_events.availability import AgendaOpened
from booking_events.examples_of_events import EXAMPLES
from booking_events.schemas_of_events import name_of
from directory.application import publish as directory
from directory.domain.practitioner import Fee, Place, Practitioner
from event_store import DCBQuery, EventStore
from service_kit.lifecycle import Service
from service_kit.outbox import from_outbox

from .world import visit_of

NOW = datetime(2027, 2, 26, 9, 30, tzinfo=UTC)


def records(source: str, events: Iterable[PublicEvent]) -> dict[str, Record]:
    """By name, as a relay says them."""
    found = {}
    for sequence, event in enumerate(events, start=1):
        found[name_of(type(event))] = encode(event, id=str(sequence), source=source, time=NOW, sequence=sequence)
    return found


def of_directory() -> dict[str, Record]:
    place = Place(
        "place-1", "Cabinet", "1 place de l'Exemple", "49000", "Angers", "49007", "49", (47.4736, -0.5541),
        "Europe/Paris", "FR", "+33261910001", ("lift",),
    )  # fmt: skip
    one = Practitioner(
        "practitioner-1", "810000000000", "registered", "Dr", "Ariane", "Exemple", "dermatology", (place,), "1", True,
        ("card",), ("fr",), (Fee("Consultation", "30.00"),), ("in_person",), "Dermatologie.",
    )  # fmt: skip
    state = (directory.listed(one), directory.registered(one), directory.profile_changed(one))
    return records("directory", [*state, directory.withdrawn(one.id, "retired")])


async def of_availability(service: Service) -> dict[str, Record]:
    example = next(event for event in EXAMPLES if isinstance(event, AgendaOpened))
    place = handle_agenda.Place(example.place_id or "", example.zone, example.territory)
    practitioner = handle_agenda.Practitioner(example.practitioner_id, True, example.speciality, {place.id: place})
    names = ("place_id", "holidays_closed", "opening_ranges", "extra_openings", "motives")
    opened = handle_agenda.open_agenda(
        str(uuid.uuid4()), practitioner, {name: getattr(example, name) for name in names}
    )
    kept = handle_agenda.Kept(opened, 1)
    changed = handle_agenda.change_agenda(kept, {"holidays_closed": False})
    assert changed is not None
    absence = handle_agenda.Absence("absence-1", NOW + timedelta(days=1), NOW + timedelta(days=2))
    facts: list[PublicEvent] = [
        opened, changed, handle_agenda.declare_absence(kept, absence), handle_agenda.lift_absence(kept, absence),
        handle_agenda.close_agenda(kept),
    ]  # fmt: skip
    async with service.app.state.context.database.transaction() as connection:
        await AgendaTable().keep(connection, opened)
        facts += await next_availability.refresh(connection, kept, NOW)
    return records("availability", facts)


def of_booking() -> dict[str, Record]:
    events: list[Any] = [*visit_of("agenda-1", cancelled=True)]
    held = next(event for event in events if isinstance(event, SlotHeld))
    stretch = held.visit.stretch
    booked = next(event for event in events if isinstance(event, AppointmentConfirmed))
    whose = booked.appointment_id, booked.person_id, booked.account_id, booked.visit
    events += [
        AppointmentMoved(NOW, *whose, booked.rules, stretch, 2, "patient"),
        EarlierSlotOffered(NOW, "offer-1", "hold-1", *whose, booked.rules, 0, NOW + timedelta(hours=2)),
        AppointmentRequested(NOW, "request-1", booked.person_id, booked.account_id, booked.visit, booked.rules),
        RequestEnded(NOW, "request-1", booked.person_id, booked.account_id, booked.visit, "practice"),
        HoldReleased(NOW, held.hold_id, held.account_id, stretch, "released"),
        HoldExpired(NOW, held.hold_id, held.account_id, stretch),
        HoldClaimed(NOW, held.hold_id, held.account_id, held.account_id, held.visit, held.rules, NOW, False),
        HoldExtended(NOW, held.hold_id, held.account_id, stretch, NOW),
    ]
    return records("booking", map(publish, events))


async def of_accounts(service: Service, add_patients: Any, folder: Path) -> dict[str, Record]:
    """A patient is brought in, adds a relative, and is erased; what then stands in the log, as the relay reads it."""
    email, password = f"{uuid.uuid4()}@example.org", "correct horse battery staple"
    who = {"first_name": "Ariane", "last_name": "Exemple", "birth_date": "1980-01-01", "sex": "female"}
    file = folder / "patients.json"
    phone = f"+3363998{uuid.uuid4().int % 10_000:04d}"
    file.write_text(json.dumps([who | {"email": email, "password": password, "phone": phone}]))
    with redirect_stdout(io.StringIO()):
        assert await asyncio.to_thread(add_patients, [str(file)]) == 0
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://accounts") as client:
        session = await client.post("/v1/sessions", json={"email": email, "password": password})
        headers = {"Authorization": f"Bearer {session.json()['access_token']}", "Idempotency-Key": str(uuid.uuid4())}
        added = await client.post("/v1/me/people", json=who | {"relation": "child"}, headers=headers)
        assert added.status_code == 201, added.text
        erased = await client.post("/v1/me/erase", json={"current_password": password}, headers=headers)
        assert erased.status_code == 204, erased.text
    async with EventStore(service.app.state.context.database.url) as store:
        recorded = (await store.read(DCBQuery())).events
    found = [record for one in recorded if (record := from_outbox("accounts", one)) is not None]
    return {dict(record.headers)["ce_type"].decode().removeprefix("rendezvous.accounts."): record for record in found}
