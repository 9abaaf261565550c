"""The one way to handle a command: read the boundary, decide, append on condition; again only on a conflict."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from event_store import (
    AlreadySeen,
    Appended,
    Conflict,
    DCBAppendCondition,
    DCBQuery,
    Event,
    EventStore,
    Request,
    Snapshot,
)
from opentelemetry.trace import SpanKind

from service_kit.telemetry import spanned

ATTEMPTS_MAX = 8


class Contended(Exception):
    """Others were faster every time: nothing was stored, and the caller may try again."""


@dataclass(frozen=True)
class Proposal:
    """What a decision wants stored: events (none: only the answer), and the request that makes a retry harmless."""

    events: Sequence[Event]
    request: Request | None = None


@dataclass(frozen=True)
class Decided:
    """What came of it: stored now (`outcome` is `Appended`), or answered before (`AlreadySeen`)."""

    outcome: Appended | AlreadySeen
    snapshot: Snapshot


class Decider:
    """Handles commands over one store. Commands on the same subject queue in this process before they read."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._queues: dict[str, _Queue] = {}

    async def handle(
        self,
        subject: str,
        boundary: DCBQuery,
        decide: Callable[[Snapshot], Proposal],
        *,
        attempts_max: int = ATTEMPTS_MAX,
    ) -> Decided:
        """Read `boundary`, let the pure `decide` propose, append if nothing matching has come since.

        Whatever `decide` raises passes through with nothing stored. Raises `Contended` after `attempts_max` conflicts.
        """
        async with self._alone(subject):
            for _ in range(attempts_max):
                snapshot = await self._store.read(boundary)
                proposal = decide(snapshot)
                condition = DCBAppendCondition(boundary, after=snapshot.head) if proposal.events else None
                with spanned("append", None, SpanKind.CLIENT, {"db.system.name": "postgresql"}):
                    outcome = await self._store.append(proposal.events, condition=condition, request=proposal.request)
                if not isinstance(outcome, Conflict):
                    return Decided(outcome, snapshot)
        raise Contended

    @asynccontextmanager
    async def _alone(self, subject: str) -> AsyncIterator[None]:
        queue = self._queues.setdefault(subject, _Queue())
        queue.waiting += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.waiting -= 1
            if queue.waiting == 0:
                del self._queues[subject]


class _Queue:
    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
