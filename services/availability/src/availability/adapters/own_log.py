"""Availability as a follower of its own log: a change is visible as soon as it is answered."""

from __future__ import annotations

from event_store import EventStore


class OwnLog:
    """Tables and log change in one transaction, so the reads reflect the log up to its head."""

    log = "availability"

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def position(self) -> int:
        return await self._store.head()
