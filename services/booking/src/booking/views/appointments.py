"""Which appointments does a caller see, by person, agenda, time and state?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service_kit.database import Connection, Database

from booking.application.ports import Record
from booking.domain.actors import Actor, Auditor, Patient
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, AppointmentMoved
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    BookedByStaff,
)
from booking.domain.states import State

NAME = "appointments"
TABLES = ("appointment",)
_COLUMNS = {
    "appointment_id": "text", "agenda_id": "text", "practitioner_id": "text", "place_id": "text",
    "start_at": "timestamptz", "end_at": "timestamptz", "zone": "text", "motive_id": "text", "mode": "text",
    "person_id": "text", "account_id": "text", "version": "int", "room_id": "text",
}  # fmt: skip
# Only the names above are put together here; every value travels as a parameter.
_ADD = (
    f"INSERT INTO appointment ({', '.join(_COLUMNS)}, state) SELECT *, 'confirmed'"  # noqa: S608
    f" FROM unnest({', '.join(f'%s::{kind}[]' for kind in _COLUMNS.values())})"
).encode()


async def project(connection: Connection, records: Sequence[Record]) -> None:
    """One statement each for what was confirmed, where it moved to, and what became of it: the newest word counts."""
    added: list[tuple[Any, ...]] = []
    moved: dict[str, tuple[Any, ...]] = {}
    became: dict[str, tuple[State, bool, int]] = {}
    for record in records:
        match event := record.event:
            case (
                AppointmentConfirmed()
                | AppointmentBookedByPractice()
                | AppointmentBookedOverRules()
                | AppointmentImported()
            ):
                added.append(_row(event))
            case AppointmentMoved():
                stretch = event.visit.stretch
                moved[event.appointment_id] = (
                    event.appointment_id, stretch.start, stretch.end, event.visit.mode, event.version, stretch.room_id,
                )  # fmt: skip
            case AppointmentCancelled():
                became[event.appointment_id] = "cancelled", False, event.version
            case AppointmentHonoured():
                became[event.appointment_id] = "honoured", False, event.version
            case AppointmentMissed():
                became[event.appointment_id] = "missed", event.excused, event.version
            case _:
                pass
    if added:
        await connection.execute(_ADD, [list(column) for column in zip(*added, strict=True)])
    if moved:
        await connection.execute(
            "UPDATE appointment SET start_at = moved.start, end_at = moved.until, mode = moved.mode,"
            " version = moved.version, room_id = moved.room FROM unnest(%s::text[], %s::timestamptz[],"
            " %s::timestamptz[], %s::text[], %s::int[], %s::text[]) AS moved(id, start, until, mode, version, room)"
            " WHERE appointment_id = moved.id",
            [list(column) for column in zip(*moved.values(), strict=True)],
        )
    if became:
        states, excused, versions = zip(*became.values(), strict=True)
        await connection.execute(
            "UPDATE appointment SET state = now.state, excused = now.excused, version = now.version"
            " FROM unnest(%s::text[], %s::text[], %s::boolean[], %s::int[]) AS now(id, state, excused, version)"
            " WHERE appointment_id = now.id",
            (list(became), list(states), list(excused), list(versions)),
        )


def _row(event: AppointmentConfirmed | BookedByStaff) -> tuple[Any, ...]:
    visit, stretch = event.visit, event.visit.stretch
    return (
        event.appointment_id, stretch.agenda_id, visit.practitioner_id, visit.place_id, stretch.start, stretch.end,
        visit.zone, visit.motive_id, visit.mode, event.person_id, event.account_id, event.version,
        stretch.room_id,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list; None does not narrow. `start_from` is included, `start_until` is not."""

    person_id: str | None = None
    agenda_id: str | None = None
    start_from: datetime | None = None
    start_until: datetime | None = None
    state: str | None = None
    place_id: str | None = None
    practitioner_id: str | None = None


async def listed(
    database: Database, actors: Sequence[Actor], wanted: Wanted, limit: int, after: tuple[datetime, str] | None
) -> tuple[list[dict[str, Any]], bool]:
    """A page in order of start and id, those that come `after` one, and whether there are more."""
    conditions = ["TRUE"]
    values: dict[str, Any] = {"limit": limit + 1}
    for column in ("person_id", "agenda_id", "place_id", "practitioner_id", "state"):
        value = getattr(wanted, column)
        if value is not None:
            conditions.append(f"{column} = %({column})s")
            values[column] = value
    if wanted.start_from is not None:
        conditions.append("start_at >= %(start_from)s")
        values["start_from"] = wanted.start_from
    if wanted.start_until is not None:
        conditions.append("start_at < %(start_until)s")
        values["start_until"] = wanted.start_until
    if after is not None:
        conditions.append("(start_at, appointment_id) > (%(after_start)s, %(after_id)s)")
        values["after_start"], values["after_id"] = after
    conditions.append(_theirs(actors, values))
    # Only column names and placeholders are put together here; every value travels as a parameter.
    statement = (
        f"SELECT * FROM appointment WHERE {' AND '.join(conditions)}"  # noqa: S608
        " ORDER BY start_at, appointment_id LIMIT %(limit)s"
    )
    async with database.connection() as connection:
        cursor = await connection.execute(statement.encode(), values)
        rows = await cursor.fetchall()
    return rows[:limit], len(rows) > limit


def _theirs(actors: Sequence[Actor], values: dict[str, Any]) -> str:
    allowed = ["FALSE"]
    for number, actor in enumerate(actors):
        if isinstance(actor, Auditor):
            return "TRUE"
        if isinstance(actor, Patient):
            allowed.append(f"account_id = %(account{number})s OR person_id = ANY(%(people{number})s)")
            values |= {f"account{number}": actor.account_id, f"people{number}": sorted(actor.people)}
        else:
            allowed.append(f"practitioner_id = %(practitioner{number})s OR place_id = ANY(%(places{number})s)")
            values |= {f"practitioner{number}": actor.practitioner_id, f"places{number}": sorted(actor.practices)}
    return f"({' OR '.join(allowed)})"
