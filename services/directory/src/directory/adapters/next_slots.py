"""The first free slots of each agenda, as availability said them last, and the search table that follows them."""

from __future__ import annotations

import asyncio
from datetime import datetime

from service_kit.clock import Clock
from service_kit.database import Connection, Database

from directory.adapters.search_tables import refresh_next
from directory.application.react import NextFree
from directory.domain.flags import MODE_NUMBERS

PASSED_EVERY_SECONDS = 15.0
PASSED_AT_ONCE = 500

_PASSED = """
SELECT DISTINCT o.practitioner_id::text AS id FROM avail a JOIN offer o ON o.id = a.offer
WHERE a.nxt <= %s AND a.nxt < 'infinity' LIMIT %s"""


class PostgresNextSlots:
    """See `application.ports.NextSlots`."""

    async def replace(self, connection: Connection, news: NextFree, now: datetime) -> None:
        cursor = await connection.execute(
            "INSERT INTO next_agenda (agenda_id, practitioner_id, place_id, as_of) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (agenda_id) DO UPDATE SET practitioner_id = excluded.practitioner_id,"
            " place_id = excluded.place_id, as_of = excluded.as_of WHERE next_agenda.as_of <= excluded.as_of",
            (news.agenda_id, news.practitioner_id, news.place_id, news.as_of),
        )
        if not cursor.rowcount:
            return  # older than what is known
        await connection.execute("DELETE FROM next_slot WHERE agenda_id = %s", (news.agenda_id,))
        async with connection.cursor() as many:
            await many.executemany(
                "INSERT INTO next_slot (agenda_id, motive_id, mode, start) VALUES (%s, %s, %s, %s)",
                [(news.agenda_id, motive, MODE_NUMBERS[mode], start) for motive, mode, start in news.slots],
            )
        await refresh_next(connection, [news.practitioner_id], now)


class Passed:
    """A background task: a slot that has passed is nobody's next one, even while availability is silent."""

    name = "passed slots"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        while True:
            if await self.sweep() < PASSED_AT_ONCE:
                await asyncio.sleep(PASSED_EVERY_SECONDS)

    async def sweep(self) -> int:
        """Bring some of those whose slot has passed up to date; how many there were."""
        now = self._clock.now()
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_PASSED, (now, PASSED_AT_ONCE))
            ids = [row["id"] for row in await cursor.fetchall()]
            await refresh_next(connection, ids, now)
        return len(ids)
