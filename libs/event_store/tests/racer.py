"""One process of the race: many tasks on few tags, each writing down what it saw and what it was told.

Run by test_races.py as `python -m libs.event_store.tests.racer <database url> <tasks> <rounds> <name>`; it prints its
records, one a line. The short races of the mutations run it inside the test's own process.
"""

import asyncio
import random
import sys
from contextlib import aclosing
from uuid import NAMESPACE_OID, UUID, uuid5

from event_store import AlreadySeen, Appended, Conflict, DCBAppendCondition, Event, EventStore, Request

from .testimony import OUTCOMES, Following, Look, QueryItems, Record, TypeAndTags, written
from .witness import attempt, inquire, look

_TYPES = ["Held", "Freed"]
_STEPS_ON_THE_SAME_TAGS = 4
_CATCHING_UP_SECONDS_MAX = 60  # generous: only a follower that lost its way needs it


class Racer:
    """One process's part. It stops early when the server refuses an append with an error: then enough is known."""

    def __init__(self, store: EventStore, name: str) -> None:
        self._store = store
        self._name = name
        self._head = 0
        self._broken = False
        self.records: list[Record] = []

    async def run(self, tasks: int, rounds: int) -> list[Record]:
        """Race, while one subscription follows; the records of both."""
        followed: list[int] = []
        follower = asyncio.create_task(self._follow(followed))
        await asyncio.gather(*(self._task(task, rounds) for task in range(tasks)))
        try:
            await self._caught_up(follower, followed)
        finally:
            follower.cancel()
            await asyncio.gather(follower, return_exceptions=True)
        return [*self.records, Following(followed)]

    async def _follow(self, followed: list[int]) -> None:
        async with aclosing(self._store.subscribe(batch=50)) as portions:
            async for portion in portions:
                followed += [one.position for one in portion]

    async def _caught_up(self, follower: asyncio.Task[None], followed: list[int]) -> None:
        head = (await self._look([], limit=0)).head
        async with asyncio.timeout(_CATCHING_UP_SECONDS_MAX):
            while not self._broken and max(followed, default=0) < head:
                await asyncio.wait([follower], timeout=0.01)
                assert not follower.done()

    async def _task(self, task: int, rounds: int) -> None:
        chance = random.Random(f"{self._name}.{task}")
        for step in range(rounds):
            if not self._broken:
                await self._step(chance, task, step)

    async def _step(self, chance: random.Random, task: int, step: int) -> None:
        # The tags move on together, so that each is hot and its history short.
        hot = [f"hour:a:{step // _STEPS_ON_THE_SAME_TAGS}:{n}" for n in range(4)]
        if chance.random() < 0.2:
            await self._look_around(chance, hot)
        query = _any_query(chance, hot)
        head = (await self._look(query)).head
        if chance.random() < 0.05:
            query = [(chance.sample(_TYPES, 1), [])]  # without a tag: the whole log after the head
        # In every fourth step each process sends the same request: a client that tries again at another one.
        place = f"{task}:{step}" if step % 4 == 3 else f"{self._name}.{task}:{step}"
        request = uuid5(NAMESPACE_OID, place) if chance.random() < 0.7 else None

        async def append(number: int) -> None:
            name, events = f"{self._name}.{task}:{step}.{number}", _any_events(chance, hot, fewest=0 if request else 1)
            await self._attempt(name, events, query, None if chance.random() < 0.2 else head, request)

        together = chance.choice([1, 1, 1, 2])
        await asyncio.gather(*(append(number) for number in range(together)))
        if request and chance.random() < 0.4:
            self.records.append(await inquire(self._store, request))
            await append(together)

    async def _attempt(
        self, name: str, events: list[TypeAndTags], query: QueryItems, after: int | None, request: UUID | None
    ) -> None:
        async def send(
            events: list[Event], condition: DCBAppendCondition | None, request: Request | None
        ) -> Appended | Conflict | AlreadySeen:
            return await self._store.append(events, condition=condition, request=request)

        tried = await attempt(send, name, events, query=query, after=after, request=request)
        self._broken |= tried.outcome not in OUTCOMES
        self.records.append(tried)

    async def _look_around(self, chance: random.Random, hot: list[str]) -> None:
        query: QueryItems = chance.choice([[], [(["Held"], [])], [(["Freed"], hot[:1]), ([], hot[:2])]])
        await self._look(query, after=max(0, self._head - chance.randrange(40)), limit=chance.choice([None, 1, 3]))

    async def _look(self, query: QueryItems, *, after: int = 0, limit: int | None = None) -> Look:
        seen = await look(self._store, query, after=after, limit=limit)
        self._head = seen.head
        self.records.append(seen)
        return seen


def _any_query(chance: random.Random, hot: list[str]) -> QueryItems:
    return [
        (chance.sample(_TYPES, chance.choice([0, 0, 1])), chance.sample(hot, chance.choice([1, 1, 1, 2])))
        for _ in range(chance.choice([1, 1, 2]))
    ]


def _any_events(chance: random.Random, hot: list[str], *, fewest: int) -> list[TypeAndTags]:
    # Wider than any condition: an event also carries tags that its own condition does not name.
    return [
        (chance.choice(_TYPES), chance.sample([*hot, "agenda:a"], chance.choice([1, 2, 3])))
        for _ in range(chance.choice([fewest, 1, 1, 1, 2, 3]))
    ]


async def _main(url: str, tasks: int, rounds: int, name: str) -> None:
    async with EventStore(url) as store:
        for record in await Racer(store, name).run(tasks, rounds):
            print(written(record))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
