"""Which holds has the clock ended, without anybody having recorded it?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from service_kit.database import Connection, Database

from booking.application.ports import Record
from booking.domain.events import AppointmentConfirmed, HoldClaimed, HoldExpired, HoldExtended, HoldReleased, SlotHeld

NAME = "holds_due"
TABLES = ("hold_due",)


async def project(connection: Connection, records: Sequence[Record]) -> None:
    """One statement for the holds that live on, one for those that ended: only what each came to counts."""
    ends: dict[str, datetime | None] = {}
    for record in records:
        match record.event:
            case SlotHeld() | HoldExtended() | HoldClaimed() as event:
                ends[event.hold_id] = event.expires_at
            case HoldReleased() | HoldExpired() | AppointmentConfirmed() as event:
                ends[event.hold_id] = None
            case _:
                pass
    live = {hold_id: at for hold_id, at in ends.items() if at is not None}
    if live:
        await connection.execute(
            "INSERT INTO hold_due (hold_id, expires_at) SELECT * FROM unnest(%s::text[], %s::timestamptz[])"
            " ON CONFLICT (hold_id) DO UPDATE SET expires_at = excluded.expires_at",
            (list(live), list(live.values())),
        )
    if ended := [hold_id for hold_id, at in ends.items() if at is None]:
        await connection.execute("DELETE FROM hold_due WHERE hold_id = ANY(%s)", (ended,))


async def due(database: Database, at: datetime, limit: int) -> list[str]:
    """The ids of holds that ended before `at`, the longest ended first."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT hold_id FROM hold_due WHERE expires_at <= %s ORDER BY expires_at LIMIT %s", (at, limit)
        )
        return [row["hold_id"] for row in await cursor.fetchall()]
