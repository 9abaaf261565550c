"""From the log into the views: rows and position in one transaction, so that each event takes effect once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from service_kit.database import Connection, Database
from service_kit.figures import Seen, age, gauge
from service_kit.rebuilding import beside, swap

from booking.application.ports import FOLLOWED_MAX, Ledger, Record
from booking.entrypoints.news import News
from booking.views import absences, appointments, holds_due, progress, requests, waiting

PAUSE_SECONDS = 0.05


class View(Protocol):
    """One file of `views`."""

    NAME: str
    TABLES: Sequence[str]

    async def project(self, connection: Connection, records: Sequence[Record]) -> None: ...


VIEWS: dict[str, View] = {view.NAME: view for view in (appointments, holds_due, requests, absences, waiting)}


class Projector:
    """A background task that keeps every view up with the log, and a follower that says how far they are.

    Each process runs one: the rows of the positions decide between them, and whoever comes second finds it done.
    """

    name = "projector"

    def __init__(self, log: str, database: Database, ledger: Ledger, news: News) -> None:
        self.log = log
        self._database = database
        self._ledger = ledger
        self._news = news
        self._waiting_since: float | None = None
        gauge("view.oldest_age", "s", "since the first event was recorded that the views lack", self._seen)

    async def position(self) -> int:
        return await progress.reached(self._database, VIEWS)

    def seconds_behind(self) -> float:
        """Since the first event was recorded that is known to wait for the views."""
        return age(self._waiting_since)

    def _seen(self) -> list[Seen]:
        return [(self.seconds_behind(), {"log": self.log})]

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        async for records in self._ledger.follow(await self.position()):
            self._news.ring()
            self._waiting_since = records[0].recorded_at.timestamp()
            await self._project(records)
            if len(records) < FOLLOWED_MAX:  # else there is more
                self._waiting_since = None
            await asyncio.sleep(PAUSE_SECONDS)

    async def _project(self, records: Sequence[Record]) -> None:
        async with self._database.transaction() as connection:
            positions = await progress.locked(connection, VIEWS)
            for name, position in positions.items():
                newer = [record for record in records if record.position > position]
                if newer:
                    await VIEWS[name].project(connection, newer)
            await progress.move(connection, VIEWS, records[-1].position)


async def rebuild(database: Database, ledger: Ledger, view: View) -> tuple[int, int]:
    """Make a view anew from the log as far as the live one has come, which goes on until both are compared.

    Returns the position, and how many rows were not as they should be.
    """
    async with beside(database.url, view.TABLES) as connection:
        position = await _build(connection, ledger, view, 0, await progress.reached(database, [view.NAME]))
        async with connection.transaction():
            live = (await progress.locked(connection, [view.NAME]))[view.NAME]
            position = await _build(connection, ledger, view, position, live)
            return position, await swap(connection, view.TABLES)


async def _build(connection: Connection, ledger: Ledger, view: View, after: int, until: int) -> int:
    async for records in ledger.portions(after, until):
        async with connection.transaction():
            await view.project(connection, records)
        after = records[-1].position
    return after
