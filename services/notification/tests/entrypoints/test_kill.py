"""kill -9 of the service at every moment of sending: nothing is mailed twice, and nothing is lost that need not be."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from booking_events.notification import MessageFailed, MessageSent
from notification.adapters.mailroom import TRY_AGAIN_AFTER_SECONDS, PostgresMailroom

from ..conftest import Facts, Messages, MovingClock
from ..outside import CONTACT, Outside
from .conftest import EMAIL, SMS, Start, state, until


async def killed_at(place: str, start: Start, outside: Outside) -> None:
    """One run of the service, killed once it has come to `place`."""
    outside.stops.add(place)
    async with start() as process:
        await asyncio.wait_for(outside.reached.wait(), 120)
        process.kill()
        await process.wait()
    outside.stops.clear()


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
