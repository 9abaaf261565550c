"""The counters of tries in PostgreSQL, shared by all processes; a counter is locked while it is counted and judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service_kit.database import Connection, Database

from accounts.adapters.secrets import Secrets
from accounts.domain.limits import Counter, Limit, Standing, count_try, retry_at

Subject = tuple[Limit, str]


class Limits:
    """`take` before the try, `give_back` after one that turned out right."""

    def __init__(self, database: Database, secrets: Secrets) -> None:
        self._database = database
        self._secrets = secrets

    async def take(self, subjects: Sequence[Subject], now: datetime) -> list[Standing]:
        """Count one try of each, and say where each stands with it."""
        async with self._database.transaction() as connection:
            return await self._count_all(connection, subjects, now)

    async def within(self, connection: Connection, subjects: Sequence[Subject], now: datetime) -> bool:
        """Count one try of each in the caller's transaction, and say whether all are within their limits."""
        standings = await self._count_all(connection, subjects, now)
        return not any(retry_at(each.limit, each.counter) for each in standings)

    async def give_back(self, connection: Connection, subjects: Sequence[Subject]) -> None:
        """Take one try back."""
        for limit, name in _ordered(subjects):
            await connection.execute(
                "UPDATE try_counter SET count = greatest(count - 1, 0) WHERE subject = %s",
                (self._secrets.subject_hash(limit.name, name),),
            )

    async def forget(self, connection: Connection, limit: Limit, name: str) -> None:
        """Begin anew: the subject has shown who it is."""
        await connection.execute(
            "DELETE FROM try_counter WHERE subject = %s", (self._secrets.subject_hash(limit.name, name),)
        )

    async def _count_all(self, connection: Connection, subjects: Sequence[Subject], now: datetime) -> list[Standing]:
        return [await self._count(connection, limit, name, now) for limit, name in _ordered(subjects)]

    async def _count(self, connection: Connection, limit: Limit, name: str, now: datetime) -> Standing:
        subject = self._secrets.subject_hash(limit.name, name)
        fresh = count_try(limit, None, now)
        # The row is made or locked first, so that of two tries at once the second counts after the first.
        await connection.execute(
            "INSERT INTO try_counter (subject, since, count, drop_at) VALUES (%s, %s, 0, %s) ON CONFLICT DO NOTHING",
            (subject, fresh.since, fresh.since + limit.window),
        )
        cursor = await connection.execute(
            "SELECT since, count FROM try_counter WHERE subject = %s FOR UPDATE", (subject,)
        )
        row = await cursor.fetchone()
        counter = count_try(limit, None if row is None else Counter(row["since"], row["count"]), now)
        await connection.execute(
            "UPDATE try_counter SET since = %s, count = %s, drop_at = %s WHERE subject = %s",
            (counter.since, counter.count, counter.since + limit.window, subject),
        )
        return Standing(limit, counter)


def _ordered(subjects: Sequence[Subject]) -> list[Subject]:
    """Always in one order, so that two takers of the same rows never wait for each other."""
    return sorted(subjects, key=lambda subject: subject[0].name)
