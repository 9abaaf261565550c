"""One process of the race: many tasks on few tags, each writing down what it saw and what it was told.

Run by test_races.py as `python racer.py <database url> <tasks> <rounds> <seed>`; it prints one JSON line for each step.
"""

import asyncio
import json
import random
import sys

from event_store import Appended, Conflict, DCBAppendCondition, DCBQuery, DCBQueryItem, Event, EventStore

TAGS = [f"hour:a:{n}" for n in range(4)] + ["agenda:a"]
TYPES = ["Held", "Freed"]


def any_item(chance: random.Random) -> DCBQueryItem:
    return DCBQueryItem(
        types=chance.sample(TYPES, chance.choice([0, 0, 1])), tags=chance.sample(TAGS[:4], chance.choice([1, 1, 2]))
    )


async def race(store: EventStore, name: str, rounds: int) -> None:
    chance = random.Random(name)
    for step in range(rounds):
        query = DCBQuery([any_item(chance) for _ in range(chance.choice([1, 2]))])
        # Wider than any condition: an event also carries tags that its own condition does not name.
        event = Event(chance.choice(TYPES), f"{name}:{step}".encode(), chance.sample(TAGS, chance.choice([1, 2, 3])))
        seen = await store.read(query)
        freely = chance.random() < 0.2
        condition = None if freely else DCBAppendCondition(query, after=seen.head)
        answer = await store.append([event, event] if chance.random() < 0.2 else [event], condition=condition)
        assert isinstance(answer, Appended | Conflict)
        print(
            json.dumps(
                {
                    "query": [[item.types, item.tags] for item in query.items],
                    "head": seen.head,
                    "seen": [one.position for one in seen.events],
                    "data": f"{name}:{step}",
                    "free": freely,
                    "outcome": type(answer).__name__,
                    "position": answer.position,
                }
            )
        )


async def main(url: str, tasks: int, rounds: int, seed: str) -> None:
    async with EventStore(url) as store:
        await asyncio.gather(*(race(store, f"{seed}.{n}", rounds) for n in range(tasks)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
