"""Tasks over the event store: which tags to read, what the chassis appends, and the answer kept with it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

import orjson
from event_store import (
    AlreadySeen,
    Appended,
    Conflict,
    DCBQuery,
    DCBQueryItem,
    EventStore,
    Request,
    Snapshot,
    verify_log,
)
from service_kit.clock import Clock
from service_kit.deciding import Contended as DecidingContended
from service_kit.deciding import Decided, Decider, Proposal
from service_kit.telemetry import traceparent

from booking.adapters import codec
from booking.application.handle import Outcome, Task
from booking.application.ports import (
    FOLLOWED_MAX,
    Answer,
    Answered,
    Chain,
    Contended,
    KeyReused,
    Once,
    Reading,
    Record,
    Render,
)
from booking.domain import tags
from booking.domain.decide import decide
from booking.domain.events import Event, SlotHeld
from booking.domain.evolve import fold
from booking.domain.rejections import Rejection
from booking.domain.tags import Tags

ALONE_ATTEMPTS_MAX, QUEUED_ATTEMPTS_MAX = 3, 40
"""Tries beside all others, then tries in the queue of the first hour: a crowd on one hour would only conflict."""
REMEMBERED_MAX = 10_000
PORTION = 1000
RULES_VERSION = "4"
"""Noted with each event: which deciding code decided. Raised when the same facts would be decided otherwise."""


class StoredLedger:
    """The log in the event store."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._decider = Decider(store)
        self._hours: OrderedDict[str, Tags] = OrderedDict()

    async def read(self, tags: Sequence[str]) -> Reading:
        return self._reading(await self._store.read(_query(tags)))

    async def head(self) -> int:
        return await self._store.head()

    async def decide(self, task: Task, actor: str, render: Render, once: Once | None = None) -> Answered:
        boundary = await self._boundary(task)
        proposed: tuple[tuple[Event, ...], Answer]
        head = 0

        def propose(snapshot: Snapshot) -> Proposal:
            nonlocal proposed, head
            reading, head = self._reading(snapshot), snapshot.head
            events = decide(task.command(reading.at), reading.known)
            answer = render(Outcome(events, fold(events, reading.known), reading.at))
            proposed = events, answer
            noted = _noted(actor, once, boundary, head)
            return Proposal([codec.encode(event, noted) for event in events], _request(once, answer))

        try:
            decided = await self._handled(task, boundary, propose)
        except Rejection as rejection:
            return await self.refuse(render(rejection), once, head)
        events, answer = proposed
        self._remember(events)
        return _answered(decided.outcome, answer, once)

    async def _handled(self, task: Task, boundary: Tags, propose: Callable[[Snapshot], Proposal]) -> Decided:
        query, queue = _query(boundary), tags.first_hour(boundary) or task.subject
        for subject, attempts_max in ((task.subject, ALONE_ATTEMPTS_MAX), (queue, QUEUED_ATTEMPTS_MAX)):
            try:
                return await self._decider.handle(subject, query, propose, attempts_max=attempts_max)
            except DecidingContended:
                continue
        raise Contended

    async def refuse(self, refusal: Answer, once: Once | None, head: int | None = None) -> Answered:
        if once is not None and refusal.kept:
            done = await self._store.append([], request=_request(once, refusal))
            if not isinstance(done, Conflict):
                return _answered(done, refusal, once)
        seen = None if once is None else await self._store.find_request(once.id)
        if seen is not None:
            return _answered(seen, refusal, once)
        return Answered(refusal, await self._store.head() if head is None else head)

    async def feed(
        self, kinds: Sequence[type[Event]], agenda_id: str | None, after: int, limit: int
    ) -> tuple[list[Record], int]:
        item = DCBQueryItem(
            types=[codec.NAMES[kind] for kind in kinds], tags=[] if agenda_id is None else [tags.agenda(agenda_id)]
        )
        snapshot = await self._store.read(DCBQuery([item]), after=after, limit=limit)
        return [codec.record(each) for each in snapshot.events], snapshot.head

    async def portions(self, after: int = 0, until: int | None = None) -> AsyncIterator[list[Record]]:
        async for events in self._store.read_range(after=after, until=until, batch=PORTION):
            yield [codec.record(each) for each in events]

    async def follow(self, after: int) -> AsyncIterator[list[Record]]:
        async for events in self._store.subscribe(after=after, batch=FOLLOWED_MAX):
            yield [codec.record(each) for each in events]

    async def position_at(self, instant: datetime) -> int:
        return await self._store.position_at(instant)

    async def at(self, position: int) -> Record | None:
        found = (await self._store.read(DCBQuery(), after=position - 1, limit=1)).events if position > 0 else []
        return codec.record(found[0]) if found else None

    async def verify(self) -> Chain:
        # It reads by COPY, many times as fast as a service reads, and in a thread: it takes long and waits for nobody.
        report = await asyncio.to_thread(verify_log, self._store.database_url)
        last = await self.at(report.verified if report.intact else await self.head())
        return Chain(
            verified=report.verified,
            broken_at=report.broken_at,
            reason=report.reason,
            head=0 if last is None else last.position,
            hash=None if last is None else last.hash,
            recorded_at=None if last is None else last.recorded_at,
        )

    def _reading(self, snapshot: Snapshot) -> Reading:
        records = [codec.record(each) for each in snapshot.events]
        known = fold(each.event for each in records)
        return Reading(records, known, snapshot.head, self._clock.shift(snapshot.now))

    async def _boundary(self, task: Task) -> Tags:
        """All the tags of the task. A hold's hours are read first, or remembered: they never change."""
        if task.hold_id is None:
            return task.about
        hours = self._hours.get(task.hold_id)
        if hours is None:
            reading = await self.read((tags.hold(task.hold_id),))
            hours = task.hours(reading.known)
        return (*task.about, *hours)

    def _remember(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, SlotHeld) and event.linked_to is None:
                self._hours[event.hold_id] = tags.around(event.visit, event.rules)
        while len(self._hours) > REMEMBERED_MAX:
            self._hours.popitem(last=False)


def _query(tags: Sequence[str]) -> DCBQuery:
    """Whatever carries one of `tags`."""
    return DCBQuery([DCBQueryItem(tags=[tag]) for tag in tags])


def _request(once: Once | None, answer: Answer) -> Request | None:
    if once is None:
        return None
    head = orjson.dumps({"status": answer.status, "headers": answer.headers})
    return Request(once.id, once.fingerprint, head + b"\n" + answer.body)


def _answered(done: Appended | AlreadySeen, answer: Answer, once: Once | None) -> Answered:
    if isinstance(done, Appended):
        return Answered(answer, done.position)
    if once is not None and done.fingerprint != once.fingerprint:
        raise KeyReused
    head, _, body = done.answer.partition(b"\n")
    fields = orjson.loads(head)
    return Answered(Answer(fields["status"], body, fields["headers"]), done.position, replayed=True)


def _noted(actor: str, once: Once | None, boundary: Tags, after: int) -> dict[str, str]:
    """What an auditor needs to decide it again: who asked, and all that was looked at."""
    noted = {"actor": actor, "rules": RULES_VERSION, "boundary": " ".join(boundary), "after": str(after)}
    if once is not None:
        noted["cause"] = str(once.id)
    if parent := traceparent():
        noted["traceparent"] = parent
    return noted
