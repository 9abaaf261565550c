"""The first free slots of each agenda, as published last; kept right by events and by due times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from availability.views.busy_rows import Moved
from availability.views.occupation import occupations


async def refresh(connection: Connection, kept: Kept, now: datetime) -> list[PublicEvent]:
    """Compute an agenda's first free slots anew, the agenda being locked; the fact to say, if they have changed."""
    agenda = to_agenda(kept.state, version=kept.version, closed=kept.closed)
    occupation = (await occupations(connection, [agenda], now))[agenda.id]
    found = next_starts(agenda, occupation, now)
    known = (await _published(connection, [agenda.id])).get(agenda.id)
    due_at = due(agenda, found, (await busy.holds_end(connection, [agenda], now))[agenda.id], now)
    items = [[motive_id, mode, start] for (motive_id, mode), start in found.items()]
    await connection.execute(
        "INSERT INTO next_availability (agenda_id, items, due_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (agenda_id) DO UPDATE SET items = excluded.items, due_at = excluded.due_at",
        (agenda.id, Jsonb(items), due_at),
    )
    return [] if known == found else [_fact(agenda, found, now)]


async def follow(connection: Connection, moved: Mapping[str, Moved], now: datetime) -> list[PublicEvent]:
    """After time was taken or freed: recompute only where the published slots can have moved (1 time in 100)."""
    facts: list[PublicEvent] = []
    due_at: dict[str, datetime | None] = {}
    sharing = await agendas.sharing(connection, {room for one in moved.values() for room in one.rooms})
    locked = await agendas.lock_all(connection, sorted({*moved, *sharing}))
    open_ones = [(kept, to_agenda(kept.state, version=kept.version)) for kept in locked if not kept.closed]
    published = await _published(connection, [agenda.id for _, agenda in open_ones])
    ends = await busy.holds_end(connection, [agenda for _, agenda in open_ones], now)
    for kept, agenda in open_ones:
        known = published.get(agenda.id)
        felt = [one for agenda_id, one in moved.items() if agenda_id == agenda.id or agenda.rooms & one.rooms]
        if known is None or any(_moves(agenda, known, one) for one in felt):
            facts += await refresh(connection, kept, now)
        else:
            # A hold that was added or prolonged sets the earliest instant anew; the slots are as they were.
            due_at[agenda.id] = due(agenda, known, ends[agenda.id], now)
    if due_at:
        await connection.execute(
            "UPDATE next_availability AS next SET due_at = anew.due_at"
            " FROM unnest(%s::text[], %s::timestamptz[]) AS anew(agenda_id, due_at)"
            " WHERE next.agenda_id = anew.agenda_id",
            (list(due_at), list(due_at.values())),
        )
    return facts


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


def _moves(agenda: Agenda, known: Published, moved: Moved) -> bool:
    return any(moved_by_added(agenda, known, time) for time in moved.added) or any(
        moved_by_removed(agenda, known, time) for time in moved.removed
    )


async def _published(connection: Connection, agenda_ids: Sequence[str]) -> dict[str, Published]:
    """By agenda; those that have never been published are not there."""
    cursor = await connection.execute(
        "SELECT agenda_id, items FROM next_availability WHERE agenda_id = ANY(%s)", (list(agenda_ids),)
    )
    return {
        row["agenda_id"]: {(motive_id, mode): start for motive_id, mode, start in row["items"]}
        for row in await cursor.fetchall()
    }


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
