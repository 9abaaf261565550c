"""What the entrypoints are handed: the record, recommendations, and the slots that availability speaks of."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from service_kit.database import Connection

from directory.application.react import NextFree
from directory.domain.practitioner import Practitioner


class Record(Protocol):
    """The pages of practitioners, changed in the caller's transaction."""

    async def lock(self, connection: Connection, practitioner_id: str) -> tuple[Practitioner, int]:
        """The page and its version, held until the transaction ends. Raises `NotFound`."""
        ...

    async def save(self, connection: Connection, page: Practitioner, now: datetime) -> None:
        """The page as it is now; its version grows by one, and search follows."""
        ...


class Recommendations(Protocol):
    """Who would like whom to join, counted without keeping who said so."""

    async def add(self, connection: Connection, practitioner_id: str, address: str, now: datetime) -> int:
        """Once a day for each address and practitioner; how many more the address has that day. Raises `NotFound`,
        `AlreadyRegistered`, `TooManyRecommendations`."""
        ...


class NextSlots(Protocol):
    """The first free slots of agendas."""

    async def replace(self, connection: Connection, news: NextFree, now: datetime) -> None:
        """Keep the newest news of an agenda, and let search follow."""
        ...
