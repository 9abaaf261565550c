"""Puts bookings into the log at a pace, through outages, and remembers what was acknowledged."""

from __future__ import annotations

import asyncio

from event_store import Conflict, EventStore, StoreUnavailable

from bench.store.bookings import Bookings, Step

_AGAIN_SECONDS = 0.05
_TICK_SECONDS = 0.02
_UNDER_WAY_MAX = 500
AGENDAS = 200
"""So few that each has many events, whose order can be kept or not."""


class Appender:
    """Booking's own events, each a request of its own; a booking's come after each other, the bookings side by side."""

    def __init__(self, store: EventStore, seed: str) -> None:
        self._store = store
        self._steps = Bookings(seed, agendas=AGENDAS)
        self.acknowledged: dict[int, str] = {}
        self.unavailable = 0
        self.wanted = 0
        self._under_way = 0

    async def append(self, events: int, per_second: float, enough: asyncio.Event) -> None:
        """So many events or a few more, and on at that pace until it is `enough`."""
        loop = asyncio.get_running_loop()
        began, first = loop.time(), self.wanted
        async with asyncio.TaskGroup() as under_way:
            while self.wanted - first < events or not enough.is_set():
                # Rather behind its pace than in a crowd, whose waiting would starve those who are answered.
                while self._under_way < _UNDER_WAY_MAX and self.wanted - first < (loop.time() - began) * per_second:
                    booking = self._steps.booking()
                    self.wanted += len(booking)
                    self._under_way += 1
                    under_way.create_task(self._append(booking))
                await asyncio.sleep(_TICK_SECONDS)

    async def _append(self, booking: list[Step]) -> None:
        for step in booking:
            position = await self._append_one(step)
            self.acknowledged[position] = str(step.prepare().id)
        self._under_way -= 1

    async def _append_one(self, step: Step) -> int:
        while True:
            try:
                answer = await self._store.append([step.stored(0)], request=step.request)
            except StoreUnavailable:
                # The same request again: what was recorded, though its answer was lost, is recorded once.
                self.unavailable += 1
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            assert not isinstance(answer, Conflict)
            return answer.position
