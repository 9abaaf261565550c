"""Which absences have appointments that something is still to be done with, and which are those?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from service_kit.database import Connection, Database

from booking.application.ports import Record
from booking.domain.events_absences import (
    AbsenceEnded,
    AbsenceNoted,
    AbsencePlanned,
    AbsenceSettled,
    Keep,
    Plan,
)

NAME = "absences"
TABLES = ("absence_due",)
_PLANS: TypeAdapter[Plan] = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True)
class Due:
    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Plan


async def project(connection: Connection, records: Sequence[Record]) -> None:
    """Only what each absence came to counts."""
    came_to: dict[str, tuple[Any, ...] | None] = {}
    for record in records:
        match event := record.event:
            case AbsenceNoted() | AbsencePlanned():
                plan = _PLANS.dump_json(event.plan).decode()
                row = event.absence_id, event.agenda_id, event.start, event.end, plan
                came_to[event.absence_id] = None if isinstance(event.plan, Keep) else row
            case AbsenceEnded() | AbsenceSettled():
                came_to[event.absence_id] = None
            case _:
                pass
    if not came_to:
        return
    await connection.execute("DELETE FROM absence_due WHERE absence_id = ANY(%s)", (list(came_to),))
    if due := [row for row in came_to.values() if row is not None]:
        await connection.execute(
            "INSERT INTO absence_due (absence_id, agenda_id, start_at, end_at, plan)"
            " SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::jsonb[])",
            [list(column) for column in zip(*due, strict=True)],
        )


async def due(database: Database, limit: int) -> list[Due]:
    """Those that are left to settle, the earliest first."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT *, plan::text AS plan_text FROM absence_due ORDER BY start_at, absence_id LIMIT %s", (limit,)
        )
        rows = await cursor.fetchall()
    return [
        Due(row["absence_id"], row["agenda_id"], row["start_at"], row["end_at"], _PLANS.validate_json(row["plan_text"]))
        for row in rows
    ]


async def booked_in(
    database: Database, absence: Due, after: tuple[datetime, str] | None, limit: int
) -> list[tuple[datetime, str]]:
    """Start and id of appointments that fall into an absence, in this order, those that come `after` one.

    They are at least as new as the absence: all views move together.
    """
    start, id_ = after or (datetime.min.replace(tzinfo=absence.start.tzinfo), "")
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT start_at, appointment_id FROM appointment WHERE agenda_id = %s AND state = 'confirmed'"
            " AND end_at > %s AND start_at < %s AND (start_at, appointment_id) > (%s, %s)"
            " ORDER BY start_at, appointment_id LIMIT %s",
            (absence.agenda_id, absence.start, absence.end, start, id_, limit),
        )
        return [(row["start_at"], row["appointment_id"]) for row in await cursor.fetchall()]
