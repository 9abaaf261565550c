"""Two processes of one service: one leads, and the other takes over from one that is killed, stopped or ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS, encode
from booking_events.directory import PractitionerWithdrawn
from service_kit.clock import Clock
from service_kit.leading import IDLE_SECONDS_MAX, leadership
from service_kit.said import LOOK_BACK_OFFSETS, last_said

from .running import Slow

SMALL = Path(__file__).with_name("small_service.py")
TABLE = "CREATE TABLE heard (n serial, who text); GRANT ALL ON heard, heard_n_seq TO public"
TOPIC = TOPICS["directory.practitioners.v1"]
TAKE_OVER_SECONDS_MAX = 15  # half a second where the machine has nothing else to do
LEADER = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND application_name IN ('one', 'two')
"""


async def make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if TOPIC.name in await admin.list_topics():
            await admin.delete_topics([TOPIC.name])
        await admin.create_topics([NewTopic(TOPIC.name, TOPIC.partitions, 1, topic_configs=TOPIC.config())])
    finally:
        await admin.close()


class Two:
    """Two processes of the small service, by name."""

    def __init__(self, database_url: str, bootstrap: str, **more: str) -> None:
        self._url = database_url
        self.ports: dict[str, int] = {}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("one", "two"):
            self.ports[name], health = free_port(), free_port()
            environment = {
                **os.environ,
                "DIRECTORY_DATABASE_URL": f"{database_url}?application_name={name}",
                "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
                "DIRECTORY_HTTP_PORT": str(self.ports[name]),
                "DIRECTORY_HEALTH_PORT": str(health),
                **more,
            }
            self.processes[name] = subprocess.Popen(
                [sys.executable, str(SMALL)], env=environment, stdout=subprocess.DEVNULL
            )
        for name in self.processes:
            until(lambda name=name: self.heard(name) is not None, 60)

    def leaders(self) -> list[str]:
        with psycopg.connect(self._url) as connection:
            return [name for (name,) in connection.execute(LEADER).fetchall()]

    def leader(self) -> str:
        until(lambda: len(self.leaders()) == 1, 60)
        return self.leaders()[0]

    def other(self, name: str) -> str:
        return "two" if name == "one" else "one"

    def signal(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def say(self, name: str, *whats: str) -> None:
        for what in whats:
            assert httpx.post(f"http://127.0.0.1:{self.ports[name]}/v1/say/{what}", timeout=30).status_code == 201

    def heard(self, name: str) -> list[str] | None:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"http://127.0.0.1:{self.ports[name]}/v1/heard", timeout=30)
            return list(answer.json()) if answer.status_code == 200 else None
        return None

    def end(self) -> None:
        for process in self.processes.values():
            process.kill()
            process.wait(10)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def until(what: Callable[[], bool], seconds_max: float) -> float:
    """Wait for `what()`; the seconds that it took."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds_max
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture
def slow(tmp_path: Path) -> Slow:
    return Slow(tmp_path)


@pytest.fixture
def two(migrated: Any, kafka_bootstrap: str, slow: Slow) -> Iterator[Two]:
    with psycopg.connect(migrated.owner_url) as owner:
        owner.execute(TABLE)
    asyncio.run(make_topic(kafka_bootstrap))
    processes = Two(migrated.service_url, kafka_bootstrap, **slow.setting)
    try:
        yield processes
    finally:
        processes.end()


def test_the_other_leads_within_seconds_when_the_leader_is_killed(two: Two) -> None:
    leader = two.leader()
    other = two.other(leader)
    two.say(other, "before-1", "before-2")
    until(lambda: two.heard(other) == ["before-1", "before-2"], 60)
    two.say(other, "while-1", "while-2")
    two.signal(leader, signal.SIGKILL)
    took = until(lambda: two.leaders() == [other], 60)
    assert took < TAKE_OVER_SECONDS_MAX
    two.say(other, "after")
    # Kafka gives the partitions of a killed reader away after its session: that is not the relay's time.
    until(lambda: len(two.heard(other) or []) >= 5, 60)
    assert sorted(two.heard(other) or []) == ["after", "before-1", "before-2", "while-1", "while-2"]


def test_a_leader_that_was_stopped_loses_the_lead_and_says_nothing_when_it_wakes(two: Two) -> None:
    leader = two.leader()
    other = two.other(leader)
    two.signal(leader, signal.SIGSTOP)
    until(lambda: two.leaders() == [other], IDLE_SECONDS_MAX + TAKE_OVER_SECONDS_MAX)
    two.say(other, *(f"stopped-{number}" for number in range(5)))
    two.signal(leader, signal.SIGCONT)
    two.say(leader, "awake")
    until(lambda: len(two.heard(other) or []) >= 6, 60)
    assert two.leaders() == [other]
    assert sorted(two.heard(other) or []) == ["awake", *(f"stopped-{number}" for number in range(5))]


def test_the_lead_is_handed_over_at_once_at_the_end_and_before_the_last_request_is_answered(
    two: Two, slow: Slow
) -> None:
    leader = two.leader()
    with slow.asked(two.ports[leader]) as asking:
        two.signal(leader, signal.SIGTERM)
        until(lambda: two.leaders() == [two.other(leader)], TAKE_OVER_SECONDS_MAX)
        slow.may_end()
        assert asking.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert two.processes[leader].wait(30) == 0


async def test_a_second_one_waits_for_the_lead_and_gets_it_when_the_first_lets_go(migrated: Any) -> None:
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(leadership(migrated.service_url))

        async def lead() -> None:
            async with leadership(migrated.service_url):
                return

        second = asyncio.create_task(lead())
        await asyncio.sleep(0.6)
        assert not second.done()
        await stack.aclose()
        await asyncio.wait_for(second, 120)


async def test_what_was_said_last_is_found_behind_any_number_of_aborted_records(kafka_bootstrap: str) -> None:
    await make_topic(kafka_bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, transactional_id="directory-relay")
    await producer.start()

    async def send(position: int, count: int = 1) -> None:
        fact = encode(
            PractitionerWithdrawn(practitioner_id="a", reason="-"),
            id="-", source="directory", time=Clock().now(), sequence=position,
        )  # fmt: skip
        for _ in range(count):
            await producer.send(TOPIC.name, fact.value, key=fact.key, headers=fact.headers, partition=3)

    try:
        async with producer.transaction():
            await send(7)
        for _ in range(2):
            await producer.begin_transaction()
            await send(8, LOOK_BACK_OFFSETS * 6)
            await producer.abort_transaction()
    finally:
        await producer.stop()
    said = await asyncio.wait_for(last_said(kafka_bootstrap, [TOPIC]), 120)
    assert said == {TopicPartition(TOPIC.name, number): 7 if number == 3 else 0 for number in range(TOPIC.partitions)}
