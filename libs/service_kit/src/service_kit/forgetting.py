"""Answers are kept for an Idempotency-Key for a day, and then forgotten: those of tables, and those of the log."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from service_kit.context import Context
from service_kit.database import Database

KEPT = timedelta(hours=24)
EVERY_SECONDS = 600
AT_ONCE_MAX = 10_000


class Forgetting:
    """A background task of every service that has a database; harmless when several processes run it."""

    name = "forgetting"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await forget(self._context.database, self._context.clock.now())
            await asyncio.sleep(EVERY_SECONDS)


async def forget(database: Database, now: datetime) -> None:
    """Forget what was answered more than a day before `now`; in the log, before the database's own now."""
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM idempotency WHERE at < %s", (now - KEPT,))
    forgotten = AT_ONCE_MAX
    while forgotten == AT_ONCE_MAX:
        async with database.transaction() as connection:
            cursor = await connection.execute(
                "SELECT ledger.forget_requests(clock_timestamp() - %s, %s) AS forgotten", (KEPT, AT_ONCE_MAX)
            )
            row = await cursor.fetchone()
        forgotten = row["forgotten"] if row else 0
