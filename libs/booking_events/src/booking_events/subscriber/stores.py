"""Where a subscriber's effects stand, and beside them how far it came: one transaction for both."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from booking_events.cloudevents import Envelope


@dataclass(frozen=True)
class Place:
    """How far a subscriber came in one partition: the next `offset` to read, the last `sequence` that it has seen."""

    offset: int
    sequence: int


class Store(Protocol):
    """The subscriber's own. With psycopg, SQLAlchemy or any other database it is as short as `SqliteStore`."""

    async def places(self, topic: str) -> Mapping[int, Place]:
        """The place of each partition that was ever kept; nothing for a new subscriber."""
        ...

    async def keep(self, topic: str, places: Mapping[int, Place], news: Sequence[Envelope]) -> None:
        """Take the effects of `news`, in order, and keep `places` by partition, in one transaction: all or nothing.

        Raises whatever ends the run; the next run begins at the places that were kept.
        """
        ...


class Overtaken(Exception):
    """Another process moved these places: two subscribers work on one store. End one of them."""


class SqliteStore:
    """A SQLite file. `handle(connection, envelope)` takes the effect of one event, in the transaction of its place.

    `tables`: SQL that makes what is missing, run at once.
    """

    def __init__(
        self, file: str | Path, handle: Callable[[sqlite3.Connection, Envelope], None], tables: str = ""
    ) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.executescript(tables)
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS places (topic TEXT, number INTEGER, next INTEGER NOT NULL, "
            "sequence INTEGER NOT NULL, PRIMARY KEY (topic, number)) WITHOUT ROWID"
        )
        self._handle = handle
        self._known: dict[str, dict[int, Place]] = {}

    async def places(self, topic: str) -> Mapping[int, Place]:
        self._known[topic] = self._read(topic)
        return self._known[topic]

    async def keep(self, topic: str, places: Mapping[int, Place], news: Sequence[Envelope]) -> None:
        """Raises `Overtaken`, and what `handle` raises; then nothing of it is kept."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if self._read(topic) != self._known.get(topic, {}):
                raise Overtaken(f"another subscriber works on the same store of {topic}")
            for envelope in news:
                self._handle(self._connection, envelope)
            rows = [(topic, number, place.offset, place.sequence) for number, place in places.items()]
            self._connection.executemany("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)", rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._known[topic] = {**self._known.get(topic, {}), **places}

    def close(self) -> None:
        self._connection.close()

    def _read(self, topic: str) -> dict[int, Place]:
        rows = self._connection.execute("SELECT number, next, sequence FROM places WHERE topic = ?", (topic,))
        return {number: Place(offset, sequence) for number, offset, sequence in rows}
