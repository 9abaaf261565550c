"""Servers of these tests' own, since they kill them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from embedded_parts import Kafka, KafkaCluster, Postgres
from event_store import EventStore

from ..stack import FULL
from .appender import Appender
from .faults import Faults
from .house import READERS, RELAYS, TOPIC, House
from .rounds import Run
from .subscriber import Subscriber

collect_ignore = [] if FULL else ["test_cluster.py"]
EVENTS = int(os.environ.get("EVENTS") or (100_000 if FULL else 1_200))


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """Where servers live: pytest's own folders may be closed to the user that PostgreSQL runs as (faults/store)."""
    with tempfile.TemporaryDirectory(prefix="rendezvous-faults-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@asynccontextmanager
async def running(room: Path, kafka: Kafka | KafkaCluster) -> AsyncIterator[Run]:
    """Two relays and two readers on parts of their own, an appender, and a subscriber that hears from the start."""
    with Postgres(room / "postgres") as postgres, kafka:
        house = await House.make(room, postgres, kafka)
        try:
            house.start(*RELAYS, *READERS)
            house.leader()
            async with (
                EventStore(house.log.service_url) as store,
                Subscriber(kafka.bootstrap, TOPIC.name, TOPIC.partitions) as subscriber,
            ):
                appender = Appender(store, room.name)
                yield Run(house, appender, subscriber, Faults(house, appender, subscriber))
        finally:
            for process in house.processes.values():
                process.kill()
