"""From booking's events through Kafka to the mailbox and the telephone, and back to Kafka, on real parts."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from booking_events import Record
from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentRequestEnded,
    EarlierSlotOffered,
)
from booking_events.notification import MessageSent
from icalendar import Calendar
from notification.bootstrap import bootstrap

from .conftest import Others, Running, until

PARIS = ZoneInfo("Europe/Paris")
PAUL = "paul@patients.example"
PHONE = "+33639980001"


@pytest.fixture
async def whole(
    environment: dict[str, str], db: Any, topics: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    """The service with all its background tasks, on Kafka."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", topics)
    async with db.transaction() as connection:
        # The topics are new: so is what was heard of them, and what was said.
        await connection.execute("DELETE FROM consumer_position")
        await connection.execute("DELETE FROM relay_checkpoint")
        await connection.execute("DELETE FROM parked")
    async with bootstrap() as service:
        running = Running(service)
        async with running.background():
            yield running


def confirmed(appointment_id: str, start: datetime, at: datetime, **changes: Any) -> AppointmentConfirmed:
    fields: dict[str, Any] = {
        "agenda_id": "agenda-1", "start": start, "end": start + timedelta(minutes=15),
        "practitioner_id": "practitioner-1", "place_id": "place-1", "zone": "Europe/Paris", "motive_id": "motive-1",
        "mode": "in_person", "appointment_id": appointment_id, "hold_id": None, "person_id": "person-1",
        "account_id": "account-1", "confirmed_at": at,
    }  # fmt: skip
    return AppointmentConfirmed(**fields | changes)


def cancelled(event: AppointmentConfirmed, at: datetime, by: str = "patient") -> AppointmentCancelled:
    fields = event.model_dump() | {"version": event.version + 1, "by": by, "cancelled_at": at}
    return AppointmentCancelled(**{name: fields[name] for name in AppointmentCancelled.model_fields if name in fields})


def moved(event: AppointmentConfirmed, start: datetime, at: datetime) -> AppointmentMoved:
    fields = event.model_dump() | {
        "version": event.version + 1, "by": "practice", "moved_at": at, "start": start,
        "end": start + timedelta(minutes=15), "previous_start": event.start, "previous_end": event.end,
    }  # fmt: skip
    return AppointmentMoved(**{name: fields[name] for name in AppointmentMoved.model_fields if name in fields})


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=PARIS).astimezone(UTC)


def calendar_of(mail: Any) -> Any:
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_payload(decode=True).decode())


async def test_an_appointment_is_confirmed_reminded_of_and_cancelled(
    whole: Running, others: Others, outside: Any, moving_clock: Any, make_practitioner: Any
) -> None:
    appointment_id = str(uuid.uuid4())
    booked = moving_clock.move_to("2027-03-10T09:00")
    # A visit on the Monday after the clocks have changed.
    event = confirmed(appointment_id, at("2027-03-29T10:20"), booked)
    await others.say(make_practitioner(), event)

    [mail] = await until(lambda: outside.mails_to(PAUL))
    assert mail["Message-ID"]
    [invited] = calendar_of(mail).walk("VEVENT")
    assert calendar_of(mail)["METHOD"] == "REQUEST"
    assert invited["UID"] == f"{appointment_id}@rendezvous.example"

    moving_clock.move_to("2027-03-22T16:00")  # the e-mail of the week before
    await until(lambda: len(outside.mails_to(PAUL)) == 2)
    moving_clock.move_to("2027-03-27T14:00")  # the SMS of two days before
    [text] = await until(lambda: outside.texts_to(PHONE))
    assert "lun. 29/03 à 10h20" in text

    now = moving_clock.move_to("2027-03-28T12:00")  # the day of the change itself
    await others.say(cancelled(event, now))
    await until(lambda: len(outside.mails_to(PAUL)) == 3)
    withdrawal = outside.mails_to(PAUL)[2]
    assert calendar_of(withdrawal)["METHOD"] == "CANCEL"
    [withdrawn] = calendar_of(withdrawal).walk("VEVENT")
    assert withdrawn["UID"] == invited["UID"]
    assert (invited["SEQUENCE"], withdrawn["SEQUENCE"]) == (0, 1)

    moving_clock.move_to("2027-03-30T12:00")  # long after every reminder would have been due
    token = outside.token("operator")
    items = await whole.settled(appointment_id, token)
    assert {(item["kind"], item["channel"]): item["state"] for item in items} == {
        ("confirmation", "email"): "sent",
        ("reminder_week", "email"): "sent",
        ("reminder_day", "email"): "dropped",
        ("reminder_sms", "sms"): "sent",
        ("cancellation", "email"): "sent",
    }
    facts = [envelope.data for envelope in await others.heard("notification.deliveries.v1", appointment_id, 4)]
    assert all(isinstance(fact, MessageSent) for fact in facts)
    assert {fact.kind for fact in facts} == {"confirmation", "reminder_week", "reminder_sms", "cancellation"}
    assert len(outside.mails_to(PAUL)) == 3
    assert len(outside.texts_to(PHONE)) == 1
    assert all(secret not in json.dumps([str(fact) for fact in facts]) for secret in (PAUL, PHONE, "Essai"))


