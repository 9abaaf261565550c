"""From the log into the views: rows and position in one transaction, so that each event takes effect once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from service_kit.database import Connection, Database

from booking.application.ports import Ledger, Record
from booking.entrypoints.news import News
from booking.views import appointments, holds_due, progress

PAUSE_SECONDS = 0.05


class View(Protocol):
    """One file of `views`."""

    NAME: str

    async def project(self, connection: Connection, records: Sequence[Record]) -> None: ...

    async def clear(self, connection: Connection) -> None: ...


VIEWS: dict[str, View] = {view.NAME: view for view in (appointments, holds_due)}


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

    async def position(self) -> int:
        return await progress.reached(self._database, VIEWS)

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        async for records in self._ledger.follow(await self.position()):
            self._news.ring()
            await self._project(records)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _project(self, records: Sequence[Record]) -> None:
        async with self._database.transaction() as connection:
            positions = await progress.locked(connection, VIEWS)
            for name, position in positions.items():
                newer = [record for record in records if record.position > position]
                if newer:
                    await VIEWS[name].project(connection, newer)
            await progress.move(connection, VIEWS, records[-1].position)


async def rebuild(database: Database, ledger: Ledger, view: View) -> int:
    """Make a view anew from the whole log, in one transaction that readers do not see; the position it reached."""
    position = 0
    async with database.transaction() as connection:
        await progress.locked(connection, [view.NAME])
        await progress.restart(connection, view.NAME)
        await view.clear(connection)
        async for records in ledger.portions():
            await view.project(connection, records)
            position = records[-1].position
        await progress.move(connection, [view.NAME], position)
    return position
