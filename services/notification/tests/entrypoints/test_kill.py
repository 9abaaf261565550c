"""kill -9 of the service at every moment of sending: nothing is mailed twice, and nothing is lost that need not be."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from booking_events.notification import MessageFailed, MessageSent
from notification.adapters.mailroom import TRY_AGAIN_AFTER_SECONDS, PostgresMailroom
from notification.domain.appointment import Confirmed

from ..conftest import Facts, Hear, MakeVisit, Messages, MovingClock
from ..outside import CONTACT, MOTIVE, Outside
from .conftest import until

EMAIL = ("confirmation", "email")
SMS = ("reminder_sms", "sms")
Start = Callable[[], Any]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Start:
    """Starts `python -m notification`; whatever is still running at the end of the block is killed."""
    settings = {"NOTIFICATION_HTTP_PORT": "0", "NOTIFICATION_HEALTH_PORT": "0", "TRACE_FILE": str(tmp_path / "traces")}

    @asynccontextmanager
    async def running() -> AsyncIterator[asyncio.subprocess.Process]:
        with (tmp_path / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "notification", env={**os.environ, **settings}, stdout=log, stderr=log
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


async def killed_at(place: str, start: Start, outside: Outside) -> None:
    """One run of the service, killed once it has come to `place`."""
    outside.stops.add(place)
    async with start() as process:
        await asyncio.wait_for(outside.reached.wait(), 30)
        process.kill()
        await process.wait()
    outside.stops.clear()


def state(
    messages: Messages, appointment_id: str, which: tuple[str, str], wanted: str
) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return bool((await messages(appointment_id))[which]["state"] == wanted)

    return reached


@pytest.mark.parametrize("place", ["contact", "motives", "rcpt"])
async def test_killed_before_the_message_travels_it_is_sent_by_the_next(
    place: str, start: Start, outside: Outside, booked: str, messages: Messages, moving_clock: MovingClock
) -> None:
    await killed_at(place, start, outside)
    assert outside.mails == []
    moving_clock.advance(TRY_AGAIN_AFTER_SECONDS)
    async with start():
        await until(state(messages, booked, EMAIL, "sent"))
    assert len(outside.mails) == 1


@pytest.mark.parametrize(("place", "arrived"), [("data", 1), ("data command", 0)])
async def test_killed_while_the_message_travels_it_is_never_sent_again_and_reported_as_unknown(
    place: str, arrived: int, start: Start, outside: Outside, booked: str, messages: Messages, facts: Facts, db: Any,
    moving_clock: MovingClock,
) -> None:  # fmt: skip
    await killed_at(place, start, outside)
    assert len(outside.mails) == arrived
    assert (await messages(booked))[EMAIL]["state"] == "sending"
    now = moving_clock.advance(60)
    await PostgresMailroom(db, lost_after_seconds=0).give_up_lost(now)
    moving_clock.advance(timedelta(minutes=10).total_seconds())
    async with start():
        await until(state(messages, booked, SMS, "sent"))  # the service works, and has passed the e-mail over
    assert len(outside.mails) == arrived
    assert (await messages(booked))[EMAIL]["reason"] == "process_died"
    email, sms = await facts(booked)
    assert isinstance(email, MessageFailed)
    assert (email.outcome, email.reason) == ("unknown", "process_died")
    assert isinstance(sms, MessageSent)


async def test_killed_after_the_gateway_took_the_sms_it_is_repeated_under_its_key_and_arrives_once(
    start: Start, outside: Outside, booked: str, messages: Messages, db: Any, moving_clock: MovingClock
) -> None:
    moving_clock.advance(timedelta(minutes=11).total_seconds())
    await killed_at("sms", start, outside)
    assert (await messages(booked))[SMS]["state"] == "sending"
    now = moving_clock.advance(TRY_AGAIN_AFTER_SECONDS)
    await PostgresMailroom(db, lost_after_seconds=0).give_up_lost(now)
    async with start():
        await until(state(messages, booked, SMS, "sent"))
    assert len(outside.texts_to(CONTACT["phone"])) == 1
    assert outside.asked.count("sms") == 2


async def test_no_personal_datum_is_in_logs_and_traces(
    start: Start, outside: Outside, booked: str, messages: Messages, moving_clock: MovingClock, tmp_path: Path
) -> None:
    moving_clock.advance(timedelta(minutes=11).total_seconds())
    outside.answers["rcpt"] = f"550 5.1.1 <{CONTACT['email']}> is unknown"
    async with start():
        await until(state(messages, booked, EMAIL, "failed"))
        await until(state(messages, booked, SMS, "sent"))
    written = (tmp_path / "log").read_text() + (tmp_path / "traces").read_text()
    assert '"message":"tried"' in written
    for secret in (CONTACT["email"], CONTACT["phone"], CONTACT["last_name"], MOTIVE["name"], "Dermatologue"):
        assert secret not in written
