"""The service as a real process, up to Kafka."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import decode
from booking_events import topics as declared
from booking_events.accounts import PersonRegistered, RelativeAdded

TOPIC = "accounts.people.v1"


@contextlib.asynccontextmanager
async def serving(
    ports: Iterator[int], **settings: str
) -> AsyncIterator[tuple[httpx.AsyncClient, int, asyncio.subprocess.Process]]:
    """The service as a process: a client of it, the port of its probes, and the process. Waits until it is alive."""
    port, health = next(ports), next(ports)
    environment = {
        **os.environ, **settings, "ACCOUNTS_HTTP_PORT": str(port), "ACCOUNTS_HEALTH_PORT": str(health)
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "accounts", env=environment, stdout=asyncio.subprocess.PIPE
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            await until_answers(client, f"http://127.0.0.1:{health}/live", 200)
            yield client, health, process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 120)


async def until_answers(client: httpx.AsyncClient, url: str, status: int) -> None:
    async with asyncio.timeout(120):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(url)).status_code == status:
                    return
            await asyncio.sleep(0.05)


@pytest.fixture
async def kafka(kafka_bootstrap: str) -> str:
    """A broker with this service's topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        if TOPIC not in await admin.list_topics():
            wanted = declared.topics([TOPIC])
            await admin.create_topics([NewTopic(t.name, t.partitions, 1, topic_configs=t.config) for t in wanted])
    finally:
        await admin.close()
    return kafka_bootstrap


async def test_a_sign_up_over_http_is_heard_on_kafka_with_ids_only(
    environment: dict[str, str],
    outside: Any,
    kafka: str,
    phones: Iterator[str],
    free_ports: Iterator[int],
    tmp_path: Path,
) -> None:
    who = {"email": "camille.kafka@example.org", "phone": next(phones), "password": "trois tomates bleues"}
    traces = tmp_path / "traces.jsonl"
    form = {
        **who, "terms_version": "2027-01", "locale": "fr", "first_name": "Camille", "last_name": "Durand",
        "birth_date": "1984-05-17", "sex": "female",
    }  # fmt: skip
    async with serving(free_ports, KAFKA_BOOTSTRAP_SERVERS=kafka, TRACE_FILE=str(traces)) as (http, health, process):
        await until_answers(http, f"http://127.0.0.1:{health}/ready", 200)
        assert (await http.post("/v1/sign-up/phone-code", json={"phone": who["phone"]})).status_code == 202
        code = (await _first(lambda: outside.texts_to(who["phone"])))[:6]
        assert (await http.post("/v1/sign-up", json={**form, "code": code})).status_code == 202
        mail = await _first(lambda: outside.mails_to(who["email"]))
        token = mail.get_body(("plain",)).get_content().partition("confirm?token=")[2].split()[0]
        done = (await http.post("/v1/sign-up/confirm", json={"token": token})).json()
        session = (await http.post("/v1/sessions", json={"email": who["email"], "password": who["password"]})).json()
        as_me = {"Authorization": f"Bearer {session['access_token']}"}
        child = {
            "relation": "child",
            "first_name": "Lou",
            "last_name": "Durand",
            "birth_date": "2019-02-03",
            "sex": "F",
        }
        added = (await http.post("/v1/me/people", json=child, headers=as_me)).json()
        heard = await _heard(kafka, {done["person_id"], added["id"]})
        process.send_signal(signal.SIGTERM)
        output, _ = await process.communicate()
    account = done["account_id"]
    assert [data for _, data in heard] == [
        PersonRegistered(person_id=done["person_id"], account_id=account),
        RelativeAdded(person_id=added["id"], account_id=account),
    ]
    assert [set(json.loads(value)) for value, _ in heard] == [{"person_id", "account_id"}] * 2
    log, spans = output.decode(), traces.read_text()
    personal = (*who.values(), "Camille", "Durand", "Lou", code, token, session["access_token"], account)
    assert [word for word in personal if word in log + spans] == []
    assert '"message":"request"' in log
    assert "POST /v1/sign-up" in spans


