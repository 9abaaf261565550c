"""Recommendations, counted per page; who recommends is known for a day, as a keyed hash of the network address."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, date, datetime

from service_kit.database import Connection

from directory.domain.recommending import A_DAY_MAX, day_after
from directory.domain.rejections import AlreadyRegistered, NotFound, TooManyRecommendations


class PostgresRecommendations:
    """See `application.ports.Recommendations`."""

    async def add(self, connection: Connection, practitioner_id: str, address: str, now: datetime) -> int:
        cursor = await connection.execute("SELECT status FROM practitioner WHERE id = %s", (practitioner_id,))
        page = await cursor.fetchone()
        if page is None:
            raise NotFound
        if page["status"] == "registered":
            raise AlreadyRegistered
        day = now.astimezone(UTC).date()
        voter = hmac.digest(await _key(connection, day), address.encode(), hashlib.sha256)
        # Two tries of one address at once: the second counts after the first.
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(voter[:8], signed=True),))
        cursor = await connection.execute(
            "SELECT count(*) AS given, coalesce(bool_or(practitioner_id = %s), false) AS again FROM recommendation"
            " WHERE day = %s AND voter = %s",
            (practitioner_id, day, voter),
        )
        row = await cursor.fetchone()
        assert row is not None  # noqa: S101 (count gives one row)
        given: int = row["given"]
        if row["again"]:
            return A_DAY_MAX - given
        if given >= A_DAY_MAX:
            raise TooManyRecommendations(day_after(now))
        await connection.execute(
            "INSERT INTO recommendation (day, voter, practitioner_id) VALUES (%s, %s, %s)",
            (day, voter, practitioner_id),
        )
        await connection.execute(
            "UPDATE practitioner SET recommended = recommended + 1 WHERE id = %s", (practitioner_id,)
        )
        return A_DAY_MAX - given - 1


async def _key(connection: Connection, day: date) -> bytes:
    """The key of the day; with those of other days, all that was hashed under them goes."""
    await connection.execute("DELETE FROM recommendation_key WHERE day < %s", (day,))
    await connection.execute(
        "INSERT INTO recommendation_key (day, key) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (day, secrets.token_bytes(32)),
    )
    cursor = await connection.execute("SELECT key FROM recommendation_key WHERE day = %s", (day,))
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 (inserted above)
    return bytes(row["key"])
