"""The readers' own handlers, on their own databases, handed one event each time; what of it they read."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from availability.adapters.agenda_table import AgendaTable
from availability.entrypoints import consumer as availability
from booking.adapters.heard import apply
from booking.entrypoints import consumer as booking
from booking_events import EVENTS, Envelope, PublicEvent
from booking_events.directory import PractitionerRegistered, PractitionerState
from directory.adapters.next_slots import PostgresNextSlots
from directory.entrypoints import consumer as directory
from notification.adapters.heard import Heard
from notification.adapters.rows import practitioner_of
from notification.domain import letters
from notification.domain.appointment import Moved, Offer, Visit
from notification.domain.letter import Links, Subject
from notification.domain.sms_text import Told, cancellation_sms_text, move_sms_text, offer_sms_text, reminder_sms
from notification.entrypoints import consumer as notification
from service_kit.database import Connection
from service_kit.lifecycle import Service

from .reading import watched

SEQUENCE = itertools.count(1_000_000)  # far from those of the golden examples, which the same databases may have heard
NOW = datetime(2027, 2, 26, 9, 30, tzinfo=UTC)


async def reads(service: Service, kind: str, body: Mapping[str, Any]) -> set[str]:
    """The paths of the fields that the service reads of an event of this type, of which it has `body` and no more."""
    model, found = EVENTS[kind], set[str]()
    data: PublicEvent = watched(model, body, found)
    envelope = Envelope("1", kind, kind.split(".")[1], "", NOW, next(SEQUENCE), "", None, data)
    context = service.app.state.context
    handle = handler_of(service, kind.split(".")[1])
    async with context.database.transaction() as connection:
        await handle(connection, envelope)
        if isinstance(data, PractitionerState) and context.service == "notification":
            query = "SELECT profile FROM practitioners WHERE practitioner_id = %s"
            row = await (await connection.execute(query, (body["practitioner_id"],))).fetchone()
            assert row is not None
            found |= written_from(row["profile"])
    return found


def handler_of(service: Service, owner: str) -> Callable[[Connection, Envelope], Awaitable[object]]:
    """What the service's bootstrap hands to its consumer of that owner."""
    context = service.app.state.context
    match context.service, owner:
        case "availability", "booking":
            return availability.one_by_one(availability.booking(context.clock))
        case "availability", "directory":
            return availability.directory(AgendaTable(), context.clock)
        case "booking", _:
            parts = service.app.state.parts
            return booking.Listener(apply, parts.seals, parts.ledger).hear
        case "directory", _:
            return directory.Listener(PostgresNextSlots(), context.clock).handle
        case "notification", "booking":
            return notification.Listener(Heard()).handle_appointment
        case "notification", "directory":
            return notification.Listener(Heard()).handle_practitioner
    raise AssertionError(f"{context.service} hears nothing of {owner}")


def written_from(profile: Mapping[str, Any]) -> set[str]:
    """Notification keeps what it hears of a practitioner as it comes, and reads it when it writes."""
    found = required_of(profile) if practitioner_of(profile) else set[str]()
    known = watched(PractitionerRegistered, profile, found)
    (place, *_) = profile["places"]
    visit = Visit("a", 1, "b", "c", place["id"], "d", "e", "f", "in_person", NOW, NOW, "Europe/Paris")
    subject, told = Subject(visit, known, "Somebody", None, Links("http://portal.example")), Told(visit, known)
    moved = Moved(visit, NOW, "practice", NOW)
    offer = Offer("o", "a", place["id"], "in_person", NOW, NOW, "Europe/Paris", NOW, NOW)
    for language in ("fr", "en"):
        letters.confirmation(subject, language)
        letters.reminder(subject, language)
        letters.move(subject, moved, language)
        letters.offer(subject, offer, visit, language)
        letters.cancellation(subject, "practice", language)
        letters.received(subject, language)
        letters.declined(subject, language, lapsed=False)
        letters.calendar_summary(subject, language)
        reminder_sms([told], "l", "l", language)
        move_sms_text(told, moved, "l", language)
        offer_sms_text(told, offer, "l", language)
        cancellation_sms_text(told, "l", language)
    letters.calendar_location(subject)
    _ = subject.place and subject.place.position and (subject.place.position.lat, subject.place.position.lon)
    return found


def required_of(profile: Mapping[str, Any]) -> set[str]:
    """What the profile cannot be loaded again without, and has."""
    required = {name for name, field in PractitionerRegistered.model_fields.items() if field.is_required()}
    place = PractitionerRegistered.model_json_schema()["$defs"]["Place"]["required"]
    return required | {f"places[].{name}" for name in place}
