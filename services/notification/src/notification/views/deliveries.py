"""What was or will be sent about an appointment: the rows as they are, with whose appointment it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from service_kit.database import Database

from notification.domain.planning import Channel, Kind

State = Literal["planned", "sending", "sent", "failed", "unknown", "dropped"]

_OWNER = "SELECT appointment_id, practitioner_id, place_id, zone FROM appointments WHERE appointment_id = %s"

_PAGE = """
SELECT message_id, version, kind, channel, state, reason, due_at, try_at, settled_at, attempts, joined_to
FROM messages AS m
WHERE appointment_id = %(appointment_id)s
  AND (%(after)s::text IS NULL OR (m.due_at, m.message_id) >
       (SELECT a.due_at, a.message_id FROM messages AS a
        WHERE a.message_id = %(after)s AND a.appointment_id = %(appointment_id)s))
ORDER BY due_at, message_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message as it stands."""

    message_id: str
    version: int
    kind: Kind
    channel: Channel
    state: State
    reason: str | None
    due_at: datetime
    try_at: datetime
    settled_at: datetime | None
    attempts: int
    joined_to: str | None


@dataclass(frozen=True, slots=True)
class Owned:
    """The messages of an appointment, and whose agenda it stands on."""

    appointment_id: str
    practitioner_id: str
    place_id: str | None
    zone: ZoneInfo
    deliveries: Sequence[Delivery]


class DeliveriesView:
    """Asks the tables themselves: there is nothing to project."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, appointment_id: str, after: str | None, limit: int) -> Owned | None:
        """At most `limit` messages after the one named `after`; None for an appointment never heard of."""
        async with self._database.transaction() as connection:
            cursor = await connection.execute(_OWNER, (appointment_id,))
            owner = await cursor.fetchone()
            if owner is None:
                return None
            facts = {"appointment_id": appointment_id, "after": after, "limit": limit}
            cursor = await connection.execute(_PAGE, facts)
            found = [Delivery(**row) for row in await cursor.fetchall()]
        return Owned(
            owner["appointment_id"], owner["practitioner_id"], owner["place_id"], ZoneInfo(owner["zone"]), found
        )
