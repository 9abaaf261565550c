"""Records that holds have ended and requests have lapsed: neither binds anybody by then, so the record may be late."""

from __future__ import annotations

import asyncio

from service_kit.clock import Clock
from service_kit.database import Database

from booking.application import handle, handle_practice
from booking.application.handle import Task
from booking.application.ports import Contended, Ledger, Quota, unanswered
from booking.views import holds_due, requests

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
        """Record the end of every hold and request that is due, as the views have heard of them.

        Forget who began holds long ago.
        """
        now = self._clock.now()
        await self._quota.forget(now)
        over = [handle.expire(hold_id) for hold_id in await holds_due.due(self._database, now, AT_ONCE_MAX)]
        over += [handle_practice.lapse_request(id_) for id_ in await requests.lapsed(self._database, now, AT_ONCE_MAX)]
        outcomes = await asyncio.gather(*(self._record(task) for task in over), return_exceptions=True)
        for outcome in outcomes:
            # Somebody else is busy with that time: the next round finds it again, if it still has to.
            if isinstance(outcome, BaseException) and not isinstance(outcome, Contended):
                raise outcome

    async def _record(self, task: Task) -> None:
        await self._ledger.decide(task, ACTOR, unanswered)
