"""The first free slots of each agenda, as published last; kept right by events and by due times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from booking_events import PublicEvent
from booking_events.availability import NextAvailabilityChanged, NextSlot
from psycopg.types.json import Jsonb
from service_kit.database import Connection

from availability.application.handle_agenda import Kept
from availability.application.rules import to_agenda
from availability.domain.agenda import Agenda
from availability.domain.next_availability import Published, due, moved_by_added, moved_by_removed
from availability.domain.slots import next_starts
from availability.domain.span import instant_of
from availability.views import agendas, busy
from availability.views.occupation import occupations


async def refresh(connection: Connection, kept: Kept, now: datetime) -> list[PublicEvent]:
    """Compute an agenda's first free slots anew, the agenda being locked; the fact to say, if they have changed."""
    agenda = to_agenda(kept.state, version=kept.version, closed=kept.closed)
    occupation = (await occupations(connection, [agenda.id], now))[agenda.id]
    found = next_starts(agenda, occupation, now)
    known = await _published(connection, agenda.id)
    due_at = due(agenda, found, await busy.holds_end(connection, agenda.id, now), now)
    items = [[motive_id, mode, start] for (motive_id, mode), start in found.items()]
    await connection.execute(
        "INSERT INTO next_availability (agenda_id, items, due_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (agenda_id) DO UPDATE SET items = excluded.items, due_at = excluded.due_at",
        (agenda.id, Jsonb(items), due_at),
    )
    return [] if known == found else [_fact(agenda, found, now)]


async def follow(connection: Connection, agenda_id: str, moved: busy.Moved, now: datetime) -> list[PublicEvent]:
    """After time was taken or freed: recompute only where the published slots can have moved (1 time in 100)."""
    kept = await agendas.lock(connection, agenda_id)
    if kept is None or kept.closed:
        return []
    agenda = to_agenda(kept.state, version=kept.version)
    known = await _published(connection, agenda_id)
    if known is None or _moves(agenda, known, moved):
        return await refresh(connection, kept, now)
    # A hold that was added or prolonged sets the earliest instant anew; the slots are as they were.
    due_at = due(agenda, known, await busy.holds_end(connection, agenda_id, now), now)
    await connection.execute("UPDATE next_availability SET due_at = %s WHERE agenda_id = %s", (due_at, agenda_id))
    return []


async def overdue(connection: Connection, now: datetime, limit: int) -> Sequence[str]:
    """The agendas whose slots may differ by now though nothing has happened, longest overdue first."""
    cursor = await connection.execute(
        "SELECT agenda_id FROM next_availability WHERE due_at < %s ORDER BY due_at LIMIT %s", (now, limit)
    )
    return [row["agenda_id"] for row in await cursor.fetchall()]


async def refresh_overdue(connection: Connection, agenda_id: str, now: datetime) -> list[PublicEvent]:
    """`refresh`, unless another process has done it since."""
    kept = await agendas.lock(connection, agenda_id)
    cursor = await connection.execute("SELECT due_at FROM next_availability WHERE agenda_id = %s", (agenda_id,))
    row = await cursor.fetchone()
    if kept is None or row is None or row["due_at"] is None or row["due_at"] >= now:
        return []
    return await refresh(connection, kept, now)


def _moves(agenda: Agenda, known: Published, moved: busy.Moved) -> bool:
    return any(moved_by_added(agenda, known, time) for time in moved.added) or any(
        moved_by_removed(agenda, known, time) for time in moved.removed
    )


async def _published(connection: Connection, agenda_id: str) -> dict[tuple[str, str], int | None] | None:
    cursor = await connection.execute("SELECT items FROM next_availability WHERE agenda_id = %s", (agenda_id,))
    row = await cursor.fetchone()
    return None if row is None else {(motive_id, mode): start for motive_id, mode, start in row["items"]}


def _fact(agenda: Agenda, found: Published, now: datetime) -> NextAvailabilityChanged:
    return NextAvailabilityChanged.model_validate(
        {
            "agenda_id": agenda.id,
            "practitioner_id": agenda.practitioner_id,
            "place_id": agenda.place_id,
            "zone": agenda.zone,
            "items": tuple(
                NextSlot.model_validate(
                    {"motive_id": motive_id, "mode": mode, "start": None if start is None else instant_of(start)}
                )
                for (motive_id, mode), start in found.items()
            ),
            "as_of": now,
        }
    )
