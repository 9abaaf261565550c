"""A service that hears bookings: the chassis' own consumer in a process of its own, each event noted in a table.

READER_NAME names its group, READER_JOURNAL a file that takes each attempt before its effect. While a file of that name
and `.stop` lies beside it, the process stops itself in the middle of a transaction, where no signal would hit for sure.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

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

_NOTE = (
    "INSERT INTO effect (reader, pid, position, id, key) SELECT %s, %s, position, id, key"
    " FROM unnest(%s::bigint[], %s::text[], %s::text[]) WITH ORDINALITY AS heard(position, id, key, number)"
    " ORDER BY number"
)


class Noting:
    """Notes events in the consumer's transaction."""

    def __init__(self, reader: str, journal: str | None) -> None:
        self._reader = reader
        self._journal = None if journal is None else os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._stop = Path(f"{journal}.stop")

    async def note(self, connection: Connection, envelope: Envelope) -> None:
        await self.note_all(connection, [envelope])

    async def note_all(self, connection: Connection, envelopes: Sequence[Envelope]) -> None:
        """One statement for all of them."""
        if self._journal is not None:
            os.write(self._journal, b"".join(b"%d\n" % envelope.sequence for envelope in envelopes))
        facts = [(envelope.sequence, envelope.id, envelope.partition_key) for envelope in envelopes]
        positions, ids, keys = (list(column) for column in zip(*facts, strict=True))
        await connection.execute(_NOTE, (self._reader, os.getpid(), positions, ids, keys))
        if self._journal is not None and self._stop.exists():
            os.kill(os.getpid(), signal.SIGSTOP)


@asynccontextmanager
async def bootstrap() -> AsyncIterator[Service]:
    database, clock = Database(load(DatabaseSettings, PREFIX).database_url, connections_max=2), Clock()
    servers, name = load(KafkaSettings).kafka_bootstrap_servers, os.environ["READER_NAME"]
    async with httpx.AsyncClient() as client, opened(database):
        verifier = TokenVerifier(KeySource("http://127.0.0.1:1/jwks", client), "nobody", clock)
        context = Context(SERVICE, database, clock, verifier)
        noting = Noting(name, os.environ.get("READER_JOURNAL"))
        consumer = Consumer(context, name, [TOPIC], noting.note, servers, many=noting.note_all)
        yield Service(create_app(context, title="Reader"), [consumer], {"database": database.check})


if __name__ == "__main__":
    groups: list[tuple[type[Group], str]] = [(DatabaseSettings, PREFIX), (KafkaSettings, "")]
    main(Blueprint(SERVICE, bootstrap, groups))
