"""What a load balancer does before several processes of a service: it asks each whether it is ready."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import count
from types import TracebackType
from typing import Self

from bench.booking.client import Client, Response

_ASK_SECONDS = 0.1
_WAIT_SECONDS_MAX = 5.0


class Balancer:
    """Within it, `post` goes by turns to the processes that are ready. `behind`: the (address, health address) of each.

    A connection that is refused goes to the next process; anything that was sent is never sent again.
    """

    def __init__(self, behind: Sequence[tuple[str, str]]) -> None:
        self._fronts = [Client(front) for front, _ in behind]
        self._healths = [health for _, health in behind]
        self._ready = [False] * len(behind)
        self._turns = count()
        self._asking: list[asyncio.Task[None]] = []
        self.refused = 0
        self.changes = 0

    async def __aenter__(self) -> Self:
        self._asking = [asyncio.create_task(self._ask(number)) for number in range(len(self._fronts))]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        for front in self._fronts:
            front.close()

    async def post(self, path: str, headers: str, body: str) -> Response:
        """Raises OSError when an answer fails to come, TimeoutError when nobody is ready for 5 s."""
        async with asyncio.timeout(_WAIT_SECONDS_MAX) as waiting:
            while True:
                ready = [number for number, well in enumerate(self._ready) if well]
                if ready:
                    number = ready[next(self._turns) % len(ready)]
                    try:
                        waiting.reschedule(None)  # from here on it is the answer that is waited for
                        return await self._fronts[number].post(path, headers, body)
                    except ConnectionRefusedError:
                        self.refused += 1
                        self._ready[number] = False
                        waiting.reschedule(asyncio.get_running_loop().time() + _WAIT_SECONDS_MAX)
                await asyncio.sleep(0.01)

    async def _ask(self, number: int) -> None:
        while True:
            health = Client(self._healths[number])
            well = False
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    well = (await health.get("/ready")).status == 200
            health.close()
            self.changes += well != self._ready[number]
            self._ready[number] = well
            await asyncio.sleep(_ASK_SECONDS)
