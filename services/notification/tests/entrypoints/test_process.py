"""The service as a process: what it writes down, how it ends, what it says of its health."""

from __future__ import annotations

import asyncio
import signal
import socket
from datetime import timedelta
from pathlib import Path

import httpx

from ..conftest import Messages, MovingClock
from ..outside import CONTACT, MOTIVE, Outside
from .conftest import EMAIL, SMS, Start, state, until


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


async def test_asked_to_end_it_finishes_what_it_is_handing_over(
    start: Start, outside: Outside, booked: str, messages: Messages
) -> None:
    outside.stops.add("data")
    async with start() as process:
        await asyncio.wait_for(outside.reached.wait(), 120)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(1)
        assert process.returncode is None
        outside.released.set()
        assert await asyncio.wait_for(process.wait(), 120) == 0
    assert (await messages(booked))[EMAIL]["state"] == "sent"
    assert len(outside.mails) == 1


async def test_without_a_broker_it_lives_and_sends_and_says_that_its_broker_is_away(
    start: Start, outside: Outside, booked: str, messages: Messages
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with start(NOTIFICATION_HEALTH_PORT=str(port)), httpx.AsyncClient() as client:
        await until(state(messages, booked, EMAIL, "sent"))
        live = await client.get(f"http://127.0.0.1:{port}/live")
        ready = await client.get(f"http://127.0.0.1:{port}/ready")
    assert live.status_code == 200
    assert (ready.status_code, ready.json()["problems"]) == (200, {})
    assert "broker" in ready.json()["away"]
