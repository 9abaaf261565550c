"""A foreign team's subscriber: the kit, its example and the page in docs, over real Kafka and booking's real feed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from booking_events import Envelope, decode
from booking_events.subscriber import ClientCredentials, Feed, SqliteStore, Subscriber

from .world import TOPIC, World

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/subscribe.md").read_text()
TABLES = "CREATE TABLE IF NOT EXISTS heard (position INTEGER, key TEXT)"


def noted(connection: sqlite3.Connection, envelope: Envelope) -> None:
    connection.execute("INSERT INTO heard VALUES (?, ?)", (envelope.sequence, envelope.subject))


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    """What the subscriber's own database answers; nothing before its tables are there."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        try:
            return connection.execute(query).fetchall()
        except sqlite3.OperationalError:
            return []


def heard(file: Path) -> list[tuple[int, str]]:
    return [(int(str(position)), str(key)) for position, key in rows(file, "SELECT * FROM heard ORDER BY rowid")]


def auth_of(world: World) -> ClientCredentials:
    return ClientCredentials(world.accounts_url, world.client_id, world.client_secret)


@contextlib.asynccontextmanager
async def subscribed(
    world: World, file: Path, handle: Callable[[sqlite3.Connection, Envelope], None] = noted
) -> AsyncIterator[asyncio.Task[None]]:
    store = SqliteStore(file, handle, TABLES)
    feed = Feed(world.booking_url, auth_of(world))
    running = asyncio.create_task(Subscriber(TOPIC, store, feed=feed, bootstrap_servers=world.kafka).run())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        store.close()


async def heard_all(running: asyncio.Task[None], file: Path, head: int) -> list[tuple[int, str]]:
    """What was heard once the event at `head` was; raises what ended the subscriber before."""
    async with asyncio.timeout(120):
        while head not in {position for position, _ in heard(file)}:
            if running.done():
                running.result()
            await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)  # the other partitions, and what is too much, would come now
    return heard(file)


def each_once_in_order(found: list[tuple[int, str]], head: int) -> bool:
    keys: dict[str, list[int]] = {}
    for position, key in found:
        keys.setdefault(key, []).append(position)
    once = sorted(position for position, _ in found) == list(range(1, head + 1))
    return once and all(positions == sorted(positions) for positions in keys.values())


async def said(world: World, head: int) -> list[Envelope]:
    """Every event in Kafka once the relay has said all up to `head`, in the order of the log."""
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=world.kafka, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    found = []
    try:
        async with asyncio.timeout(120):
            async for record in consumer:
                envelope = decode(record.headers, record.value)
                if envelope.data is not None:
                    found.append(envelope)
                if len(found) == head:
                    return sorted(found, key=lambda each: each.sequence)
    finally:
        await consumer.stop()
    raise AssertionError("the relay said less")


async def test_the_feed_is_what_kafka_says_record_for_record(world: World) -> None:
    head = await world.happen(visits=300)
    records = await said(world, head)
    told = []
    async for page in Feed(world.booking_url, auth_of(world)).pages(after=0):
        told += page.envelopes
    assert [each.sequence for each in told] == list(range(1, head + 1))
    same = ("id", "type", "source", "subject", "time", "sequence", "partition_key", "data")
    assert [[getattr(one, name) for name in same] for one in told] == [
        [getattr(one, name) for name in same] for one in records
    ]


async def test_a_newcomer_gets_the_history_that_kafka_no_longer_holds_and_goes_on(world: World, tmp_path: Path) -> None:
    file = tmp_path / "heard.db"
    head = await world.happen(visits=400)
    await said(world, head)
    await world.forget(partitions=range(0, 12, 2))
    await world.happen(visits=20)

    def failing(connection: sqlite3.Connection, envelope: Envelope) -> None:
        noted(connection, envelope)
        if envelope.sequence == 700:
            raise OSError("the disk is full")

    async with subscribed(world, file, failing) as running:
        with pytest.raises(OSError, match="full"):
            await heard_all(running, file, 700)
    assert [position for position, _ in heard(file)] == list(range(1, 501))  # a page, whole
    async with subscribed(world, file) as running:
        writing = [asyncio.create_task(world.happen(visits=5)) for _ in range(10)]
        await asyncio.gather(*writing)
        head = await world.store.head()
        assert each_once_in_order(await heard_all(running, file, head), head)
    async with subscribed(world, file) as running:
        head = await world.happen(visits=1)
        assert each_once_in_order(await heard_all(running, file, head), head)


async def test_one_that_was_away_for_longer_than_kafka_remembers_misses_nothing(world: World, tmp_path: Path) -> None:
    file = tmp_path / "heard.db"
    head = await world.happen(visits=10)
    async with subscribed(world, file) as running:
        await heard_all(running, file, head)
    head = await world.happen(visits=50)
    await said(world, head)
    await world.forget()
    head = await world.happen(visits=10, agendas=["a", "z"])
    async with subscribed(world, file) as running:
        assert each_once_in_order(await heard_all(running, file, head), head)
        # Forgotten under its feet.
        head = await world.happen(visits=10)
        await world.forget(partitions=range(6))
        assert each_once_in_order(await heard_all(running, file, head), head)