async def test_without_database_or_broker_it_lives_is_not_ready_and_comes_back_by_itself(
    environment: dict[str, str], migrated: Any, free_ports: Iterator[int]
) -> None:
    port = next(free_ports)
    away = str(httpx.URL(migrated.service_url).copy_with(port=port))
    async with serving(free_ports, ACCOUNTS_DATABASE_URL=away) as (http, health, _):
        await until_answers(http, f"http://127.0.0.1:{health}/ready", 503)
        refused = await http.post("/v1/visitors")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "unavailable")
        assert refused.headers["Retry-After"]
        assert (await http.get("/.well-known/jwks.json")).status_code == 200
        assert (await http.get(f"http://127.0.0.1:{health}/live")).status_code == 200
        async with forwarding(port, httpx.URL(migrated.service_url)):
            async with asyncio.timeout(120):
                while (await http.post("/v1/visitors")).status_code != 200:  # noqa: ASYNC110 (over HTTP)
                    await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def forwarding(port: int, to: httpx.URL) -> AsyncIterator[None]:
    """Connections to `port` reach the database."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(to.host, to.port)
        await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    server = await asyncio.start_server(connect, "127.0.0.1", port)
    yield
    server.close()


async def test_callers_behind_the_portal_are_counted_by_their_own_address(
    environment: dict[str, str], free_ports: Iterator[int]
) -> None:
    async with serving(free_ports) as (http, _, _):
        portal = {"X-Forwarded-For": "198.51.100.7"}
        answers = await asyncio.gather(*(http.post("/v1/visitors", headers=portal) for _ in range(101)))
        assert sorted(answer.status_code for answer in answers) == [200] * 100 + [429]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"visitor-address";q=100;w=600'}
        left = sorted(int(answer.headers["RateLimit"].split(";")[1].removeprefix("r=")) for answer in answers)
        assert left == [0, *range(100)]
        other = await http.post("/v1/visitors", headers={"X-Forwarded-For": "198.51.100.8"})
        # What a caller claims in front of what our proxy added does not count.
        spoofed = await http.post("/v1/visitors", headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})
    assert (other.status_code, spoofed.status_code) == (200, 429)


async def test_who_is_no_proxy_of_ours_cannot_pass_for_another_address(
    environment: dict[str, str], free_ports: Iterator[int]
) -> None:
    async with serving(free_ports, FORWARDED_ALLOW_IPS="192.0.2.1") as (http, _, _):
        for number in range(256):
            answer = await http.post("/v1/visitors", headers={"X-Forwarded-For": f"198.51.100.{number}"})
            if answer.status_code == 429:
                return
    pytest.fail("each request was taken for another address's")


async def test_where_a_caller_stands_tells_nothing_of_who_has_an_account(
    environment: dict[str, str], outside: Any, house: Any, free_ports: Iterator[int]
) -> None:
    who = house.somebody()
    await house.register(who)
    async with serving(free_ports) as (http, _, _):
        told = []
        for email, address in ((who.email, "198.51.100.20"), ("nobody@example.org", "198.51.100.21")):
            headers = {"X-Forwarded-For": address}
            body = {"email": email, "password": "not the right one"}
            answers = [await http.post("/v1/sessions", json=body, headers=headers) for _ in range(11)]
            assert [answer.status_code for answer in answers] == [401] * 10 + [429]
            # The seconds apart, which pass.
            told.append([answer.headers["RateLimit"].partition(";t=")[0] for answer in answers])
            assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"log-in-address";q=200;w=900'}
    assert told[0] == told[1]
    assert told[0] == [f'"log-in-address";r={left}' for left in range(199, 188, -1)]


async def _first(found: Any) -> Any:
    async with asyncio.timeout(60):
        while not (messages := found()):  # noqa: ASYNC110 (a list sends no event)
            await asyncio.sleep(0.05)
    return messages[0]


async def _heard(kafka: str, people: set[str]) -> list[tuple[bytes, Any]]:
    """The facts about these people, as sent and as read, in the order of the log."""
    consumer = AIOKafkaConsumer(TOPIC, bootstrap_servers=kafka, auto_offset_reset="earliest", group_id=None)
    await consumer.start()
    found = []
    try:
        async with asyncio.timeout(120):
            async for record in consumer:
                envelope = decode(record.headers, record.value)
                if getattr(envelope.data, "person_id", None) in people:
                    assert record.key.decode() == envelope.data.person_id
                    found.append((envelope.sequence, record.value, envelope.data))
                if len(found) == len(people):
                    break
    finally:
        await consumer.stop()
    return [(value, data) for _, value, data in sorted(found, key=lambda each: each[0])]
