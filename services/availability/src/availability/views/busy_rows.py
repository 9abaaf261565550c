"""How the rows of `busy` come to say what booking has said: many facts in two statements, none overwritten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from service_kit.database import Connection

from availability.application.react import Binding, Effect, Key
from availability.domain.agenda import Stretch

_COLUMNS = {
    "kind": "text", "id": "text", "source_position": "bigint", "agenda_id": "text", "first_minute": "int",
    "end_minute": "int", "start_minute": "int", "stop_minute": "int", "motive_id": "text", "mode": "text",
    "held_by": "text", "expires_at": "timestamptz", "room_id": "text", "since": "timestamptz", "until": "timestamptz",
}  # fmt: skip
# Only the names above are put together here; every value travels as a parameter.
_BEGIN = (
    f"INSERT INTO busy ({', '.join(_COLUMNS)})"  # noqa: S608
    f" SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in _COLUMNS.values())})"
).encode()
_END = """
UPDATE busy SET until = ended.at FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS ended(kind, id, at)
WHERE busy.kind = ended.kind AND busy.id = ended.id AND busy.until IS NULL
RETURNING busy.kind, busy.id, first_minute, end_minute, start_minute, stop_minute, motive_id, mode,
 room_id
"""


@dataclass(frozen=True)
class Happened:
    """An effect with its instant and its position in booking's log."""

    effect: Effect
    at: datetime
    position: int


@dataclass
class Moved:
    """The times that were taken and freed on one agenda, and the rooms in which any of it was."""

    added: list[Stretch] = field(default_factory=list)
    removed: list[Stretch] = field(default_factory=list)
    rooms: set[str] = field(default_factory=set)

    def note(self, times: list[Stretch], binding: Binding) -> None:
        """`times`: which of the two."""
        times.append(binding.time)
        if binding.room_id is not None:
            self.rooms.add(binding.room_id)


@dataclass
class _Row:
    """One that begins, and may end in the same batch."""

    agenda_id: str
    binding: Binding
    position: int
    since: datetime
    until: datetime | None = None


async def apply(connection: Connection, happened: Sequence[Happened]) -> dict[str, Moved]:
    """Make the rows say what has happened, in that order; what it moved, by agenda."""
    live = await _end(connection, happened)
    begun: list[_Row] = []
    begins: dict[Key, list[_Row]] = defaultdict(list)
    moved: dict[str, Moved] = defaultdict(Moved)

    def end(key: Key, one: Happened) -> list[Binding]:
        ended = live.pop(key, [])
        for row in begins.pop(key, []):
            row.until = one.at
            ended.append(row.binding)
        on_agenda = moved[one.effect.agenda_id]
        for binding in ended:
            on_agenda.note(on_agenda.removed, binding)
        return ended

    def begin(binding: Binding, one: Happened) -> None:
        row = _Row(one.effect.agenda_id, binding, one.position, one.at)
        begun.append(row)
        begins[binding.key].append(row)
        on_agenda = moved[one.effect.agenda_id]
        on_agenda.note(on_agenda.added, binding)

    for one in happened:
        for key in one.effect.ends:
            end(key, one)
        prolonged = one.effect.prolonged
        if prolonged is not None:
            for was in end(prolonged.hold, one):
                begin(replace(was, held_by=prolonged.held_by, expires_at=prolonged.expires_at), one)
        if one.effect.begins is not None:
            begin(one.effect.begins, one)
    await _begin(connection, begun)
    return moved


async def _end(connection: Connection, happened: Iterable[Happened]) -> dict[Key, list[Binding]]:
    """End the rows that are there, each with the first fact that ends it; what they bound, by key."""
    ends: dict[Key, datetime] = {}
    for one in happened:
        prolonged = one.effect.prolonged
        for key in (*one.effect.ends, *(() if prolonged is None else (prolonged.hold,))):
            ends.setdefault(key, one.at)
    if not ends:
        return {}
    columns = [key.kind for key in ends], [key.id for key in ends], list(ends.values())
    cursor = await connection.execute(_END, columns)
    found: dict[Key, list[Binding]] = defaultdict(list)
    for row in await cursor.fetchall():
        key = Key(row["kind"], row["id"])
        found[key].append(_bound(key, row))
    return found


async def _begin(connection: Connection, rows: Sequence[_Row]) -> None:
    if not rows:
        return
    values = [
        (
            row.binding.key.kind, row.binding.key.id, row.position, row.agenda_id, row.binding.time.start,
            row.binding.time.end, row.binding.visit.start, row.binding.visit.end, row.binding.motive_id,
            row.binding.mode, row.binding.held_by, row.binding.expires_at, row.binding.room_id, row.since, row.until,
        )
        for row in rows
    ]  # fmt: skip
    await connection.execute(_BEGIN, [list(column) for column in zip(*values, strict=True)])


def _bound(key: Key, row: dict[str, Any]) -> Binding:
    time, visit = Stretch(row["first_minute"], row["end_minute"]), Stretch(row["start_minute"], row["stop_minute"])
    return Binding(key, time, visit, row["motive_id"], row["mode"], room_id=row["room_id"])