def environment(world: World) -> dict[str, str]:
    auth = {"CLIENT_ID": world.client_id, "CLIENT_SECRET": world.client_secret}
    urls = {"KAFKA": world.kafka, "BOOKING_URL": world.booking_url, "ACCOUNTS_URL": world.accounts_url}
    return {**os.environ, **urls, **auth}


@contextlib.asynccontextmanager
async def running(program: list[str], world: World, folder: Path) -> AsyncIterator[None]:
    """The program at work in a folder, killed at the end."""
    process = await asyncio.create_subprocess_exec(*program, cwd=folder, env=environment(world))
    try:
        yield
        assert process.returncode is None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def kept(folder: Path, count: int) -> None:
    async with asyncio.timeout(120):
        while len(rows(folder / "visits.db", "SELECT id FROM visits")) != count:  # noqa: ASYNC110 (a file sends no event)
            await asyncio.sleep(0.1)


async def test_the_example_and_the_page_s_plain_confluent_kafka_keep_the_visits_that_stand_through_a_kill(
    world: World, tmp_path: Path
) -> None:
    plain = tmp_path / "plain.py"
    plain.write_text(block("python", "confluent_kafka"))
    programs = {"example": ROOT / "examples/subscriber/subscriber.py", "plain": plain}
    for turn in (1, 2):
        head = await world.happen(visits=9)
        async with contextlib.AsyncExitStack() as stack:
            for name, program in programs.items():
                (tmp_path / name).mkdir(exist_ok=True)
                await stack.enter_async_context(running([sys.executable, str(program)], world, tmp_path / name))
            for name in programs:
                await kept(tmp_path / name, 6 * turn)  # each third one was cancelled
        for name in programs:
            assert rows(tmp_path / name / "visits.db", "SELECT max(position) FROM visits") == [(head,)]


def test_the_example_is_about_twenty_lines_of_ones_own() -> None:
    lines = (ROOT / "examples/subscriber/subscriber.py").read_text().splitlines()[1:]
    assert len([line for line in lines if line and not line.startswith(("import", "from"))]) <= 20


def block(language: str, word: str) -> str:
    """The one block of the page in that language with that word."""
    found = [code for code in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if word in code]
    assert len(found) == 1, f"{len(found)} blocks of {language} with {word}"
    return str(found[0])


async def printed(script: str, variables: dict[str, str]) -> str:
    shell = await asyncio.create_subprocess_exec("sh", "-ec", script, env=variables, stdout=subprocess.PIPE)
    out, _ = await asyncio.wait_for(shell.communicate(), 120)
    assert shell.returncode == 0
    return out.decode()


@pytest.mark.skipif(
    shutil.which("kcat") is None and os.environ.get("CI") != "true", reason="kcat is not installed (apt: kcat)"
)
async def test_the_page_s_kcat_shows_every_event(world: World) -> None:
    head = await world.happen(visits=9)
    await said(world, head)
    out = await printed(block("sh", "kcat"), environment(world))
    lines = [line for line in out.splitlines() if "PositionReached" not in line]
    assert sorted(int(number) for line in lines for number in re.findall(r"ce_sequence=(\d+)", line)) == list(
        range(1, head + 1)
    )
    assert all(re.match(r"\d+ \d+ \S*ce_type=rendezvous\.booking\.\S+ \{", line) for line in lines)


async def test_the_page_s_use_of_the_kit_and_its_curl_work_as_they_stand(world: World, tmp_path: Path) -> None:
    program = tmp_path / "kit.py"
    imports = "import asyncio, os, sqlite3\nfrom booking_events import Envelope, booking\n"
    imports += (
        "from booking_events.subscriber import SqliteStore, Subscriber\nfeed, kafka = None, os.environ['KAFKA']\n"
    )
    program.write_text(imports + block("python", "SqliteStore"))
    await world.happen(visits=9)
    async with running([sys.executable, str(program)], world, tmp_path):
        await kept(tmp_path, 9)
    async with httpx.AsyncClient() as client:
        body = {"client_id": world.client_id, "client_secret": world.client_secret}
        token = (await client.post(f"{world.accounts_url}/v1/service-tokens", json=body)).json()["access_token"]
    if shutil.which("curl") is None and os.environ.get("CI") != "true":
        pytest.skip("curl is not installed")
    out = await printed(block("sh", "curl"), {**environment(world), "TOKEN": token})
    assert out.count("AppointmentConfirmed.v1") == 9
    assert out.count("AppointmentCancelled.v1") == 3
    assert "SlotHeld" not in out
