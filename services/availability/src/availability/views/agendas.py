"""Which agendas there are, with their rules and absences as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

from booking_events.availability import AgendaState
from psycopg.types.json import Jsonb
from service_kit.database import Connection

from availability.application.handle_agenda import Absence, Kept

_COLUMNS = "SELECT id, version, closed, rules FROM agendas "


async def load(connection: Connection, agenda_id: str) -> Kept | None:
    """The agenda as it is now."""
    found = await load_all(connection, [agenda_id])
    return found.get(agenda_id)


async def load_all(connection: Connection, agenda_ids: Sequence[str]) -> dict[str, Kept]:
    """Those of `agenda_ids` that there are, by id."""
    cursor = await connection.execute(_COLUMNS + "WHERE id = ANY(%s)", (list(agenda_ids),))
    return {row["id"]: _kept(row) for row in await cursor.fetchall()}


async def lock(connection: Connection, agenda_id: str) -> Kept | None:
    """The agenda, kept from changing until the transaction ends."""
    cursor = await connection.execute(_COLUMNS + "WHERE id = %s FOR UPDATE", (agenda_id,))
    row = await cursor.fetchone()
    return None if row is None else _kept(row)


async def lock_all(connection: Connection, agenda_ids: Sequence[str]) -> list[Kept]:
    """Those of `agenda_ids` that there are, by id, kept from changing until the transaction ends."""
    cursor = await connection.execute(_COLUMNS + "WHERE id = ANY(%s) ORDER BY id FOR UPDATE", (list(agenda_ids),))
    return [_kept(row) for row in await cursor.fetchall()]


async def sharing(connection: Connection, room_ids: AbstractSet[str]) -> list[str]:
    """The open agendas whose motives may take one of these rooms."""
    if not room_ids:
        return []
    motives = [Jsonb([{"rooms": [room_id]}]) for room_id in sorted(room_ids)]
    cursor = await connection.execute(
        "SELECT id FROM agendas WHERE NOT closed AND rules -> 'motives' @> ANY(%s::jsonb[])"
        " AND place_id IN (SELECT place_id FROM rooms WHERE id = ANY(%s))",
        (motives, sorted(room_ids)),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def lock_of_practitioner(connection: Connection, practitioner_id: str) -> list[Kept]:
    """A practitioner's open agendas, kept from changing until the transaction ends."""
    cursor = await connection.execute(
        _COLUMNS + "WHERE practitioner_id = %s AND NOT closed ORDER BY id FOR UPDATE", (practitioner_id,)
    )
    return [_kept(row) for row in await cursor.fetchall()]


async def of_practitioner(connection: Connection, practitioner_id: str, after: str, limit: int) -> list[Kept]:
    """A practitioner's open agendas by id, those that come after the id `after`."""
    cursor = await connection.execute(
        _COLUMNS + "WHERE practitioner_id = %s AND NOT closed AND id > %s ORDER BY id LIMIT %s",
        (practitioner_id, after, limit),
    )
    return [_kept(row) for row in await cursor.fetchall()]


async def absences(connection: Connection, agenda_ids: Sequence[str], after: datetime) -> dict[str, list[Absence]]:
    """The absences that end after an instant, in order, by agenda."""
    cursor = await connection.execute(
        "SELECT id, agenda_id, starts_at, ends_at, cancels_appointments FROM absences"
        " WHERE agenda_id = ANY(%s) AND ends_at > %s ORDER BY starts_at, id",
        (list(agenda_ids), after),
    )
    found: dict[str, list[Absence]] = {agenda_id: [] for agenda_id in agenda_ids}
    for row in await cursor.fetchall():
        absence = Absence(row["id"], row["starts_at"], row["ends_at"], row["cancels_appointments"])
        found[row["agenda_id"]].append(absence)
    return found


async def absence(connection: Connection, agenda_id: str, absence_id: str) -> Absence | None:
    """One absence of this agenda."""
    cursor = await connection.execute(
        "SELECT id, starts_at, ends_at, cancels_appointments FROM absences WHERE agenda_id = %s AND id = %s",
        (agenda_id, absence_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    return Absence(row["id"], row["starts_at"], row["ends_at"], row["cancels_appointments"])


def _kept(row: dict[str, Any]) -> Kept:
    return Kept(AgendaState.model_validate(row["rules"]), row["version"], row["closed"])
