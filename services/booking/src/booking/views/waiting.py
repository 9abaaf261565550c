"""Who waits for an earlier time, and which freed times has nobody offered to them yet?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from service_kit.database import Connection, Database

from booking.application.ports import Record
from booking.domain.events import AppointmentCancelled, AppointmentMoved
from booking.domain.events_waiting import FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.facts import Stretch, Visit

NAME = "waiting"
TABLES = ("waiting_list", "freed_slot")
_VISITS = TypeAdapter(Visit)


@dataclass(frozen=True, slots=True)
class Freed:
    """A time that a cancellation or a move has freed. `cascade`: how many moves to freed times led to it."""

    freed_id: str
    visit: Visit
    cascade: int


async def project(connection: Connection, records: Sequence[Record]) -> None:
    """In the order of the log: a time is freed for who waited then. Most cancellations free it for nobody."""
    for record in records:
        match event := record.event:
            case WaitingListJoined():
                visit = event.visit
                await connection.execute(
                    "INSERT INTO waiting_list (appointment_id, agenda_id, motive_id, mode, since)"
                    " VALUES (%s, %s, %s, %s, %s)",
                    (event.appointment_id, visit.stretch.agenda_id, visit.motive_id, visit.mode, record.position),
                )
            case WaitingListLeft():
                await _leave(connection, event.appointment_id)
            case AppointmentCancelled():
                await _leave(connection, event.appointment_id)
                if event.by != "absence":
                    await _free(connection, event, event.visit.stretch, 0)
            case AppointmentMoved():
                await _leave(connection, event.appointment_id)
                await _free(connection, event, event.left, event.cascade)
            case FreedSlotClosed():
                await connection.execute("DELETE FROM freed_slot WHERE freed_id = %s", (event.freed_id,))
            case _:
                pass


async def freed(database: Database, limit: int) -> list[Freed]:
    """What is to be offered, the earliest freed first."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT freed_id, visit::text AS visit, cascade FROM freed_slot ORDER BY start_at, freed_id LIMIT %s",
            (limit,),
        )
        rows = await cursor.fetchall()
    return [Freed(row["freed_id"], _VISITS.validate_json(row["visit"]), row["cascade"]) for row in rows]


async def waiting_for(database: Database, visit: Visit, limit: int) -> list[str]:
    """The appointments that wait for an earlier time of this agenda, motive and mode, in order of joining.

    A visit that has passed does not leave the list by itself. All views move together, so its start is known.
    """
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT appointment_id FROM waiting_list line JOIN appointment USING (appointment_id)"
            " WHERE line.agenda_id = %s AND line.motive_id = %s AND line.mode = %s AND start_at > %s"
            " ORDER BY since LIMIT %s",
            (visit.stretch.agenda_id, visit.motive_id, visit.mode, visit.stretch.start, limit),
        )
        return [row["appointment_id"] for row in await cursor.fetchall()]


async def _leave(connection: Connection, appointment_id: str) -> None:
    await connection.execute("DELETE FROM waiting_list WHERE appointment_id = %s", (appointment_id,))


async def _free(
    connection: Connection, event: AppointmentCancelled | AppointmentMoved, stretch: Stretch, cascade: int
) -> None:
    """The time alone was freed for who waits: they may take another room."""
    visit = replace(event.visit, stretch=stretch.of_agenda())
    await connection.execute(
        "INSERT INTO freed_slot (freed_id, start_at, visit, cascade) SELECT %(id)s, %(start)s, %(visit)s::jsonb,"
        " %(cascade)s WHERE EXISTS (SELECT FROM waiting_list WHERE agenda_id = %(agenda)s AND motive_id = %(motive)s"
        " AND mode = %(mode)s)",
        {
            "id": f"{event.appointment_id}.{event.version}", "start": visit.stretch.start,
            "visit": _VISITS.dump_json(visit).decode(), "cascade": cascade, "agenda": visit.stretch.agenda_id,
            "motive": visit.motive_id, "mode": visit.mode,
        },
    )  # fmt: skip
