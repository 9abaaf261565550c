"""While people book, every view is what its log or its topics say: byte for byte what is built anew beside it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import booking
import psycopg
import pytest
from booking.adapters.ledger import StoredLedger
from booking.entrypoints.projector import VIEWS
from event_store import EventStore
from psycopg import sql
from psycopg.rows import dict_row
from service_kit.clock import Clock
from service_kit.database import migrate, migrations_folder

from .conftest import Tally
from .crowd import crowd
from .running import RunningDemo
from .stack import FULL

pytestmark = pytest.mark.timeout(600)
SERVICES = ("booking", "availability", "notification", "directory", "accounts") if FULL else ("booking",)
VIEWS_MIN = 10 if FULL else 7
PER_SECOND = 50 if FULL else 20
ROUNDS = 3 if FULL else 1
_BETWEEN_SECONDS = 5.0 if FULL else 2.0


@dataclass(frozen=True)
class Seen:
    """The tables of every view at one position of the log, octet for octet."""

    position: int
    tables: dict[str, bytes]


async def test_a_rebuild_of_every_view_equals_the_live_one_while_bookings_go_on(
    demo: RunningDemo, database: Any, tally: Tally
) -> None:
    url = demo.facts["databases"]["booking"]
    async with crowd(demo, PER_SECOND, seconds_max=150) as outcome:
        for _ in range(ROUNDS):
            await asyncio.sleep(_BETWEEN_SECONDS)
            live = await asyncio.to_thread(_seen, url)
            beside = await _built_beside(url, live.position, _empty(database))
            assert len(beside.tables["appointment"]) > 1000
            assert beside == live
        confirmed = outcome.confirmed
        # And by the services' own command, the copies of what they heard from each other as well.
        views = [(service, view) for service in SERVICES for view in await asyncio.to_thread(_views_of, demo, service)]
        differing = {place: await asyncio.to_thread(_rebuilt, demo, *place) for place in views}
        assert differing == dict.fromkeys(views, 0)
        assert len(views) >= VIEWS_MIN
        rebuilt = await asyncio.to_thread(_seen, url)
        assert rebuilt.position > live.position
        scratch = _empty(database)
        assert await _built_beside(url, rebuilt.position, scratch) == rebuilt
        assert outcome.confirmed > confirmed, "nobody booked meanwhile"
    assert outcome.failed == 0, outcome.examples
    octets = sum(len(one) for one in rebuilt.tables.values())
    tally["rebuild"] = {
        "views": len(views),
        "differing_rows": sum(differing.values()),
        "compared": ROUNDS + 1,
        "position": rebuilt.position,
        "octets": octets,
    }
    _one_changed_letter_is_seen(scratch, rebuilt)


def _one_changed_letter_is_seen(scratch: str, rebuilt: Seen) -> None:
    with psycopg.connect(scratch) as connection:
        connection.execute("UPDATE appointment SET zone = zone || ' ' WHERE ctid = (SELECT min(ctid) FROM appointment)")
        assert _tables(connection) != rebuilt.tables


def _seen(url: str) -> Seen:
    """All views and their position in one snapshot."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        positions = {position for (position,) in connection.execute("SELECT position FROM view_position").fetchall()}
        assert len(positions) == 1, "the views of one projector move together"
        return Seen(positions.pop(), _tables(connection))


def _tables(connection: psycopg.Connection) -> dict[str, bytes]:
    found = {}
    connection.execute("SET timezone = 'UTC'")
    for name in [table for view in VIEWS.values() for table in view.TABLES]:
        words = sql.SQL("COPY (SELECT * FROM {0} ORDER BY {0}) TO STDOUT").format(sql.Identifier(name))
        with connection.cursor().copy(words) as rows:
            found[name] = b"".join(rows)
    return found


def _empty(database: Any) -> str:
    """The address of a fresh database of booking, on another server."""

    def migrated(owner_url: str) -> None:
        migrate(owner_url, [migrations_folder(str(booking.__file__))], owner_url.rpartition("/")[2])

    return str(database("booking", migrated).owner_url)


async def _built_beside(url: str, until: int, scratch: str) -> Seen:
    """From the first event to the position, by the very projections, into tables that nobody else uses."""
    async with (
        EventStore(url) as store,
        await psycopg.AsyncConnection.connect(scratch, row_factory=dict_row) as connection,
    ):
        async for records in StoredLedger(store, Clock()).portions(until=until):
            for view in VIEWS.values():
                await view.project(connection, records)
    with psycopg.connect(scratch) as connection_:
        return Seen(until, _tables(connection_))


def _rebuilt(demo: RunningDemo, service: str, view: str) -> int:
    """Made anew by the service's own command; how many rows were not as they should be."""
    done = _command(demo, service, view)
    assert done.returncode == 0, done.stderr[-2000:]
    found = re.search(r"(\d+) rows were not", done.stdout)
    assert found is not None, done.stdout
    return int(found[1])


def _views_of(demo: RunningDemo, service: str) -> list[str]:
    """What can be made anew, as the service itself says; nothing where there is no such command."""
    said = _command(demo, service).stderr
    _, known, names = said.strip().rpartition("name one of: ")
    assert known or "unknown command" in said, said
    return names.split(", ") if known else []


def _command(demo: RunningDemo, service: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", service, "rebuild-view", *words]
    return subprocess.run(command, env=demo.environment_of(service), capture_output=True, text=True)
