"""Booking as real processes: migrated, started, killed in the middle, and started wrongly. Two at once: the races."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from embedded_parts.postgres import Postgres
from embedded_parts.provision import provision
from event_store import EventStore

from ..broker import Broker, fresh_topics
from ..house import House, new_id, slug_of
from ..processes import run, serving

CANARY = "une douleur inventée au genou"


@pytest.fixture
def deployed(environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A PostgreSQL of one's own with both databases, empty: `migrate` knows roles by the names that deployments use."""
    with Postgres(tmp_path / "postgres") as postgres:
        for name in ("booking", "booking_keys"):
            made = provision(postgres.url, name, "owner-password", "password")
            monkeypatch.setenv(f"{name.upper()}_DATABASE_URL", made.service_url)
            monkeypatch.setenv(f"{name.upper()}_OWNER_DATABASE_URL", made.owner_url)
        yield


async def test_migrating_brings_both_databases_up_to_date_and_again_does_nothing(deployed: None) -> None:
    code, output, errors = await run("migrate")
    assert (code, [line.split(":")[0] for line in output.splitlines()]) == (0, ["booking", "booking_keys"]), errors
    code, output, _ = await run("migrate")
    assert (code, output.splitlines()) == (0, ["booking: nothing to migrate", "booking_keys: nothing to migrate"])


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BOOKING_DATABASE_URL", ""),
        ("BOOKING_KEYS_DATABASE_URL", "mysql://nowhere"),
        ("AVAILABILITY_URL", "availability:8000"),
        ("ACCOUNTS_URL", ""),
        ("KAFKA_BOOTSTRAP_SERVERS", ""),
        ("BOOKING_HTTP_PORT", "eighty"),
    ],
)
async def test_a_wrong_setting_stops_the_start_with_one_line_that_names_it(
    environment: dict[str, str], variable: str, value: str
) -> None:
    code, output, errors = await run(**{variable: value})
    assert (code, output) == (2, "")
    assert errors.startswith(f"{variable} is ")
    assert len(errors.splitlines()) == 1
    assert not value or value not in errors


async def test_without_a_broker_it_books_is_alive_and_ready(
    environment: dict[str, str], empty_house: House, tmp_path: Path
) -> None:
    await empty_house.start()
    start = empty_house.start_in()
    async with serving(tmp_path) as served, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        await served.answers("/live", 200)
        await served.answers("/ready", 200)
        body = {"offer": empty_house.offer(new_id(), [start]), "start": start.isoformat()}
        headers = {"Authorization": f"Bearer {empty_house.token(await empty_house.somebody())}"}
        held = await client.post(f"{served.url}/v1/holds", json=body, headers=headers)
        assert held.status_code == 201


async def test_a_caller_who_never_stops_asking_is_told_to_wait_and_the_others_go_on(
    environment: dict[str, str], empty_house: House, tmp_path: Path
) -> None:
    await empty_house.start()
    callers = [{"Authorization": f"Bearer {empty_house.token(await empty_house.somebody())}"} for _ in range(2)]
    async with (
        serving(tmp_path, BOOKING_WRITES_PER_MINUTE="5") as served,
        httpx.AsyncClient(trust_env=False, timeout=30) as client,
    ):
        await served.answers("/live", 200)
        path = f"{served.url}/v1/holds/{new_id()}/extend"
        answers = [await client.post(path, headers=callers[0]) for _ in range(11)]  # a new minute may begin once
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses.keys() == {404, 429}
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"writes";q=5;w=60'}
        refused = next(answer for answer in answers if answer.status_code == 429)
        assert slug_of(refused) == "too-many-requests"
        assert refused.headers["RateLimit"] == f'"writes";r=0;t={refused.headers["Retry-After"]}'
        assert (await client.post(path, headers=callers[1])).status_code == 404


async def test_told_to_stop_it_ends_streams_and_answers_who_waits_at_once(
    environment: dict[str, str], empty_house: House, tmp_path: Path
) -> None:
    await empty_house.start()
    bearer = f"Bearer {empty_house.token('reader', kind='service', roles=['service'])}"
    after = {"after": str(await empty_house.parts.ledger.head())}
    async with (
        serving(tmp_path) as served,
        httpx.AsyncClient(trust_env=False, headers={"Authorization": bearer}) as client,
    ):
        await served.answers("/live", 200)
        waiting = asyncio.create_task(client.get(f"{served.url}/v1/events", params=after | {"wait": "20"}, timeout=30))
        stream = client.stream("GET", f"{served.url}/v1/events", params=after, headers={"Accept": "text/event-stream"})
        async with stream as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            await asyncio.sleep(0.5)
            served.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(15):  # a stream lives for a minute, a page waits for 20 s
                assert [line async for line in lines if line.startswith("data")] == []
                assert (await waiting).json()["items"] == []
                assert await served.process.wait() == 0


async def test_a_killed_process_loses_nothing_that_was_acknowledged(
    deployed: None, empty_house: House, kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await fresh_topics(kafka_bootstrap)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("TRACE_FILE", str(tmp_path / "traces.jsonl"))
    assert (await run("migrate"))[0] == 0
    house = empty_house
    await house.start()
    who, agenda, start = await house.somebody(), new_id(), house.start_in()
    headers = {"Authorization": f"Bearer {house.token(who)}", "Idempotency-Key": "k"}
    body = {"offer": house.offer(agenda, [start]), "start": start.isoformat()}
    said = {"person_id": who.people[0], "consulted_before": True, "answers": {"q": CANARY}}
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        async with serving(tmp_path) as first:
            await first.answers("/live", 200)
            held = await client.post(f"{first.url}/v1/holds", json=body, headers=headers)
            first.process.kill()
        async with serving(tmp_path) as second, serving(tmp_path) as third:
            await asyncio.gather(second.answers("/ready", 200), third.answers("/ready", 200))
            again = await client.post(f"{second.url}/v1/holds", json=body, headers=headers)
            assert (again.status_code, again.content) == (201, held.content)
            path = f"/v1/holds/{held.json()['id']}/confirm"
            made = await client.post(third.url + path, json=said, headers=headers)
            assert made.status_code == 201, made.text
            records = await Broker(kafka_bootstrap).heard("rendezvous.booking.AppointmentConfirmed.v1", agenda)
    assert [dict(record.headers)["ce_type"].decode().split(".")[2] for record in records] == [
        "SlotHeld", "AppointmentConfirmed",
    ]  # fmt: skip
    async with EventStore(os.environ["BOOKING_DATABASE_URL"]) as store:
        assert await store.head() == 2
    log, traces = (tmp_path / "booking.log").read_text(), (tmp_path / "traces.jsonl").read_text()
    assert '"message":"request"' in log
    assert "/v1/holds/{hold_id}/confirm" in traces
    secret = (CANARY, "genou", "dermatologie", who.account_id, who.people[0], headers["Authorization"][7:])
    assert [word for word in secret if word in log + traces] == []
