"""A service that hears bookings: the chassis' own consumer in a process of its own, each event noted in a table.

READER_NAME names its group, READER_JOURNAL a file that takes each attempt before its effect.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from booking_events import Envelope
from service_kit.clock import Clock
from service_kit.consuming import Consumer
from service_kit.context import Context
from service_kit.database import Connection, Database
from service_kit.http import create_app
from service_kit.lifecycle import Blueprint, Service, main, opened
from service_kit.settings import DatabaseSettings, Group, KafkaSettings, load
from service_kit.tokens import KeySource, TokenVerifier

SERVICE, PREFIX = "availability", "AVAILABILITY_"
TOPIC = "booking.appointments.v1"
# No key on anything: what takes effect twice must be seen twice.
TABLE = (
    "CREATE TABLE effect (n bigint GENERATED ALWAYS AS IDENTITY, reader text, position bigint, id text, key text,"
    " pid int)"
)


class Noting:
    """Notes each event in the consumer's transaction."""

    def __init__(self, reader: str, journal: str | None) -> None:
        self._reader = reader
        self._journal = None if journal is None else os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def note(self, connection: Connection, envelope: Envelope) -> None:
        if self._journal is not None:
            os.write(self._journal, f"{envelope.sequence}\n".encode())
        await connection.execute(
            "INSERT INTO effect (reader, position, id, key, pid) VALUES (%s, %s, %s, %s, %s)",
            (self._reader, envelope.sequence, envelope.id, envelope.partition_key, os.getpid()),
        )


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    database, clock = Database(load(DatabaseSettings, PREFIX).database_url, connections_max=2), Clock()
    servers, name = load(KafkaSettings).kafka_bootstrap_servers, os.environ["READER_NAME"]
    async with httpx.AsyncClient() as client, opened(database):
        verifier = TokenVerifier(KeySource("http://127.0.0.1:1/jwks", client), "nobody", clock)
        context = Context(SERVICE, database, clock, verifier)
        noting = Noting(name, os.environ.get("READER_JOURNAL"))
        consumer = Consumer(context, name, [TOPIC], noting.note, servers)
        yield Service(create_app(context, title="Reader"), [consumer], {"database": database.check})


if __name__ == "__main__":
    groups: list[tuple[type[Group], str]] = [(DatabaseSettings, PREFIX), (KafkaSettings, "")]
    main(Blueprint(SERVICE, bootstrap, groups))
