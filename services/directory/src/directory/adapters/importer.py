"""Runs an import: stage, compare, then a few hundred people in each transaction together with their facts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import psycopg
from booking_events import PublicEvent
from psycopg.rows import dict_row
from service_kit.clock import Clock
from service_kit.database import Connection, Database

from directory.adapters import import_tables, practitioners, search_tables
from directory.application import importing, publish
from directory.application.importing import Counts, Report
from directory.domain.gazetteer import Gazetteer

PEOPLE_AT_ONCE = 300
PROGRESS_EVERY = 20_000
# A file that was cut short would withdraw most of the country: stop instead when it is a real directory.
WITHDRAWN_SHARE_MAX, WITHDRAWN_ALWAYS = 0.5, 1000

Say = Callable[[Connection, Sequence[PublicEvent]], Awaitable[None]]
"""Appends public facts as the last statement of the connection's transaction."""


class ImportRunning(Exception):
    """Another import is at work in this database."""


class TooManyGone(Exception):
    """The file misses most of those who are listed: the message says how many."""


@dataclass(frozen=True)
class Importer:
    """`run` imports one edition of the national file. Nothing that it holds grows with the file."""

    database: Database
    clock: Clock
    gazetteer: Gazetteer
    say: Say

    async def run(
        self, file: BinaryIO, name: str, report: Report, progress: Callable[[str], None], *, withdraw_any: bool = False
    ) -> tuple[Counts, list[str]]:
        """What was done, and the ids of registered practitioners whom the file no longer has.

        Raises `WrongFile`, `ImportRunning`, `TooManyGone`.
        """
        counts = Counts()
        # A connection of its own: the lock belongs to the session, and an import has no place among requests.
        connect = psycopg.AsyncConnection.connect(self.database.url, autocommit=True, row_factory=dict_row)
        async with await connect as connection:
            if not await import_tables.lock(connection):
                raise ImportRunning
            run = await import_tables.begin_run(connection, name, importing.edition_of(name), self.clock.now())
            lines = _noticed(importing.lines_of(file, counts, report), counts, progress)
            async with connection.transaction():
                await import_tables.stage(connection, lines)
                counts.people = await import_tables.compare(connection)
            progress(f"{counts.read:,} lines read, {counts.kept:,} kept, {counts.people:,} people")
            await self._save_changed(connection, counts, report, progress)
            await self._withdraw(connection, counts, withdraw_any)
            await search_tables.count_names(connection)
            missing = await import_tables.gone(connection, "registered")
            await import_tables.end_run(connection, run, _as_json(counts), self.clock.now())
            await connection.execute("SELECT import_clear()")
        return counts, missing

    async def _save_changed(
        self, connection: Connection, counts: Counts, report: Report, progress: Callable[[str], None]
    ) -> None:
        async for rows in import_tables.changed(connection, PEOPLE_AT_ONCE):
            people = importing.people_of(rows, self.gazetteer, counts, report)
            hashes = {person.practitioner.id: person.hash for person in people}
            async with connection.transaction():
                stored = await practitioners.find(connection, list(hashes), for_update=True)
                before = {key: one.practitioner for key, one in stored.items()}
                decided = importing.decide(people, before, counts)
                await practitioners.keep_hashes(connection, {key: hashes[key] for key in decided.same})
                if decided.saved:
                    await practitioners.save(connection, decided.saved, hashes, self.clock.now())
                    await self.say(connection, decided.facts)
            progress(f"{counts.listed:,} new, {counts.changed:,} changed")

    async def _withdraw(self, connection: Connection, counts: Counts, withdraw_any: bool) -> None:
        ids = await import_tables.gone(connection, "listed")
        known = await import_tables.known(connection)
        if len(ids) > max(WITHDRAWN_ALWAYS, known * WITHDRAWN_SHARE_MAX) and not withdraw_any:
            raise TooManyGone(f"{len(ids)} of {known} who are listed are not in this file")
        for start in range(0, len(ids), PEOPLE_AT_ONCE):
            some = ids[start : start + PEOPLE_AT_ONCE]
            async with connection.transaction():
                await practitioners.withdraw(connection, some)
                await self.say(
                    connection, [publish.withdrawn(one, "no longer in the national directory") for one in some]
                )
        counts.withdrawn = len(ids)


def _noticed(
    lines: Iterator[import_tables.Line], counts: Counts, progress: Callable[[str], None]
) -> Iterator[import_tables.Line]:
    for at, line in enumerate(lines, 1):
        if at % PROGRESS_EVERY == 0:
            progress(f"{counts.read:,} lines read, {counts.kept:,} kept, {counts.rejected:,} refused")
        yield line


def _as_json(counts: Counts) -> dict[str, Any]:
    return {**vars(counts), "left_out": dict(counts.left_out)}
