"""Forgets what is over: sign-ups never finished, codes, messages, old sessions, counters."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from service_kit.clock import Clock
from service_kit.database import Database

_EVERY_SECONDS = 600
_AFTER = (
    ("DELETE FROM message WHERE asked_at < %s", timedelta(days=7)),
    ("DELETE FROM sign_up WHERE asked_at < %s", timedelta(days=2)),
    ("DELETE FROM phone_code WHERE expires_at < %s", timedelta(days=1)),
    ("DELETE FROM session WHERE least(ends_at, idle_until, ended_at) < %s", timedelta(days=30)),
    ("DELETE FROM try_counter WHERE drop_at < %s", timedelta(0)),
)


class Purge:
    """A background task; harmless when several processes run it."""

    name = "purge"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await purge(self._database, self._clock.now())
            await asyncio.sleep(_EVERY_SECONDS)


async def purge(database: Database, now: datetime) -> None:
    """Forget all that is over by now."""
    for statement, age in _AFTER:
        async with database.transaction() as connection:
            await connection.execute(statement, (now - age,))
