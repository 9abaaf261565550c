"""Which time of an agenda is taken: holds and appointments as booking has said them, at any instant."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from service_kit.database import Connection

from availability.application.react import Kind
from availability.domain.agenda import Agenda, Stretch
from availability.domain.explanation import Taker
from availability.domain.limits import WEEK_MINUTES
from availability.domain.revision import Visit
from availability.domain.span import minute_of

_What = Literal["agenda_id", "room_id"]
_BUFFER_MINUTES_MAX = 24 * 60
"""How long what is over may still keep a visit away that has a buffer before it."""


@dataclass(frozen=True)
class OwnHold:
    """A live hold of the asker."""

    agenda_id: str
    motive_id: str
    mode: str
    start_minute: int


async def taken(
    connection: Connection, agenda_ids: Sequence[str], now: datetime, but_held_by: str | None = None
) -> dict[str, list[Stretch]]:
    """The time taken from now on, by agenda. An expired hold binds nobody; holds of `but_held_by` do not bind them."""
    return await _taken(connection, "agenda_id", agenda_ids, now, but_held_by)


async def taken_rooms(
    connection: Connection, room_ids: Sequence[str], now: datetime, but_held_by: str | None = None
) -> dict[str, list[Stretch]]:
    """The same by room, whichever agendas the visits are of."""
    return await _taken(connection, "room_id", room_ids, now, but_held_by) if room_ids else {}


async def _taken(
    connection: Connection, what: _What, ids: Sequence[str], now: datetime, but_held_by: str | None
) -> dict[str, list[Stretch]]:
    """Two columns of 4-byte numbers for each: ten times less work than rows, for the server and here."""
    # Only the names of columns are put together; every value travels as a parameter.
    statement = (
        f"SELECT {what} AS id, string_agg(int4send(first_minute), '') AS firsts,"  # noqa: S608
        " string_agg(int4send(end_minute), '') AS ends FROM busy"
        f" WHERE {what} = ANY(%s) AND until IS NULL AND end_minute > %s AND (expires_at IS NULL OR expires_at > %s)"
        f" AND (held_by IS NULL OR held_by <> %s) GROUP BY {what}"
    ).encode()
    values = list(ids), minute_of(now) - _BUFFER_MINUTES_MAX, now, but_held_by or ""
    found: dict[str, list[Stretch]] = {id_: [] for id_ in ids}
    for row in await (await connection.execute(statement, values)).fetchall():
        found[row["id"]] = [Stretch(*ends) for ends in zip(_ints(row["firsts"]), _ints(row["ends"]), strict=True)]
    return found


async def starts_to_count(
    connection: Connection, limited: Mapping[str, Sequence[str]], now: datetime, but_held_by: str | None = None
) -> dict[str, dict[str, list[int]]]:
    """When the visits and live holds of motives with limits begin, from the start of this week on at the latest.

    `limited`: the ids of these motives by agenda. Found by agenda and motive; most agendas have none.
    """
    pairs = [(agenda_id, motive_id) for agenda_id, motives in limited.items() for motive_id in motives]
    found: dict[str, dict[str, list[int]]] = {}
    if not pairs:
        return found
    cursor = await connection.execute(
        "SELECT agenda_id, motive_id, start_minute FROM busy"
        " JOIN unnest(%s::text[], %s::text[]) AS limited(agenda_id, motive_id) USING (agenda_id, motive_id)"
        " WHERE until IS NULL AND end_minute > %s AND (expires_at IS NULL OR expires_at > %s)"
        " AND (held_by IS NULL OR held_by <> %s)",
        (*map(list, zip(*pairs, strict=True)), minute_of(now) - WEEK_MINUTES, now, but_held_by or ""),
    )
    for row in await cursor.fetchall():
        found.setdefault(row["agenda_id"], {}).setdefault(row["motive_id"], []).append(row["start_minute"])
    return found


async def holds_end(connection: Connection, agendas: Sequence[Agenda], now: datetime) -> dict[str, list[datetime]]:
    """When the live holds expire that take time from an agenda, or one of its rooms; by agenda."""
    own = await _holds_end(connection, "agenda_id", {agenda.id for agenda in agendas}, now)
    shared = await _holds_end(connection, "room_id", {room for agenda in agendas for room in agenda.rooms}, now)
    return {
        agenda.id: own[agenda.id] + [end for room in sorted(agenda.rooms) for end in shared[room]] for agenda in agendas
    }


async def _holds_end(
    connection: Connection, what: _What, ids: AbstractSet[str], now: datetime
) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {id_: [] for id_ in ids}
    if not ids:
        return found
    statement = (
        f"SELECT {what} AS id, expires_at FROM busy"  # noqa: S608 (a column's name)
        f" WHERE {what} = ANY(%s) AND until IS NULL AND end_minute > %s AND expires_at > %s"
    ).encode()
    for row in await (await connection.execute(statement, (sorted(ids), minute_of(now), now))).fetchall():
        found[row["id"]].append(row["expires_at"])
    return found


async def held_by(connection: Connection, agenda_ids: Sequence[str], holder: str, now: datetime) -> list[OwnHold]:
    """The live holds of one account or visitor."""
    cursor = await connection.execute(
        "SELECT agenda_id, motive_id, mode, start_minute FROM busy WHERE agenda_id = ANY(%s) AND until IS NULL"
        " AND end_minute > %s AND held_by = %s AND expires_at > %s",
        (list(agenda_ids), minute_of(now), holder, now),
    )
    return [
        OwnHold(row["agenda_id"], row["motive_id"], row["mode"], row["start_minute"]) for row in await cursor.fetchall()
    ]


async def visits(connection: Connection, agenda_id: str, now: datetime) -> list[Visit]:
    """The appointments to come, in order."""
    cursor = await connection.execute(
        "SELECT id, motive_id, mode, start_minute, stop_minute FROM busy WHERE agenda_id = %s AND until IS NULL"
        " AND end_minute > %s AND kind = 'appointment' AND start_minute >= %s ORDER BY start_minute, id",
        (agenda_id, minute_of(now), minute_of(now)),
    )
    return [
        Visit(row["id"], row["motive_id"], row["mode"], Stretch(row["start_minute"], row["stop_minute"]))
        for row in await cursor.fetchall()
    ]


async def takers_at(connection: Connection, agenda: Agenda, around: Stretch, as_of: datetime) -> list[Taker]:
    """The holds and appointments that bound the time `around` at an instant, with booking's positions.

    Those of the agenda, and of others in its rooms.
    """
    cursor = await connection.execute(
        "SELECT kind, agenda_id, first_minute, end_minute, source_position, room_id, motive_id, start_minute FROM busy"
        " WHERE (agenda_id = %s OR room_id = ANY(%s)) AND first_minute < %s"
        " AND end_minute > %s AND since <= %s AND (until IS NULL OR until > %s)"
        " AND (expires_at IS NULL OR expires_at > %s) ORDER BY source_position",
        (agenda.id, sorted(agenda.rooms), around.end, around.start, as_of, as_of, as_of),
    )
    return [_taker(row["kind"], row, agenda.id) for row in await cursor.fetchall()]


def _taker(kind: Kind, row: dict[str, Any], agenda_id: str) -> Taker:
    time, elsewhere = Stretch(row["first_minute"], row["end_minute"]), row["agenda_id"] != agenda_id
    return Taker(kind, time, row["source_position"], row["room_id"], elsewhere, row["motive_id"], row["start_minute"])


def _ints(big_endian: bytes) -> array[int]:
    numbers = array("i", big_endian)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
