"""The service as a process: its commands, its start with a wrong setting, its life without and with Kafka."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import POSITION_REACHED, TOPICS, Envelope, decode, encode
from booking_events import topics as declared
from booking_events.availability import NextAvailabilityChanged, NextSlot
from embedded_parts.provision import ProvisionedDatabase

SAMPLE = Path(__file__).parents[2] / "sample/PS_LibreAcces_Personne_activite_202611230000.txt"
SAID, HEARD = "directory.practitioners.v1", "availability.next.v1"
Environment = Callable[..., dict[str, str]]
Serving = Callable[[dict[str, str], Path], AbstractContextManager[subprocess.Popen[bytes]]]


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "directory", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def until(client: httpx.AsyncClient, url: str, status: int) -> dict[str, Any]:
    for _ in range(400):
        try:
            answer = await client.get(url)
            if answer.status_code == status:
                found: dict[str, Any] = answer.json()
                return found
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError(f"{url} did not become {status}")


def addresses(environment: dict[str, str]) -> tuple[str, str]:
    ports = environment["DIRECTORY_HTTP_PORT"], environment["DIRECTORY_HEALTH_PORT"]
    return f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIRECTORY_DATABASE_URL", "mysql://somewhere", "DIRECTORY_DATABASE_URL is wrong"),
        ("DIRECTORY_DATABASE_URL", None, "DIRECTORY_DATABASE_URL is missing"),
        ("KAFKA_BOOTSTRAP_SERVERS", None, "KAFKA_BOOTSTRAP_SERVERS is missing"),
        ("ACCOUNTS_URL", "accounts", "ACCOUNTS_URL is wrong"),
        ("DIRECTORY_HTTP_PORT", "many", "DIRECTORY_HTTP_PORT is wrong"),
        ("DIRECTORY_DATABASE_URL_FILE", "/nowhere", "DIRECTORY_DATABASE_URL_FILE cannot be read"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    loaded: ProvisionedDatabase, environment_of: Environment, name: str, value: str | None, said: str
) -> None:
    changed: dict[str, str | None] = {**environment_of(loaded), name: value}
    ended = run({key: kept for key, kept in changed.items() if kept is not None})
    assert ended.returncode == 2
    assert ended.stderr.startswith(said)
    assert ended.stderr.count("\n") == 1


def test_the_import_command_reports_bad_rows_by_line_and_goes_on(
    fresh: ProvisionedDatabase, environment_of: Environment, tmp_path: Path
) -> None:
    environment = environment_of(fresh)
    assert run(environment, "migrate").stdout == "directory: nothing to migrate\n"
    first = run(environment, "import", str(SAMPLE))
    assert first.returncode == 0, first.stderr
    assert "line 231: 57 columns instead of 56" in first.stderr
    assert "line 232: the RPPS number fails its Luhn key" in first.stderr
    assert "422 people: 420 listed, 0 changed, 0 unchanged, 2 refused; 0 withdrawn" in first.stdout
    packed = tmp_path / "PS_LibreAcces.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(SAMPLE, SAMPLE.name)
    again = run(environment, "import", str(packed))
    assert "422 people: 0 listed, 0 changed, 420 unchanged, 2 refused; 0 withdrawn" in again.stdout


def test_an_import_that_cannot_begin_says_why_in_one_line(
    loaded: ProvisionedDatabase, environment_of: Environment, tmp_path: Path
) -> None:
    environment, other = environment_of(loaded), tmp_path / "other.csv"
    other.write_text("a;b\n1;2\n")
    for path, said in ((tmp_path / "none.txt", "cannot be read"), (other, "is not the national directory")):
        ended = run(environment, "import", str(path))
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
        assert said in ended.stderr
    away = run({**environment, "DIRECTORY_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}, "import", str(SAMPLE))
    assert (away.returncode, away.stderr.count("\n")) == (2, 1)
    assert "the database does not answer" in away.stderr


async def test_without_a_database_the_process_lives_and_is_not_ready(
    loaded: ProvisionedDatabase, environment_of: Environment, serving: Serving, tmp_path: Path
) -> None:
    environment = {**environment_of(loaded), "DIRECTORY_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    front, health = addresses(environment)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        with serving(environment, tmp_path / "log") as process:
            found = await until(client, f"{health}/ready", 503)
            assert "database" in found["problems"]
            assert (await client.get(f"{health}/live")).status_code == 200
            answer = await client.get(f"{front}/v1/practitioners", params={"q": "martin"})
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0


@pytest.fixture
async def topics(kafka_bootstrap: str) -> str:
    """Fresh topics, as the demo creates them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        wanted, present = declared.topics((SAID, HEARD)), await admin.list_topics()
        if there := [topic.name for topic in wanted if topic.name in present]:
            await admin.delete_topics(there)
        await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in wanted])
    finally:
        await admin.close()
    return kafka_bootstrap


