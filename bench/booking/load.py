"""Bookings at a pace, or as fast as so many clients go: hold, then confirm; each answer counts, none is tried again."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Protocol

from bench.booking.client import Response
from bench.booking.wishes import Wish


class Poster(Protocol):
    async def post(self, path: str, headers: str, body: str) -> Response: ...


@dataclass
class Outcome:
    """What became of the bookings: seconds that each answer took, and the answers by kind (`confirm 201`, `lost`).

    `whole`: from the planned start of a booking to its confirmation; a hold counts from the planned start too.
    """

    holds: list[float] = field(default_factory=list)
    confirms: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def confirmed(self) -> int:
        return len(self.whole)

    @property
    def failed(self) -> int:
        """How many answers were not 201, or never came."""
        return sum(count for kind, count in self.answers.items() if not kind.endswith(" 201"))

    def note(self, kind: str, response: Response | OSError | TimeoutError) -> bool:
        """Whether it went well."""
        said = response.status if isinstance(response, Response) else type(response).__name__
        self.answers[f"{kind} {said}"] += 1
        if said != 201 and len(self.examples) < 5:
            self.examples.append(f"{time.time():.2f} {kind} {said}: {getattr(response, 'body', response)!r:.300}")
        return said == 201


Act = Callable[[Wish, float], Awaitable[None]]


def booker(front: Poster, outcome: Outcome) -> Act:
    """Books one wish: POST hold, POST confirm. `planned` is on the event loop's clock."""

    async def book(wish: Wish, planned: float) -> None:
        clock = asyncio.get_running_loop().time
        try:
            body = f'{{"offer":"{wish.offer}","start":"{wish.start}"}}'
            held = await front.post("/v1/holds", wish.headers(), body)
            if not outcome.note("hold", held):
                return
            answered = clock()
            outcome.holds.append(answered - planned)
            path = f"/v1/holds/{json.loads(held.body)['id']}/confirm"
            confirmed = await front.post(path, wish.headers(), f'{{"person_id":"{wish.person}"}}')
            if outcome.note("confirm", confirmed):
                outcome.confirms.append(clock() - answered)
                outcome.whole.append(clock() - planned)
        except (OSError, TimeoutError) as failure:
            outcome.note("lost", failure)

    return book


async def at_pace(
    act: Act, wishes: Iterator[Wish], per_second: float, seconds: float, ending: asyncio.Event | None = None
) -> float:
    """An open loop: each begins at its planned time, whatever became of those before; the seconds until all ended.

    `ending` ends it earlier.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with asyncio.TaskGroup() as under_way:
        for number in range(round(per_second * seconds)):
            if ending is not None and ending.is_set():
                break
            planned = began + number / per_second
            if (wait := planned - loop.time()) > 0:
                await asyncio.sleep(wait)
            under_way.create_task(_call(act, next(wishes), planned))
    return loop.time() - began


async def by_clients(act: Act, wishes: Iterator[Wish], clients: int, seconds: float) -> float:
    """A closed loop: each client begins its next booking when its last is answered."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one() -> None:
        while loop.time() < began + seconds and (wish := next(wishes, None)) is not None:
            await act(wish, loop.time())

    await asyncio.gather(*(one() for _ in range(clients)))
    return loop.time() - began


async def _call(act: Act, wish: Wish, planned: float) -> None:
    await act(wish, planned)


def percentile_ms(took: list[float], percent: int) -> float:
    return round(quantiles(took, n=100)[percent - 1] * 1000, 1) if len(took) > 1 else 0.0
