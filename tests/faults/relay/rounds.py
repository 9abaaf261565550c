"""Rounds of events with kills in the middle of them, what each kill met, and the judgement at the end."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from embedded_parts import Kafka, KafkaCluster

from .appender import Appender
from .house import READERS, RELAYS, TOPIC, House, eventually
from .judge import Fact, Heard, follow_the_rules, judge
from .leaders import leader_of, wait_until_in_sync
from .subscriber import Subscriber

_NO_PROGRESS_SECONDS_MAX = 60
# What the chassis says when a connection was lost under a relay or a consumer.
_TROUBLE = ("a background task failed", "retrying")


@dataclass
class Run:
    """One log and all that befalls it; `kills` has the kind and the moment of each, `met` what they met."""

    house: House
    appender: Appender
    subscriber: Subscriber
    kills: list[tuple[str, float]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    takeovers: list[float] = field(default_factory=list)

    async def round(self, kinds: Sequence[str], events: int, per_second: float) -> None:
        """Events flow, things are killed in the middle of it, and all that was said arrives everywhere."""
        begun, over = self.house.count_effects(), asyncio.Event()
        appending = asyncio.create_task(self.appender.append(events, per_second, over))
        await eventually("events flow", lambda: self.house.count_effects() > begun + per_second)
        trouble = self._trouble()
        for kind in kinds:
            await self._kill(kind)
        over.set()
        await appending
        await self.settle()
        self.met["connections_lost"] += self._trouble() - trouble
        done = len(self.appender.acknowledged)
        print(f"killed {' and '.join(kinds)}: {done:,} events, {dict(self.met)}", flush=True)

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

    async def _kill(self, kind: str) -> None:
        match kind:
            case "relay":
                await self._kill_relay()
            case "broker":
                assert isinstance(self.house.kafka, Kafka)
                await self._kill_broker(self.house.kafka, None)
            case "partition's leader":
                assert isinstance(self.house.kafka, KafkaCluster)
                number = await leader_of(self.house.kafka, TOPIC.name, len(self.kills) % TOPIC.partitions)
                await self._kill_broker(self.house.kafka.nodes[number], self.house.kafka)
            case "postgres":
                await self._kill_postgres()
            case _:
                await self._kill_reader(kind)

    def _note(self, kind: str) -> None:
        self.kills.append((kind, time.time()))

    async def _kill_relay(self) -> None:
        name = self.house.leader()
        self._note("relay")
        self.house.kill(name)
        took = await eventually("the standby leads", lambda: set(self.house.leaders()) & {*RELAYS} - {name})
        self.takeovers.append(took)
        self.met["takeovers"] += 1
        self.house.start(name)

    async def _kill_reader(self, name: str) -> None:
        """In the middle of a transaction: it has just begun with an event."""
        journal, process = self.house.journal(name), self.house.processes[name]
        size = journal.stat().st_size
        deadline = time.monotonic() + 60
        while journal.stat().st_size == size:
            assert time.monotonic() < deadline, f"{name} hears nothing"
            await asyncio.sleep(0.001)
        self._note(name)
        self.house.kill(name)
        tried = {int(line) for line in journal.read_text().splitlines()}
        done = {fact.position for fact, pid in self.house.effects_in_order()}
        self.met["undone_by_the_kill"] += len(tried - done)
        assert process.pid
        self.house.start(name)

    async def _kill_broker(self, node: Kafka, cluster: KafkaCluster | None) -> None:
        self._note("broker")
        os.kill(node.pid, 9)
        await asyncio.to_thread(node.stop)
        heard, appended = self.subscriber.count, len(self.appender.acknowledged)
        await asyncio.sleep(1)
        self.met["appended_without_the_broker"] += len(self.appender.acknowledged) - appended
        self.met["heard_without_the_broker"] += self.subscriber.count - heard
        if cluster is not None:
            # The others take its place while it is away; only then it comes back.
            heard = self.subscriber.count
            await eventually("the others go on", lambda: self.subscriber.count > heard + 50)
            self.met["others_led"] += 1
        await asyncio.to_thread(node.start)
        if cluster is not None:
            await wait_until_in_sync(cluster, TOPIC.name)

    async def _kill_postgres(self) -> None:
        unavailable = self.appender.unavailable
        self._note("postgres")
        self.house.kill_postgres()
        await asyncio.to_thread(self.house.postgres.stop)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(self.house.postgres.start)
        self.met["appends_refused"] += self.appender.unavailable - unavailable

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
        met = self.met + Counter(
            repeated_in_the_topic=follow_the_rules(cold).repeated,
            aborted_records=len(standing) - len(cold),
            redelivered=len(tried) - len(set(tried)),
            appends_repeated=self.appender.unavailable,
        )
        return Judgement(len(facts), +found, dict(met), self._silences(live, {n: at for n, (_, at) in said.items()}))

    def _tried(self, name: str) -> list[str]:
        journal = self.house.journal(name)
        return journal.read_text().splitlines() if journal.exists() else []

    async def _read_again(self, isolation: str, at_least: int) -> list[Heard]:
        """Everything anew from the first record, until nothing more comes."""
        house = self.house
        async with Subscriber(house.kafka.bootstrap, TOPIC.name, TOPIC.partitions, isolation=isolation) as again:
            await _until_quiet(lambda: again.count, at_least)
            return again.heard()

    def _silences(self, live: Sequence[Heard], recorded: dict[int, float]) -> dict[str, float]:
        """For each kind of kill, the longest time till the first later event was in Kafka."""
        silences: dict[str, float] = {}
        for kind, moment in self.kills:
            later = [one.arrived - moment for one in live if recorded.get(one.fact.position, 0) > moment]
            if later:
                silences[kind] = max(silences.get(kind, 0), round(min(later), 2))
        return silences


@dataclass(frozen=True)
class Judgement:
    """`found` counts what is wrong over all views; `met` what the faults did; `silences` seconds by kind of kill."""

    events: int
    found: Counter[str]
    met: dict[str, int]
    silences: dict[str, float]


async def _until_quiet(count: Callable[[], int], at_least: int) -> None:
    before, changed = -1, time.monotonic()
    while time.monotonic() - changed < (2 if before >= at_least else 20):
        if count() != before:
            before, changed = count(), time.monotonic()
        await asyncio.sleep(0.1)


def kills_by_kind(run: Run) -> dict[str, int]:
    """How often each was killed."""
    return dict(Counter(kind for kind, _ in run.kills))


def tampered(facts: Sequence[Fact]) -> list[Fact]:
    """The same with one lost, one doubled and two of a key swapped: what the judge must find in any history."""
    changed = list(facts)
    of_key = [n for n, fact in enumerate(changed) if fact.key == changed[0].key][:2]
    changed[of_key[0]], changed[of_key[1]] = changed[of_key[1]], changed[of_key[0]]
    doubled = next(fact for fact in changed[1:] if fact.key != facts[0].key)
    last = max(n for n, fact in enumerate(changed) if fact.key not in (doubled.key, facts[0].key))
    del changed[last]
    return [*changed, doubled]
