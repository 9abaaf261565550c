"""The whole service as a process: migrated, served, heard by Kafka, ended; and what a wrong setting does."""

from __future__ import annotations

import asyncio
import json
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import topics as declared
from booking_events.booking import AppointmentCancelled, AppointmentConfirmed, SlotHeld
from joserfc.jwk import OKPKey

from .running import HEARD, SAID, opened, process, registered, run, running, said, until_ready, visit


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("AVAILABILITY_DATABASE_URL", "mysql://somewhere", "AVAILABILITY_DATABASE_URL is wrong"),
        ("AVAILABILITY_DATABASE_URL", None, "AVAILABILITY_DATABASE_URL is missing"),
        ("KAFKA_BOOTSTRAP_SERVERS", None, "KAFKA_BOOTSTRAP_SERVERS is missing"),
        ("ACCOUNTS_URL", "accounts", "ACCOUNTS_URL is wrong"),
        ("AVAILABILITY_HTTP_PORT", "many", "AVAILABILITY_HTTP_PORT is wrong"),
        ("AVAILABILITY_OFFER_KEY", '{"kty": "OKP", "secret": "do-not-say"}', "AVAILABILITY_OFFER_KEY is wrong"),
        ("AVAILABILITY_OFFER_KEY_FILE", "/nowhere", "AVAILABILITY_OFFER_KEY_FILE cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    environment: dict[str, str], name: str, value: str | None, said: str
) -> None:
    if name == "AVAILABILITY_OFFER_KEY":
        del environment["AVAILABILITY_OFFER_KEY_FILE"]
    changed = {key: kept for key, kept in (environment | {name: value}).items() if kept is not None}
    ended = run(changed)
    assert ended.returncode == 2
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1
    assert "do-not-say" not in ended.stderr


def test_the_commands_migrate_twice_without_harm_and_print_a_new_key(environment: dict[str, str]) -> None:
    again = run(environment, "migrate")
    assert (again.returncode, again.stdout) == (0, "availability: nothing to migrate\n")
    made = run(environment, "make-key")
    assert json.loads(made.stdout)["crv"] == "Ed25519"
    assert "AVAILABILITY_OFFER_KEY" in run(environment, "settings").stdout


@pytest.fixture
async def topics(kafka_bootstrap: str) -> str:
    """Fresh topics, as the demo creates them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        wanted, present = declared.topics((*HEARD, *SAID)), await admin.list_topics()
        if there := [topic.name for topic in wanted if topic.name in present]:
            await admin.delete_topics(there)
        await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in wanted])
    finally:
        await admin.close()
    return kafka_bootstrap


async def test_the_service_hears_says_and_offers_through_kafka_and_goes_on_after_a_kill(
    environment: dict[str, str], topics: str, signing_key: OKPKey, tmp_path: Path
) -> None:
    environment["KAFKA_BOOTSTRAP_SERVERS"] = topics
    log = tmp_path / "log"
    async with running(environment, log, topics, signing_key) as house:
        await house.tell("directory", registered())
        agenda_id = await opened(house)
        at = await house.tell("booking")
        assert await house.starts(agenda_id, at) == ["09:00", "09:30", "10:00", "10:30"]
        expires = datetime.now(UTC) + timedelta(minutes=10)
        hold = SlotHeld(**visit(agenda_id), hold_id="h1", held_by="ann", expires_at=expires)
        assert await house.starts(agenda_id, await house.tell("booking", hold)) == ["09:30", "10:00", "10:30"]
        sequence = house.sequence
    # Killed, not stopped: what was heard is kept, and nothing is heard twice.
    async with running(environment, log, topics, signing_key) as house:
        house.sequence = sequence
        who = {"appointment_id": "a1", "person_id": "p1", "account_id": "ann"}
        now = datetime.now(UTC)
        confirmed = AppointmentConfirmed(**visit(agenda_id), **who, hold_id="h1", confirmed_at=now)
        assert await house.starts(agenda_id, await house.tell("booking", confirmed)) == ["09:30", "10:00", "10:30"]
        cancelled = AppointmentCancelled(**visit(agenda_id), **who, version=2, by="patient", cancelled_at=now)
        at = await house.tell("booking", cancelled)
        assert await house.starts(agenda_id, at) == ["09:00", "09:30", "10:00", "10:30"]
        # Opened, its first slots, the hold moves them, the cancellation moves them back.
        facts = await said(topics, agenda_id, 4)
        for view in ("busy", "practitioners"):
            anew = await asyncio.to_thread(run, environment, "rebuild-view", view)
            assert anew.stdout == f"{view}: made anew; 0 rows were not as its topics say\n", anew.stderr
    names = [one.type.split(".")[2] for one in facts]
    assert names == ["AgendaOpened", *["NextAvailabilityChanged"] * 3]
    firsts = [one.data.items[0].start.hour * 60 + one.data.items[0].start.minute for one in facts[1:]]  # type: ignore[union-attr]
    assert firsts == [540, 570, 540]
    assert all(one.source == "availability" for one in facts)
    assert "très secret" not in log.read_text()


async def test_without_a_broker_the_service_lives_answers_and_says_that_its_broker_is_away(
    environment: dict[str, str], tmp_path: Path
) -> None:
    health = f"http://127.0.0.1:{environment['AVAILABILITY_HEALTH_PORT']}"
    base = f"http://127.0.0.1:{environment['AVAILABILITY_HTTP_PORT']}"
    with process(environment, tmp_path / "log") as started:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            assert "broker" in (await until_ready(client, health, 200))["away"]
            assert (await client.get(f"{health}/live")).status_code == 200
            assert (await client.get(f"{base}/.well-known/jwks.json")).status_code == 200
        started.send_signal(signal.SIGTERM)
        assert started.wait(30) == 0
