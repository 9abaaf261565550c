"""First free slots that change with no event: notice overtakes them, a hold expires, a local midnight passes."""

from __future__ import annotations

import asyncio

from event_store import append_in_transaction
from service_kit.context import Context
from service_kit.outbox import to_outbox

from availability.views import next_availability

_PAUSE_SECONDS = 0.5
_AT_ONCE = 100


class DueTimes:
    """A background task: recomputes each agenda whose due time has passed, one transaction each."""

    name = "due times"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> None:
        """Until cancelled, or until the database is away."""
        while True:
            if await self.refresh_overdue() < _AT_ONCE:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def refresh_overdue(self) -> int:
        """How many agendas were due."""
        now = self._context.clock.now()
        async with self._context.database.connection() as connection:
            agenda_ids = await next_availability.overdue(connection, now, _AT_ONCE)
        for agenda_id in agenda_ids:
            async with self._context.database.transaction() as connection:
                facts = await next_availability.refresh_overdue(connection, agenda_id, now)
                if facts:
                    await append_in_transaction(connection, [to_outbox(fact, now) for fact in facts])
            await asyncio.sleep(0)
        return len(agenda_ids)
