"""How many slots visitors from one network address hold, and began to hold within the hour: counted in PostgreSQL.

Whoever has no account can begin anew under another token, but not from another address as easily. All processes count
together, and no address is kept: its digest has a key, which lives in the other database.
"""

from __future__ import annotations

import hmac
import os
from datetime import datetime, timedelta

from service_kit.database import Database

from booking.application.ports import Seat

WINDOW = timedelta(hours=1)
UNSEEN = timedelta(seconds=10)
"""A hold that is younger counts as live though the view of live holds does not know it yet."""
LOCK = 0x484F4C44


class VisitorQuota:
    """`live_max` slots held at once from one address, `hourly_max` begun in any hour; 0: any number."""

    def __init__(self, database: Database, keys: Database, live_max: int, hourly_max: int) -> None:
        self._database = database
        self._keys = keys
        self._live_max = live_max
        self.hourly_max = hourly_max
        self._key: bytes | None = None

    async def take(self, network: str, hold_id: str, now: datetime) -> Seat:
        if not self._live_max and not self.hourly_max:
            return Seat(0, now, None)
        digest = hmac.digest(await self._address_key(), network.encode(), "sha256")
        async with self._database.transaction() as connection:
            # One after the other from one address, so that of many at once each sees those before it.
            await connection.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", (LOCK, int.from_bytes(digest[:4], signed=True))
            )
            cursor = await connection.execute(
                "SELECT began_at, coalesce(due.expires_at, began_at + %(unseen)s) AS live_until FROM visitor_hold"
                " LEFT JOIN hold_due due USING (hold_id) WHERE address = %(address)s AND began_at > %(since)s",
                {"unseen": UNSEEN, "address": digest, "since": now - WINDOW},
            )
            rows = await cursor.fetchall()
            begun = [row["began_at"] for row in rows]
            live = [row["live_until"] for row in rows if row["live_until"] > now]
            retry_at = _retry_at(begun, live, self._live_max, self.hourly_max)
            if retry_at is None:
                begun.append(now)
                await connection.execute(
                    "INSERT INTO visitor_hold (hold_id, address, began_at) VALUES (%s, %s, %s)", (hold_id, digest, now)
                )
        return Seat(len(begun), min(begun) + WINDOW, retry_at)

    async def give_back(self, hold_id: str) -> None:
        async with self._database.connection() as connection:
            await connection.execute("DELETE FROM visitor_hold WHERE hold_id = %s", (hold_id,))

    async def forget(self, now: datetime) -> None:
        """What nothing counts any more."""
        async with self._database.connection() as connection:
            await connection.execute("DELETE FROM visitor_hold WHERE began_at <= %s", (now - WINDOW,))

    async def _address_key(self) -> bytes:
        """Made once, by whichever process is first."""
        if self._key is None:
            async with self._keys.connection() as connection:
                await connection.execute(
                    "INSERT INTO address_key (key) VALUES (%s) ON CONFLICT DO NOTHING", (os.urandom(32),)
                )
                cursor = await connection.execute("SELECT key FROM address_key")
                row = await cursor.fetchone()
            assert row is not None  # noqa: S101 (just made, if not before)
            self._key = bytes(row["key"])
        return self._key


def _retry_at(begun: list[datetime], live: list[datetime], live_max: int, hourly_max: int) -> datetime | None:
    """When the next slot may be held from there; None: now."""
    waits = []
    if live_max and len(live) >= live_max:
        waits.append(min(live))
    if hourly_max and len(begun) >= hourly_max:
        waits.append(min(begun) + WINDOW)
    return max(waits, default=None)
