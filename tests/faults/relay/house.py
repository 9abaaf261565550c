"""Parts that may be killed, booking's log and a reader's tables on them, and the processes between the two."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]
import psycopg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from booking_events import TOPICS
from embedded_parts import Kafka, KafkaCluster, LeashedProcess, Postgres, ProvisionedDatabase, provision
from embedded_parts.process import wait_for_end
from event_store import EventStore
from service_kit.database import migrate

from bench.booking import reader

from ..stack import until
from .judge import Fact

ROOT = Path(__file__).parents[3]
TOPIC = TOPICS[reader.TOPIC]
RELAYS, READERS = ("relay-1", "relay-2"), ("reader-1", "reader-2")
GROUP = "effects"

# The ports of those who hold an advisory lock: appends hold theirs too, but no relay appends.
_HOLDERS = """
SELECT a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass
class House:
    """The servers, what is on them, and the running processes by name; `killed` counts by kind what was killed."""

    folder: Path
    postgres: Postgres
    kafka: Kafka | KafkaCluster
    log: ProvisionedDatabase
    effects: ProvisionedDatabase
    processes: dict[str, LeashedProcess] = field(default_factory=dict)

    @classmethod
    async def make(cls, folder: Path, postgres: Postgres, kafka: Kafka | KafkaCluster) -> House:
        """Two databases and the topic, all empty."""
        log, effects = (_database(postgres, kind) for kind in ("booking", "availability"))
        with psycopg.connect(effects.owner_url) as owner:
            owner.execute(reader.TABLE)
        await make_topic(kafka)
        return cls(folder, postgres, kafka, log, effects)

    def start(self, *names: str) -> None:
        """Relays and readers, each in a process of its own."""
        for name in names:
            kind = "tests.faults.relay.relay" if name in RELAYS else "bench.booking.reader"
            own = {
                "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
                "BOOKING_DATABASE_URL": self.log.service_url,
                "AVAILABILITY_DATABASE_URL": self.effects.service_url,
                **{
                    f"{prefix}_{port}_PORT": "0"
                    for prefix in ("BOOKING", "AVAILABILITY")
                    for port in ("HTTP", "HEALTH")
                },
                "READER_NAME": GROUP,
                "READER_JOURNAL": str(self.journal(name)),
            }
            self.processes[name] = LeashedProcess(
                [sys.executable, "-m", kind],
                log=self.folder / f"{name}.log",
                environment={**os.environ, **own},
                folder=ROOT,
            )

    def end(self, *names: str) -> None:
        """SIGTERM, as a roll-out does it; a process that does not end by itself has found something."""
        for name in names:
            self.processes[name].send(signal.SIGTERM)
        for name in names:
            process = self.processes.pop(name)
            assert process.wait(30), f"{name} does not end: {process.log_since_start()[-2000:]}"
            process.kill()

    def kill(self, name: str) -> None:
        self.processes[name].send(signal.SIGKILL)
        self.processes.pop(name).kill()

    def kill_postgres(self) -> None:
        pid = self.postgres.pid
        os.kill(pid, signal.SIGKILL)
        assert wait_for_end(pid, 10) or not self.postgres.running

    def journal(self, name: str) -> Path:
        return self.folder / f"{name}.journal"

    def said_in(self, name: str) -> str:
        """The whole log of a process, over all its runs."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def leaders(self) -> list[str]:
        """The relays that hold the leader's lock: one, or none for a moment."""
        with self.as_superuser(self.log) as connection:
            ports = {port for (port,) in connection.execute(_HOLDERS).fetchall()}
        relays = [(name, self.processes[name].pid) for name in RELAYS if name in self.processes]
        return [name for name, pid in relays if ports & _ports(pid)]

    def leader(self) -> str:
        """The name of the relay that leads; waits for one."""
        until("a relay leads", lambda: len(self.leaders()) == 1, 60)
        return self.leaders()[0]

    def as_superuser(self, database: ProvisionedDatabase) -> psycopg.Connection:
        name = urlsplit(database.service_url).path.strip("/")
        return psycopg.connect(self.postgres.url, dbname=name, autocommit=True)

    def count_effects(self) -> int:
        with self.as_superuser(self.effects) as connection:
            row = connection.execute("SELECT count(*) FROM effect").fetchone()
        assert row is not None
        return int(row[0])

    def effects_in_order(self) -> list[tuple[Fact, int]]:
        """Each effect with the process that made it."""
        with self.as_superuser(self.effects) as connection:
            rows = connection.execute("SELECT position, id, key, pid FROM effect ORDER BY n").fetchall()
        return [(Fact(position, id_, key), pid) for position, id_, key, pid in rows]

    async def said(self) -> dict[int, tuple[Fact, float]]:
        return await said(self.log.service_url)


async def said(url: str, after: int = 0) -> dict[int, tuple[Fact, float]]:
    """A log of agendas' events by position: the fact, and when it was recorded (seconds since the epoch)."""
    found = {}
    async with EventStore(url) as store:
        async for portion in store.read_range(after=after, batch=2000):
            for one in portion:
                key = next(tag for tag in one.event.tags if tag.startswith("agenda:")).removeprefix("agenda:")
                found[one.position] = Fact(one.position, str(one.event.id), key), one.recorded_at.timestamp()
    return found


def _database(postgres: Postgres, kind: str) -> ProvisionedDatabase:
    name = f"{kind}_{uuid.uuid4().hex[:10]}"
    made = provision(postgres.url, name, uuid.uuid4().hex, uuid.uuid4().hex)
    migrate(made.owner_url, [], name)
    return made


def _ports(pid: int) -> set[int]:
    """From which a process is connected to somewhere."""
    try:
        return {one.laddr.port for one in psutil.Process(pid).net_connections("tcp")}
    except psutil.NoSuchProcess:
        return set()


async def make_topic(kafka: Kafka | KafkaCluster) -> None:
    """The topic of the catalogue, on as many nodes as there are."""
    copies = len(kafka.nodes) if isinstance(kafka, KafkaCluster) else 1
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        new = NewTopic(TOPIC.name, TOPIC.partitions, copies, topic_configs=TOPIC.config())
        answer = await admin.create_topics([new])
        assert all(code == 0 for _, code, *_ in answer.topic_errors), answer
    finally:
        await admin.close()


async def eventually(what: str, question: object, seconds_max: float = 90) -> float:
    """Wait until it holds; the seconds that it took."""
    began = time.monotonic()
    assert callable(question)
    while not await asyncio.to_thread(question):
        assert time.monotonic() - began < seconds_max, f"it did not come true in {seconds_max:.0f} s: {what}"
        await asyncio.sleep(0.05)
    return time.monotonic() - began