async def said(kafka: str, count: int) -> list[Envelope]:
    """The facts on the directory's topic, once there are `count` and no more have come for a second."""
    consumer = AIOKafkaConsumer(
        SAID, bootstrap_servers=kafka, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    found: list[Envelope] = []
    try:
        async with asyncio.timeout(120):
            while True:
                batches = await consumer.getmany(timeout_ms=1000)
                read = [decode(record.headers, record.value) for some in batches.values() for record in some]
                found += [one for one in read if one.data is not None]
                if len(found) >= count and not batches:
                    return sorted(found, key=lambda one: one.sequence)
    finally:
        await consumer.stop()


async def tell(kafka: str, event: NextAvailabilityChanged) -> None:
    """Say something as availability's relay does: the fact, then how far its log has been said."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, enable_idempotence=True)
    await producer.start()
    try:
        record = encode(event, id=str(uuid.uuid4()), source="availability", time=datetime.now(UTC), sequence=1)
        await producer.send_and_wait(record.topic, record.value, key=record.key, headers=record.headers)
        reached = {
            "ce_id": str(uuid.uuid4()), "ce_type": POSITION_REACHED.format(service="availability"),
            "ce_source": "availability", "ce_time": datetime.now(UTC).isoformat(), "ce_sequence": f"{1:020d}",
        }  # fmt: skip
        headers = [(name, value.encode()) for name, value in reached.items()]
        for partition in range(TOPICS[HEARD].partitions):
            await producer.send_and_wait(HEARD, b"{}", key=b"position", partition=partition, headers=headers)
    finally:
        await producer.stop()


async def test_the_service_says_what_it_lists_and_hears_of_free_slots_through_kafka(
    fresh: ProvisionedDatabase, environment_of: Environment, serving: Serving, bearer: Any, topics: str, tmp_path: Path
) -> None:
    environment, log = environment_of(fresh, topics), tmp_path / "log"
    assert run(environment, "import", str(SAMPLE)).returncode == 0
    front, health = addresses(environment)
    async with httpx.AsyncClient(base_url=front, trust_env=False, timeout=30) as client:
        with serving(environment, log):
            await until(client, f"{health}/ready", 200)
            assert len(await said(topics, 420)) == 420
            found = (await client.get("/v1/practitioners", params={"q": "dermatologue angers"})).json()["items"][0]
            body = {"modes": ["in_person", "video"], "languages": ["fr"]}
            mine = bearer("practitioner", practitioner_id=found["id"])
            claimed = await client.post(f"/v1/practitioners/{found['id']}/claim", json=body, headers=mine)
            assert claimed.status_code == 200, claimed.text
            start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
            slot = NextSlot(motive_id="controle", mode="in_person", start=start)
            await tell(
                topics,
                NextAvailabilityChanged(
                    agenda_id="agenda", practitioner_id=found["id"], place_id=found["place"]["id"], zone="Europe/Paris",
                    items=(slot,), as_of=datetime.now(UTC),
                ),
            )  # fmt: skip
        # Killed, whatever it had done; the next one goes on and says nothing twice.
        with serving(environment, log) as process:
            await until(client, f"{health}/ready", 200)
            shown: dict[str, Any] = {}
            for _ in range(15):
                answer = await client.get(
                    "/v1/practitioners",
                    params={"q": "dermatologue angers"},
                    headers={"Position-At-Least": f"availability=1, {claimed.headers['Position']}"},
                )
                if answer.status_code == 200:
                    shown = answer.json()["items"][0]
                    break
            assert (shown["id"], shown["status"]) == (found["id"], "registered")
            assert datetime.fromisoformat(shown["next_available"]["start"]) == start
            facts = await said(topics, 421)
            assert len(facts) == len({one.id for one in facts}) == 421
            assert facts[-1].type == "rendezvous.directory.PractitionerRegistered.v1"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    text = log.read_text().lower()
    assert not any(word in text for word in ("exemple", "26191", "controle", "angers", "dermato"))
