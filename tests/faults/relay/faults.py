"""The faults themselves: who is killed or put to sleep, and what that met."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil  # type: ignore[import-untyped]
from embedded_parts import Kafka, KafkaCluster

from ..stack import FULL
from .appender import Appender
from .house import RELAYS, TOPIC, House, eventually
from .leaders import leader_of, wait_until_in_sync
from .subscriber import Subscriber

ASLEEP_SECONDS = 60 if FULL else 8


@dataclass
class Faults:
    """`kills` has the kind and the moment (seconds since the epoch) of each, `met` counts what they met, and the
    take-overs say how many seconds a standby needed."""

    house: House
    appender: Appender
    subscriber: Subscriber
    kills: list[tuple[str, float]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    takeovers: list[float] = field(default_factory=list)
    zombie_takeovers: list[float] = field(default_factory=list)

    def by_kind(self) -> dict[str, int]:
        """How often each was killed."""
        return dict(Counter(kind for kind, _ in self.kills))

    async def befall(self, kind: str) -> None:
        """One fault, until what was killed runs again."""
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
            case "zombie":
                await self._stop_relay()
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

    async def _stop_relay(self) -> None:
        """The leader falls asleep in the middle of its work, and wakes up when another has long led."""
        name = self.house.leader()
        sleeper = psutil.Process(self.house.processes[name].pid)
        sleeper.send_signal(signal.SIGSTOP)
        took = await eventually("the standby leads", lambda: set(self.house.leaders()) & {*RELAYS} - {name})
        self.zombie_takeovers.append(took)
        heard = self.subscriber.count
        await eventually("the standby speaks", lambda: self.subscriber.count > heard)
        await asyncio.sleep(max(ASLEEP_SECONDS - took, 1))
        assert sleeper.status() == psutil.STATUS_STOPPED
        said, heard = self.house.said_in(name), self.subscriber.count
        sleeper.send_signal(signal.SIGCONT)
        await eventually("it notices", lambda: len(self.house.said_in(name)) > len(said))
        await eventually("events flow on", lambda: self.subscriber.count > heard)
        assert self.house.leader() != name
        self.met["woke_up_behind_another"] += 1

    async def _kill_reader(self, name: str) -> None:
        """Between its statements and its COMMIT, where it stops itself."""
        journal, pid = self.house.journal(name), self.house.processes[name].pid
        stop = journal.with_name(f"{journal.name}.stop")
        stop.touch()
        await eventually(f"{name} is in the middle", lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
        self._note(name)
        self.house.kill(name)
        stop.unlink()
        tried = {int(line) for line in journal.read_text().splitlines()}
        done = {fact.position for fact, _ in self.house.effects_in_order()}
        self.met["undone_by_the_kill"] += len(tried - done)
        self.house.start(name)

    async def _kill_broker(self, node: Kafka, cluster: KafkaCluster | None) -> None:
        self._note("broker")
        os.kill(node.pid, signal.SIGKILL)
        await asyncio.to_thread(node.stop)
        await asyncio.sleep(0.5)  # what it had sent before is heard by then
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
