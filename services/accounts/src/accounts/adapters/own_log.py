"""This service's own log as a follower: what it answers reflects all that it has said."""

from __future__ import annotations

from event_store import EventStore


class OwnLog:
    """Lets a reader ask for `Position-At-Least: accounts=n` and be told `Position: accounts=n`."""

    def __init__(self, log: str, store: EventStore) -> None:
        self.log = log
        self._store = store

    async def position(self) -> int:
        return await self._store.head()
