"""How far a relay has come: kept in its database, seen by every process whether it leads or not, told as figures."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from service_kit.database import TRANSIENT, Database
from service_kit.figures import age, gauge

WATCH_EVERY_SECONDS = 1.0
_SEEN = """
SELECT said.position, coalesce((SELECT max(position) FROM ledger.events), 0) AS head,
  (SELECT extract(epoch FROM recorded_at)::float FROM ledger.events WHERE position > said.position
   ORDER BY position LIMIT 1) AS oldest_at
FROM (SELECT greatest(%(said)s, (SELECT position FROM relay_checkpoint WHERE relay = %(relay)s), 0) AS position) AS said
"""


@dataclass
class Progress:
    """All up to `position` has been said, by this process while it is `leading`, else by another.

    `head` is the last position of the log, `oldest_at` the time (seconds since the epoch) when the first event that
    is not said yet was recorded, as seen within the last second. `ahead`: Kafka holds more than the store.
    """

    position: int = 0
    leading: bool = False
    ahead: bool = False
    head: int = 0
    oldest_at: float | None = None


class Checkpoint:
    """A lower bound of what the relay of a service has said; Kafka itself makes it exact at a start."""

    def __init__(self, database: Database, relay: str, progress: Progress) -> None:
        self._database = database
        self._relay = relay
        self._progress = progress
        _observe(progress, relay)

    async def read(self) -> int:
        async with self._database.connection() as connection:
            cursor = await connection.execute("SELECT position FROM relay_checkpoint WHERE relay = %s", (self._relay,))
            row = await cursor.fetchone()
        return 0 if row is None else int(row["position"])

    async def keep(self, position: int) -> None:
        """Not while the database is busy: it may be late, and a relay that speaks must not end for it."""
        with suppress(*TRANSIENT):
            await self._keep(position)

    async def _keep(self, position: int) -> None:
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO relay_checkpoint (relay, position) VALUES (%s, %s) "
                "ON CONFLICT (relay) DO UPDATE SET position = excluded.position",
                (self._relay, position),
            )

    async def watch(self) -> None:
        """See how far the log is ahead of what was said, whoever leads, and also while nobody can. Until cancelled."""
        while True:
            with suppress(*TRANSIENT):
                await self._see()
            await asyncio.sleep(WATCH_EVERY_SECONDS)

    async def _see(self) -> None:
        async with self._database.connection() as connection:
            cursor = await connection.execute(_SEEN, {"relay": self._relay, "said": self._progress.position})
            row = await cursor.fetchone()
        if row is not None:
            self._progress.head, self._progress.oldest_at = row["head"], row["oldest_at"]
            if not self._progress.leading:
                self._progress.position = row["position"]


def _observe(progress: Progress, service: str) -> None:
    relay = {"relay": service}
    for name, unit, description, see in (
        ("position", "{event}", "all up to here is in Kafka", lambda: progress.position),
        ("head", "{event}", "the last position of the log", lambda: progress.head),
        ("behind", "{event}", "events that are not said yet", lambda: max(0, progress.head - progress.position)),
        ("oldest_age", "s", "since the first event that is not said yet was recorded", lambda: age(progress.oldest_at)),
        ("leading", "1", "1 in the process that leads", lambda: int(progress.leading)),
        ("kafka_ahead", "1", "1 while Kafka holds more than the store: nothing is said", lambda: int(progress.ahead)),
    ):
        gauge(f"relay.{name}", unit, description, lambda see=see: [(see(), relay)])  # type: ignore[misc]
