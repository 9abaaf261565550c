"""The directory's own log, so that a reader who has seen a fact of it may ask for what goes with it."""

from __future__ import annotations

from event_store import EventStore


class OwnLog:
    """The tables change in the transactions that append, so the head is always reflected."""

    log = "directory"

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def position(self) -> int:
        """The head."""
        return await self._store.head()
