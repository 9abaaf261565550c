"""After a crowd: every booking that it was told of stands in the log, and was heard from Kafka once and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from event_store import EventStore

from bench.booking.load import Outcome

from .crowd import crowd
from .relay.house import TOPIC, said
from .relay.judge import follow_the_rules, judge
from .relay.subscriber import Subscriber
from .stack import Stack, until

CATCH_UP_SECONDS_MAX = 180


@asynccontextmanager
async def judged_crowd(
    demo: Stack, tally: dict[str, int], per_second: float, seconds_max: float
) -> AsyncIterator[Outcome]:
    """A crowd while which nobody else books; what was found of it is in `tally` after the block."""
    async with EventStore(demo.database("booking")) as store:
        before = await store.head()
    async with crowd(demo, per_second, seconds_max) as outcome:
        yield outcome
    await asyncio.to_thread(until, "all is said and applied", lambda: not demo.waiting(), CATCH_UP_SECONDS_MAX)
    facts = {position: fact for position, (fact, _) in (await said(demo.database("booking"), before)).items()}
    async with Subscriber(demo.facts["kafka"], TOPIC.name, TOPIC.partitions) as subscriber:
        await asyncio.to_thread(until, "all is heard", lambda: facts.keys() <= _positions(subscriber), 60)
        followed = follow_the_rules(one for one in subscriber.heard() if one.fact.position > before)
    found = followed.found + judge(facts, [one.fact for one in followed.taken])
    tally |= {"confirmed": outcome.confirmed, "failed_requests": outcome.failed, "events": len(facts)}
    tally |= {name: found[name] for name in ("lost", "doubled", "reordered", "strangers")}
    tally["repeated"] = followed.repeated
    # A hold and its confirmation each.
    tally["lost"] += max(2 * outcome.confirmed - len(facts), 0)
    assert outcome.failed == 0, outcome.examples
    assert outcome.answers["hold 201"] == outcome.answers["confirm 201"] == outcome.confirmed
    assert (+found, tally["lost"]) == ({}, 0)


def _positions(subscriber: Subscriber) -> set[int]:
    return {one.fact.position for one in subscriber.heard()}
