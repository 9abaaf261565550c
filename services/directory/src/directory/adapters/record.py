"""The pages of practitioners for the entrypoints: locked, changed and searched in one transaction."""

from __future__ import annotations

from datetime import datetime

from service_kit.database import Connection

from directory.adapters import practitioners
from directory.domain.practitioner import Practitioner
from directory.domain.rejections import NotFound


class PostgresRecord:
    """See `application.ports.Record`."""

    async def lock(self, connection: Connection, practitioner_id: str) -> tuple[Practitioner, int]:
        found = (await practitioners.find(connection, [practitioner_id], for_update=True)).get(practitioner_id)
        if found is None:
            raise NotFound
        return found.practitioner, found.version

    async def save(self, connection: Connection, page: Practitioner, now: datetime) -> None:
        stored = (await practitioners.find(connection, [page.id]))[page.id]
        await practitioners.save(connection, [page], {page.id: stored.source_hash}, now)