async def test_an_appointment_is_offered_an_earlier_time_moved_and_reminded_of_at_its_new_time_only(
    whole: Running, others: Others, outside: Any, moving_clock: Any, make_practitioner: Any
) -> None:
    appointment_id, booked = str(uuid.uuid4()), moving_clock.move_to("2026-12-01T09:00")
    event = confirmed(appointment_id, at("2026-12-04T10:20"), booked)
    await others.say(make_practitioner(), event)
    [first] = await until(lambda: outside.mails_to(PAUL))

    now = moving_clock.move_to("2026-12-02T11:00")
    fields = event.model_dump() | {
        "offer_id": "offer-1", "start": at("2026-12-03T16:40"), "end": at("2026-12-03T16:55"), "offered_at": now,
        "expires_at": now + timedelta(hours=2),
    }  # fmt: skip
    await others.say(EarlierSlotOffered(**{name: fields[name] for name in EarlierSlotOffered.model_fields}))
    [offer] = await until(lambda: outside.texts_to(PHONE))
    assert offer.startswith("Créneau libéré avec Dr Lefèvre : jeu. 03/12 à 16h40, à accepter avant 13h00 : ")
    await until(lambda: len(outside.mails_to(PAUL)) == 2)
    outside.mails.pop()
    outside.texts.clear()

    move = moved(event, at("2026-12-11T09:00"), moving_clock.move_to("2026-12-02T15:00"))
    await others.say(move, move)
    await until(lambda: len(outside.mails_to(PAUL)) == 2)
    mail = outside.mails_to(PAUL)[1]
    assert mail["Subject"] == "Votre rendez-vous avec le Dr Jeanne Lefèvre est déplacé au vendredi 11 décembre à 09h00"
    assert "du vendredi 4 décembre 2026 à 10h20" in mail.get_body(("plain",)).get_content()
    assert calendar_of(mail)["METHOD"] == "REQUEST"
    [invited], [again] = calendar_of(first).walk("VEVENT"), calendar_of(mail).walk("VEVENT")
    assert again["UID"] == invited["UID"] == f"{appointment_id}@rendezvous.example"
    assert again["SEQUENCE"] == invited["SEQUENCE"] + 1
    assert again.decoded("DTSTART") == at("2026-12-11T09:00")
    [text] = await until(lambda: outside.texts_to(PHONE))  # 43 hours before the time that does not hold any more
    assert text.startswith("RDV déplacé : ven. 11/12 à 09h00 (au lieu du 04/12 à 10h20) avec Dr Lefèvre")
    for told in (mail["Subject"], text):
        assert "dermato" not in told.lower()
        assert "grain" not in told.lower()

    moving_clock.move_to("2026-12-04T12:00")  # past every reminder of the old time, and that time itself
    await asyncio.sleep(1)  # long enough for the sender to have looked several times
    assert (len(outside.mails_to(PAUL)), len(outside.texts_to(PHONE))) == (2, 1)
    moving_clock.move_to("2026-12-10T16:00")
    await until(lambda: len(outside.mails_to(PAUL)) == 3)
    assert "du vendredi 11 décembre à 09h00" in outside.mails_to(PAUL)[2]["Subject"]


