"""Rounds of events with kills in the middle of them, what each kill met, and the judgement at the end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .appender import Appender
from .faults import Faults
from .house import READERS, TOPIC, House, eventually
from .judge import Fact, Heard, follow_the_rules, judge
from .subscriber import Subscriber

_NO_PROGRESS_SECONDS_MAX = 60
# What the chassis says when a connection was lost under a relay or a consumer.
_TROUBLE = ("a background task failed", "retrying")


@dataclass
class Run:
    """One log and all that befalls it."""

    house: House
    appender: Appender
    subscriber: Subscriber
    faults: Faults

    async def round(self, kinds: Sequence[str], events: int, per_second: float) -> None:
        """Events flow, things are killed in the middle of it, and all that was said arrives everywhere."""
        begun, over = self.house.count_effects(), asyncio.Event()
        appending = asyncio.create_task(self.appender.append(events, per_second, over))
        await eventually("events flow", lambda: self.house.count_effects() > begun + per_second)
        trouble = self._trouble()
        for kind in kinds:
            await self.faults.befall(kind)
        await asyncio.sleep(1)  # what comes after it has to arrive as well
        over.set()
        await appending
        await self.settle()
        self.faults.met["connections_lost"] += self._trouble() - trouble
        done = len(self.appender.acknowledged)
        print(f"killed {' and '.join(kinds)}: {done:,} events, {dict(self.faults.met)}", flush=True)

    async def settle(self) -> None:
        """Until all that was acknowledged was heard and took effect, or nothing goes on any more."""
        wanted, before, changed = len(self.appender.acknowledged), (-1, -1), time.monotonic()
        while time.monotonic() - changed < _NO_PROGRESS_SECONDS_MAX:
            now = (self.subscriber.count, await asyncio.to_thread(self.house.count_effects))
            if min(now) >= wanted:
                return
            if now != before:
                before, changed = now, time.monotonic()
            await asyncio.sleep(0.1)

    def _trouble(self) -> int:
        said = [self.house.said_in(name) for name in self.house.processes]
        return sum(text.count(words) for text in said for words in _TROUBLE)

    async def judgement(self) -> Judgement:
        """All three views of the same events: as they were heard, as they stand in the topic, and their effects."""
        said = await self.house.said()
        facts = {position: fact for position, (fact, _) in said.items()}
        live = self.subscriber.heard()
        cold = await self._read_again("read_committed", len(live))
        standing = await self._read_again("read_uncommitted", len(cold))
        effects = self.house.effects_in_order()
        found: Counter[str] = Counter()
        for heard in (live, cold):
            followed = follow_the_rules(heard)
            found += followed.found + judge(facts, [one.fact for one in followed.taken])
        found += judge(facts, [fact for fact, _ in effects])
        found["lost"] += sum(facts[n].id != id_ for n, id_ in self.appender.acknowledged.items() if n in facts)
        found["lost"] += sum(n not in facts for n in self.appender.acknowledged)
        tried = [line for name in READERS for line in self._tried(name)]
        repeated = self._repeated(live)
        met = self.faults.met + Counter(
            repeated_in_the_topic=follow_the_rules(cold).repeated,
            aborted_records=len(standing) - len(cold),
            redelivered=len(tried) - len(set(tried)),
            appends_repeated=self.appender.unavailable,
        )
        silences = self._silences(live, {n: at for n, (_, at) in said.items()})
        return Judgement(len(facts), +found, dict(met), silences, repeated)

    def _tried(self, name: str) -> list[str]:
        journal = self.house.journal(name)
        return journal.read_text().splitlines() if journal.exists() else []

    async def _read_again(self, isolation: str, at_least: int) -> list[Heard]:
        """Everything anew from the first record, until nothing more comes."""
        house = self.house
        async with Subscriber(house.kafka.bootstrap, TOPIC.name, TOPIC.partitions, isolation=isolation) as again:
            await _until_quiet(lambda: again.count, at_least)
            return again.heard()

    def _repeated(self, live: Sequence[Heard]) -> list[str]:
        places: dict[str, int] = {}
        told = []
        for one in live:
            before = places.setdefault(one.fact.id, one.offset)
            if before != one.offset:
                kind, moment = max(
                    (each for each in self.faults.kills if each[1] < one.arrived), key=lambda each: each[1]
                )
                where = f"partition {one.partition}: {one.fact.position} at {before} and {one.offset}"
                told.append(f"{where}, {one.arrived - moment:.2f} s after {kind}")
        return told[:20]

    def _silences(self, live: Sequence[Heard], recorded: dict[int, float]) -> dict[str, float]:
        """For each kind of kill, the longest time till the first later event was in Kafka."""
        silences: dict[str, float] = {}
        for kind, moment in self.faults.kills:
            later = [one.arrived - moment for one in live if recorded.get(one.fact.position, 0) > moment]
            if later:
                silences[kind] = max(silences.get(kind, 0), round(min(later), 2))
        return silences


@dataclass(frozen=True)
class Judgement:
    """`found` counts what is wrong over all views; `met` what the faults did; `silences` seconds by kind of kill;
    `repeated` where records stand twice in the topic, and after which fault: allowed, but a relay should spare it.
    """

    events: int
    found: Counter[str]
    met: dict[str, int]
    silences: dict[str, float]
    repeated: list[str]


async def _until_quiet(count: Callable[[], int], at_least: int) -> None:
    before, changed = -1, time.monotonic()
    while time.monotonic() - changed < (2 if before >= at_least else 20):
        if count() != before:
            before, changed = count(), time.monotonic()
        await asyncio.sleep(0.1)


def tampered(facts: Sequence[Fact]) -> list[Fact]:
    """The same with one lost, one doubled and two of a key swapped: what the judge must find in any history."""
    changed = list(facts)
    of_key = [n for n, fact in enumerate(changed) if fact.key == changed[0].key][:2]
    changed[of_key[0]], changed[of_key[1]] = changed[of_key[1]], changed[of_key[0]]
    doubled = next(fact for fact in changed[1:] if fact.key != facts[0].key)
    last = max(n for n, fact in enumerate(changed) if fact.key not in (doubled.key, facts[0].key))
    del changed[last]
    return [*changed, doubled]
