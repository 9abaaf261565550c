"""From the log to Kafka: one leader tails the store and says each public fact once, in order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple

from booking_events import TOPICS, Record
from event_store import CHANNEL, EventStore, RecordedEvent, read_after

from service_kit.broker import broker_check
from service_kit.context import Context
from service_kit.figures import meter
from service_kit.leading import Leadership, leadership, while_held
from service_kit.progress import Checkpoint, Progress
from service_kit.said import last_said
from service_kit.telling import Teller
from service_kit.voice import Mapped, Voice, producer

log = logging.getLogger("relay")

PAUSE_SECONDS = 0.01
POLL_SECONDS = 0.2
READ_MAX = 500
"""Events of one read. More would hold up whoever else runs in this process; what is read meanwhile is said with it."""
SETTLE_SECONDS = 0.006
"""Between two transactions: the coordinator answers a commit before it has written its markers, and whoever begins the
next one in the meantime is sent away for 20 ms (aiokafka's BACKOFF_OVERRIDE), in which more gathers, and so on."""
PORTIONS_MAX = 8
"""Reads that may wait for Kafka. When it is slow, or away, the log is not read any further."""

_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 5, 10, 30, 60, 120, 300)
_said_after = meter.create_histogram(
    "relay.commit_to_kafka",
    unit="s",
    description="from the recording of an event to its record in Kafka; of each portion the event that waited longest",
    explicit_bucket_boundaries_advisory=_SECONDS,
)

Publish = Callable[[RecordedEvent], Record | None]


class KafkaAhead(Exception):
    """Kafka holds facts that the store does not: the store was restored to the past. Nothing may be said over them."""


class _Portion(NamedTuple):
    """What was read together: the records to say, up to which position, and when the first event was recorded."""

    records: Sequence[Mapped]
    position: int
    oldest: float


class Relay:
    """A background task: waits for the leader's lock, finds where Kafka stands, and follows the log.

    `publish` maps a stored event to a record, or to None for what stays private. A transactional id fences a leader
    that lost its lock without noticing. Any failure ends this run; the lifecycle starts another, which finds its place
    from the last `ce_sequence` in each partition. The next portions are read while one is being said.
    """

    name = "relay"
    hands_over = True

    def __init__(self, context: Context, store: EventStore, bootstrap: str, publish: Publish) -> None:
        self._context = context
        self._store = store
        self._bootstrap = bootstrap
        self._publish = publish
        self._topics = [topic for topic in TOPICS.values() if topic.owner == context.service]
        # A relay with nothing to say would never notice that its broker is away.
        self.checks: Mapping[str, Callable[[], Awaitable[None]]] = {"broker": broker_check(bootstrap)}
        self.progress = Progress()
        self._checkpoint = Checkpoint(context.database, context.service, self.progress)
        self._teller = Teller(context, bootstrap, self._topics, self.progress, self._checkpoint)

    async def run(self) -> None:
        """Until cancelled, or until something fails."""
        await _first_of(self._compete(), self._checkpoint.watch())

    async def _compete(self) -> None:
        async with leadership(self._context.database.url) as lead:
            try:
                await self._lead(lead)
            finally:
                self.progress.leading = False

    async def _lead(self, lead: Leadership) -> None:
        speaking = producer(self._bootstrap, f"{self._context.service}-relay")
        try:
            await while_held(lead, speaking.start())
            said = await while_held(lead, last_said(self._bootstrap, self._topics))
            self._refuse_the_past(max(said.values(), default=0), await self._store.head())
            after = max(min(said.values(), default=0), await self._checkpoint.read())
            self.progress.position = after
            self.progress.leading = True
            log.info("leading", extra={"position": after})
            portions: asyncio.Queue[_Portion] = asyncio.Queue(PORTIONS_MAX)
            await _first_of(
                self._read(lead, portions, after), self._say(Voice(speaking, said), portions), self._teller.run()
            )
        finally:
            await speaking.stop()

    def _refuse_the_past(self, kafka: int, store: int) -> None:
        self.progress.ahead = kafka > store
        if self.progress.ahead:
            # What was said cannot be taken back, and its positions would be given away a second time.
            log.error(
                "Kafka is ahead of the store: restore the store further, or move to new topics (docs/operating.md)",
                extra={"position": kafka},
            )
            raise KafkaAhead(f"Kafka stands at {kafka}, the store at {store}: restore the store, or name new topics")

    async def _read(self, lead: Leadership, portions: asyncio.Queue[_Portion], after: int) -> None:
        """Tail the log on the connection that holds the lock: who has lost it cannot read on."""
        await lead.execute(f"LISTEN {CHANNEL}".encode())
        reading = _reading(lead, after)
        try:
            while True:
                events = await reading
                behind = len(events) == READ_MAX
                if behind:
                    reading = _reading(lead, events[-1].position)
                    await asyncio.sleep(0)  # it is sent: the server works on it while these are mapped
                portion, unknown = self._map(events)
                if portion is not None:
                    after = portion.position
                    await while_held(lead, portions.put(portion))
                if unknown is not None:
                    await while_held(lead, portions.join())  # what comes before it is said
                    raise unknown
                if not behind:
                    await asyncio.sleep(PAUSE_SECONDS)
                    # Whatever was appended during the read rings at once: such a notification was kept.
                    async for _ in lead.notifies(timeout=POLL_SECONDS, stop_after=1):
                        pass
                    reading = _reading(lead, after)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _map(self, events: Sequence[RecordedEvent]) -> tuple[_Portion | None, Exception | None]:
        """The events as far as `publish` knows them, and what it raised at the first that it does not."""
        records: list[Mapped] = []
        position, unknown = 0, None
        for event in events:
            try:
                record = self._publish(event)
            except Exception as error:  # raised by the caller, once the events before it are said
                unknown = error
                break
            position = event.position
            if record is not None:
                records.append((position, record))
        return _Portion(records, position, events[0].recorded_at.timestamp()) if position else None, unknown

    async def _say(self, voice: Voice, portions: asyncio.Queue[_Portion]) -> None:
        """Say what was read, all that waits at once."""
        while True:
            taken = await _taken(portions)
            await voice.say([record for portion in taken for record in portion.records])
            self.progress.position = taken[-1].position
            self._teller.moved()
            for portion in taken:
                _said_after.record(time.time() - portion.oldest)
                portions.task_done()
            await asyncio.sleep(SETTLE_SECONDS)


def _reading(lead: Leadership, after: int) -> asyncio.Task[list[RecordedEvent]]:
    return asyncio.create_task(read_after(lead, after=after, limit=READ_MAX))


async def _taken(portions: asyncio.Queue[_Portion]) -> list[_Portion]:
    """All that waits, at least one."""
    taken = [await portions.get()]
    while not portions.empty():
        taken.append(portions.get_nowait())
    return taken


async def _first_of(*doing: Coroutine[Any, Any, None]) -> None:
    """Until one of them ends; with what it raised, once all have ended."""
    tasks = [asyncio.create_task(one) for one in doing]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
