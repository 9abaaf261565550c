"""Records that holds have ended. They bind nobody by then: without the sweeper the record is late, and nothing else."""

from __future__ import annotations

import asyncio

from service_kit.clock import Clock
from service_kit.database import Database

from booking.application import handle
from booking.application.ports import Contended, Ledger, Quota, unanswered
from booking.views import holds_due

EVERY_SECONDS = 1.0
AT_ONCE_MAX = 200
ACTOR = "service:booking-sweeper"


class Sweeper:
    """A background task. Two of them at once record each end once, for the log decides."""

    name = "sweeper"

    def __init__(self, database: Database, ledger: Ledger, quota: Quota, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._quota = quota
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        while True:
            await self.sweep()
            await asyncio.sleep(EVERY_SECONDS)

    async def sweep(self) -> None:
        """Record the end of every hold that is due, as the view has heard of it, and forget who began some long ago."""
        await self._quota.forget(self._clock.now())
        due = await holds_due.due(self._database, self._clock.now(), AT_ONCE_MAX)
        outcomes = await asyncio.gather(*(self._end(hold_id) for hold_id in due), return_exceptions=True)
        for outcome in outcomes:
            # Somebody else is busy with that time: the next round finds it again, if it still has to.
            if isinstance(outcome, BaseException) and not isinstance(outcome, Contended):
                raise outcome

    async def _end(self, hold_id: str) -> None:
        await self._ledger.decide(handle.expire(hold_id), ACTOR, unanswered)
