"""The sender with its clock moved forward: each message at its local time, once, whatever the others do."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from notification.bootstrap import bootstrap
from notification.domain.appointment import Cancelled, Confirmed, Moved, Visit
from notification.entrypoints.sender import AT_ONCE_MAX, PROBE_EVERY_SECONDS
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ..conftest import Hear, HearOffer, MakeOffer, MakeVisit, Messages, MovingClock
from ..outside import CONTACT, Outside
from .conftest import Running, until

PAUL, PHONE = str(CONTACT["email"]), str(CONTACT["phone"])


pytestmark = pytest.mark.usefixtures("known")


@pytest.fixture
async def sender(running: Running) -> AsyncIterator[Running]:
    async with running.background("sender"):
        yield running


@pytest.fixture
def visit_of(make_visit: MakeVisit) -> Any:
    def make(start: str, zone: str = "Europe/Paris", **changes: Any) -> Visit:
        return make_visit(start, zone, **{"appointment_id": str(uuid.uuid4())} | changes)

    return make


async def still(seconds: float = 1.0) -> None:
    """Long enough for the sender to have looked several times."""
    await asyncio.sleep(seconds)


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize(
    ("start", "zone", "booked", "sms_day", "day_before"),
    [
        ("2027-03-29T09:00", "Europe/Paris", "2027-03-26T09:00", "2027-03-28", "2027-03-28"),  # the day of 23 hours
        ("2027-11-01T09:00", "Europe/Paris", "2027-10-28T09:00", "2027-10-31", "2027-10-31"),  # the day of 25 hours
        ("2027-03-29T09:00", "Pacific/Noumea", "2027-03-26T09:00", "2027-03-28", "2027-03-28"),
        ("2027-03-15T09:00", "America/Miquelon", "2027-03-12T09:00", "2027-03-14", "2027-03-14"),
    ],
)
async def test_reminders_go_out_at_the_local_time_of_the_place_and_not_before(
    start: str, zone: str, booked: str, sms_day: str, day_before: str, hear: Hear, visit_of: Any, outside: Outside,
    moving_clock: MovingClock, messages: Messages,
) -> None:  # fmt: skip
    now = moving_clock.move_to(booked, zone)
    visit = visit_of(start, zone)
    await hear(Confirmed(visit, now))
    await until(lambda: len(outside.mails) == 1)

    async def due_at(kind: str, channel: str) -> datetime:
        found: datetime = (await messages(visit.appointment_id))[kind, channel]["due_at"]
        return found.astimezone(ZoneInfo(zone))

    sms, email = await due_at("reminder_sms", "sms"), await due_at("reminder_day", "email")
    assert sms.date().isoformat() == sms_day
    assert email.date().isoformat() == day_before
    assert time(8) <= sms.time() < time(20)
    assert time(14) <= email.time() < time(16)
    moving_clock.move_to(f"{sms_day}T07:59", zone)
    await still()
    assert outside.texts == {}
    moving_clock.move_to(f"{sms_day}T{sms:%H:%M}", zone)
    await until(lambda: outside.texts_to(PHONE))
    moving_clock.move_to(f"{day_before}T16:00", zone)
    await until(lambda: len(outside.mails) == 2)
    assert len(outside.texts) == 1


async def test_several_visits_of_a_day_are_told_in_one_sms(
    sender: Running, hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock, messages: Messages
) -> None:
    now = moving_clock.move_to("2026-11-20T09:00")
    outside.contacts["person-2"] = {**CONTACT, "person_id": "person-2", "first_name": "Lou"}
    first, second = visit_of("2026-12-03T09:00"), visit_of("2026-12-03T11:00", person_id="person-2")
    other_day = visit_of("2026-12-04T09:00")
    for visit in (first, second, other_day):
        await hear(Confirmed(visit, now))
    moving_clock.move_to("2026-12-01T14:00")
    await until(lambda: outside.texts_to(PHONE))
    await still()
    [text] = outside.texts_to(PHONE)
    assert "2 RDV jeu. 03/12" in text
    assert "Lou" not in text
    states = {(await messages(each.appointment_id))["reminder_sms", "sms"]["state"] for each in (first, second)}
    assert states == {"sent"}
    moving_clock.move_to("2026-12-02T14:00")
    await until(lambda: len(outside.texts) == 2)


async def test_two_processes_send_every_message_once(
    environment: dict[str, str], hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock
) -> None:
    now = moving_clock.move_to("2026-11-20T09:00")
    for day in range(40):
        outside.contacts[f"p{day}"] = {**CONTACT, "email": f"p{day}@patients.example"}
        await hear(Confirmed(visit_of(f"2027-01-{day % 28 + 1:02}T09:00", person_id=f"p{day}"), now))
    async with (
        bootstrap() as one,
        bootstrap() as two,
        Running(one).background("sender"),
        Running(two).background("sender"),
    ):
        await until(lambda: len(outside.mails) >= 40)
        await still()
    assert len({mail["To"] for mail in outside.mails}) == len(outside.mails) == 40


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize(
    ("place", "status"), [("contact", 503), ("contact", 403), ("contact", 404), ("motives", 500), ("rcpt", "451 later")]
)
async def test_whoever_is_away_is_asked_again_until_the_message_is_out(
    place: str, status: Any, hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock
) -> None:
    outside.answers[place] = status
    await hear(Confirmed(visit_of("2026-12-20T09:00"), moving_clock.move_to("2026-12-02T10:00")))
    await until(lambda: outside.asked.count(place) >= 2)
    assert outside.mails == []
    outside.answers.clear()
    moving_clock.advance(60)
    await until(lambda: len(outside.mails) == 1)


@pytest.mark.usefixtures("sender")
async def test_where_a_server_is_away_the_many_that_wait_are_not_all_tried_and_the_other_channel_goes_on(
    hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock
) -> None:
    outside.answers["sms"] = 503
    now, began = moving_clock.move_to("2026-12-02T10:00"), monotonic()
    for number in range(40):
        outside.contacts[f"p{number}"] = {**CONTACT, "phone": f"+336399800{number:02}"}
        visit = visit_of("2026-12-03T09:00", person_id=f"p{number}", account_id=f"a{number}")
        await hear(Confirmed(visit, now))
    moving_clock.advance(900)  # the SMS of somebody who has booked late
    await until(lambda: len(outside.mails) == 40)
    await until(lambda: outside.asked.count("sms") > AT_ONCE_MAX)
    probed = (monotonic() - began) / PROBE_EVERY_SECONDS
    assert outside.asked.count("sms") < 2 * AT_ONCE_MAX + probed
    outside.answers.clear()

    def all_told() -> bool:
        moving_clock.advance(1)
        return len(outside.texts) == 40

    await until(all_told)


@pytest.mark.usefixtures("sender")
async def test_a_message_that_cannot_be_written_stops_no_other_and_ends_as_failed(
    hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock, messages: Messages
) -> None:
    outside.contacts["person-2"] = {**CONTACT, "email": ["not", "a", "text"]}
    now = moving_clock.move_to("2026-12-02T10:00")
    bad, good = visit_of("2026-12-20T09:00", person_id="person-2"), visit_of("2026-12-20T10:00")
    await hear(Confirmed(bad, now))
    await hear(Confirmed(good, now))
    await until(lambda: len(outside.mails) == 1)

    async def failed() -> bool:
        moving_clock.advance(31)
        return bool((await messages(bad.appointment_id))["confirmation", "email"]["state"] == "failed")

    await until(failed)
    assert (await messages(bad.appointment_id))["confirmation", "email"]["reason"] == "error:ValidationError"


@pytest.mark.usefixtures("sender")
async def test_somebody_who_is_gone_gets_nothing(
    hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock, messages: Messages
) -> None:
    visit = visit_of("2026-12-20T09:00", person_id="erased")
    await hear(Confirmed(visit, moving_clock.move_to("2026-12-02T10:00")))

    async def dropped() -> bool:
        return bool((await messages(visit.appointment_id))["confirmation", "email"]["reason"] == "person_unknown")

    await until(dropped)
    assert outside.mails == []


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize("email", [None, "nobody at all"])
@pytest.mark.parametrize(
    ("changed", "told"), [("cancelled", "a été annulé par le cabinet"), ("moved", "(au lieu du 23/12 à 14h00)")]
)
async def test_what_the_practice_changed_goes_by_sms_where_there_is_no_email(
    email: str | None, changed: str, told: str, hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock
) -> None:
    outside.contacts["person-1"]["email"] = email
    now, visit = moving_clock.move_to("2026-12-02T10:00"), visit_of("2026-12-20T09:00", version=2)
    before = visit_of("2026-12-23T14:00").start
    await hear(Cancelled(visit, now, "practice") if changed == "cancelled" else Moved(visit, now, "practice", before))
    [text] = await until(lambda: outside.texts_to(PHONE))
    assert told in text


@pytest.mark.usefixtures("sender")
async def test_an_offer_is_sent_while_it_is_open_and_one_that_was_held_up_is_not_sent_late(
    hear: Hear, hear_offer: HearOffer, make_offer: MakeOffer, visit_of: Any, outside: Outside,
    moving_clock: MovingClock, messages: Messages,
) -> None:  # fmt: skip
    now, visit = moving_clock.move_to("2026-12-02T10:00"), visit_of("2026-12-20T09:00")
    await hear(Confirmed(visit, now, known_before=True))
    outside.contacts["person-1"]["email"] = None
    await hear_offer(make_offer(visit, "2026-12-10T16:40", now, offer_id=str(uuid.uuid4())))
    [text] = await until(lambda: outside.texts_to(PHONE))
    assert "jeu. 10/12 à 16h40" in text
    outside.contacts["person-1"]["email"] = PAUL
    await hear_offer(make_offer(visit, "2026-12-10T17:00", now, offer_id=str(uuid.uuid4())))
    [mail] = await until(lambda: outside.mails_to(PAUL))
    assert mail["Subject"].endswith("jeudi 10 décembre à 17h00")

    now = moving_clock.advance(7201)
    held_up = make_offer(visit, "2026-12-10T18:00", now, offer_id=str(uuid.uuid4()), expires_at=now)
    await hear_offer(replace(held_up, at=now - timedelta(hours=2)))

    async def dropped() -> bool:
        row = (await messages(visit.appointment_id))["offer", "email"]
        return bool((row["offer_id"], row["reason"]) == (held_up.offer_id, "too_late"))

    await until(dropped)
    assert (len(outside.mails), len(outside.texts)) == (1, 1)


@pytest.mark.usefixtures("sender")
async def test_an_answer_waits_for_a_database_that_went_away_after_the_message_was_taken(
    hear: Hear, visit_of: Any, outside: Outside, moving_clock: MovingClock, messages: Messages, postgres_url: str,
    provisioned: Any,
) -> None:  # fmt: skip
    outside.stops.add("data")
    visit = visit_of("2026-12-20T09:00")
    await hear(Confirmed(visit, moving_clock.move_to("2026-12-02T10:00")))
    await asyncio.wait_for(outside.reached.wait(), 120)
    name = str(conninfo_to_dict(provisioned.service_url)["dbname"])
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as superuser:
        await superuser.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        try:
            await superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
            )
            outside.released.set()
            await still(4)
        finally:
            await superuser.execute(allow.format(sql.Identifier(name), sql.SQL("true")))

    async def sent() -> bool:
        return bool((await messages(visit.appointment_id))["confirmation", "email"]["state"] == "sent")

    await until(sent)
    await still()
    assert len(outside.mails) == 1
