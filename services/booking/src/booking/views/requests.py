"""Which requests of patients wait for a practice's answer?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from service_kit.database import Connection, Database

from booking.application.ports import Record
from booking.domain.actors import Staff
from booking.domain.events_practice import AppointmentRequested, RequestApproved, RequestEnded

NAME = "requests"
TABLES = ("request_pending",)


async def project(connection: Connection, records: Sequence[Record]) -> None:
    """One statement for those that wait, one for those that were answered."""
    asked: dict[str, tuple[Any, ...]] = {}
    answered: list[str] = []
    for record in records:
        match event := record.event:
            case AppointmentRequested():
                visit = event.visit
                asked[event.request_id] = (
                    event.request_id, visit.stretch.agenda_id, visit.practitioner_id, visit.place_id,
                    visit.stretch.start, visit.zone, visit.motive_id, visit.mode, event.person_id, event.at,
                )  # fmt: skip
            case RequestApproved() | RequestEnded():
                answered.append(event.request_id)
            case _:
                pass
    if asked:
        await connection.execute(
            "INSERT INTO request_pending (request_id, agenda_id, practitioner_id, place_id, start_at, zone, motive_id,"
            " mode, person_id, asked_at) SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::timestamptz[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])",
            [list(column) for column in zip(*asked.values(), strict=True)],
        )
    if answered:
        await connection.execute("DELETE FROM request_pending WHERE request_id = ANY(%s)", (answered,))


async def lapsed(database: Database, at: datetime, limit: int) -> list[str]:
    """The ids of those whose time has come, the longest over first."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT request_id FROM request_pending WHERE start_at <= %s ORDER BY start_at LIMIT %s", (at, limit)
        )
        return [row["request_id"] for row in await cursor.fetchall()]


async def waiting(database: Database, staff: Staff, agenda_id: str | None, limit: int) -> list[dict[str, Any]]:
    """The longest waiting first."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT * FROM request_pending WHERE (practitioner_id = %(practitioner)s OR place_id = ANY(%(places)s))"
            " AND (%(agenda)s::text IS NULL OR agenda_id = %(agenda)s) ORDER BY asked_at, request_id LIMIT %(limit)s",
            {
                "practitioner": staff.practitioner_id, "places": sorted(staff.practices), "agenda": agenda_id,
                "limit": limit,
            },
        )  # fmt: skip
        return await cursor.fetchall()