async def test_a_request_that_was_declined_or_has_lapsed_is_told_once_and_a_withdrawn_one_not(
    whole: Running, others: Others, outside: Any, moving_clock: Any, make_practitioner: Any
) -> None:
    now = moving_clock.move_to("2026-12-01T09:00")
    fields = confirmed("unused", at("2026-12-04T10:20"), now).model_dump()
    ended = [
        AppointmentRequestEnded(
            **{name: fields[name] for name in AppointmentRequestEnded.model_fields if name in fields},
            request_id=str(uuid.uuid4()), outcome=outcome, ended_at=now,
        )
        for outcome in ("withdrawn", "declined", "lapsed")
    ]  # fmt: skip
    await others.say(make_practitioner(), *ended)
    await others.say(*ended)
    await until(lambda: len(outside.mails_to(PAUL)) == 2)
    subjects = sorted(mail["Subject"] for mail in outside.mails_to(PAUL))
    assert [subject.rpartition("Lefèvre ")[2] for subject in subjects] == [
        "est restée sans réponse",
        "n'a pas été acceptée",
    ]
    assert all("dermato" not in subject.lower() for subject in subjects)
    items = await whole.settled(ended[1].request_id, outside.token("operator"))
    assert [(item["kind"], item["channel"], item["state"]) for item in items] == [("request", "email", "sent")]
    await asyncio.sleep(1)  # long enough for the sender to have looked several times
    assert (len(outside.mails_to(PAUL)), len(outside.texts_to(PHONE))) == (2, 0)


async def test_a_request_is_received_and_declined_in_one_mail_each_however_often_both_are_said(
    whole: Running, others: Others, outside: Any, moving_clock: Any, make_practitioner: Any
) -> None:
    now = moving_clock.move_to("2026-12-01T09:00")
    fields = confirmed("unused", at("2026-12-04T10:20"), now).model_dump() | {"request_id": str(uuid.uuid4())}
    asked, ended = (
        model.model_validate({name: value for name, value in facts.items() if name in model.model_fields})
        for model, facts in (
            (AppointmentRequested, fields | {"requested_at": now}),
            (AppointmentRequestEnded, fields | {"outcome": "declined", "ended_at": now}),
        )
    )
    await others.say(make_practitioner(), asked, asked)
    await until(lambda: len(outside.mails_to(PAUL)) == 1)
    await others.say(ended, asked, ended)
    await until(lambda: len(outside.mails_to(PAUL)) == 2)
    subjects = [mail["Subject"].rpartition("Lefèvre ")[2] for mail in outside.mails_to(PAUL)]
    assert subjects == ["est bien reçue", "n'a pas été acceptée"]
    moving_clock.move_to("2026-12-04T10:00")
    items = await whole.settled(asked.request_id, outside.token("operator"))
    assert [(item["kind"], item["channel"], item["state"]) for item in items] == [("request", "email", "sent")] * 2
    await asyncio.sleep(1)  # long enough for the sender to have looked several times
    assert (len(outside.mails_to(PAUL)), len(outside.texts_to(PHONE))) == (2, 0)


async def test_what_kafka_says_twice_is_mailed_once_and_a_bad_record_stops_nobody_else(
    whole: Running, others: Others, outside: Any, moving_clock: Any, make_practitioner: Any, db: Any
) -> None:
    booked = moving_clock.move_to("2026-12-01T09:00")
    ids = [str(uuid.uuid4()) for _ in range(3)]
    events = [
        confirmed(each, at("2026-12-20T09:00") + timedelta(hours=n), booked, agenda_id=f"agenda-{n}")
        for n, each in enumerate(ids)
    ]
    bad = events[1].model_copy(update={"zone": "Europe/Nowhere"})
    await others.say(make_practitioner(), events[0], bad, events[2])
    await others.repeat(Record("booking.appointments.v1", b"agenda-7", b"{not json", []))
    await others.say(events[2], events[0])
    await until(lambda: len(outside.mails_to(PAUL)) == 2)

    async def parked() -> list[str]:
        async with db.connection() as connection:
            cursor = await connection.execute("SELECT key FROM parked ORDER BY key")
            return [row["key"] for row in await cursor.fetchall()]

    async def two_parked() -> bool:
        return len(await parked()) == 2

    await until(two_parked)
    assert await parked() == ["agenda-1", "agenda-7"]
    moving_clock.advance(60)
    late = confirmed(str(uuid.uuid4()), at("2026-12-21T09:00"), booked, agenda_id="agenda-9")
    await others.say(late)
    await until(lambda: len(outside.mails_to(PAUL)) == 3)
    subjects = [mail["Message-ID"] for mail in outside.mails]
    assert len(set(subjects)) == 3
