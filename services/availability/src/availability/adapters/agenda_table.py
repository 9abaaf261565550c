"""Writing what availability owns: an agenda's rules and version, its absences; the rooms of a place."""

from __future__ import annotations

from booking_events.availability import AbsenceDeclared, AbsenceLifted, AgendaClosed, AgendaState
from psycopg.types.json import Jsonb
from service_kit.database import Connection

from availability.application.handle_agenda import Room

_RULES = set(AgendaState.model_fields) - {"affected_from", "affected_until"}


class AgendaTable:
    """Keeps the present state of agendas; what they were stands in the log."""

    async def keep(self, connection: Connection, state: AgendaState) -> None:
        """A new agenda, or new rules for one."""
        rules = Jsonb(state.model_dump(mode="json", include=_RULES))
        await connection.execute(
            "INSERT INTO agendas (id, practitioner_id, place_id, version, rules) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET version = excluded.version, rules = excluded.rules",
            (state.agenda_id, state.practitioner_id, state.place_id, state.version, rules),
        )

    async def close(self, connection: Connection, closed: AgendaClosed) -> None:
        await connection.execute(
            "UPDATE agendas SET version = %s, closed = true WHERE id = %s", (closed.version, closed.agenda_id)
        )

    async def declare(self, connection: Connection, absence: AbsenceDeclared) -> None:
        await connection.execute(
            "INSERT INTO absences (id, agenda_id, starts_at, ends_at, cancels_appointments)"
            " VALUES (%s, %s, %s, %s, %s)",
            (absence.absence_id, absence.agenda_id, absence.start, absence.end, absence.cancels_appointments),
        )
        await self._raise(connection, absence.agenda_id, absence.version)

    async def lift(self, connection: Connection, lifted: AbsenceLifted) -> None:
        await connection.execute("DELETE FROM absences WHERE id = %s", (lifted.absence_id,))
        await self._raise(connection, lifted.agenda_id, lifted.version)

    async def keep_room(self, connection: Connection, room: Room) -> None:
        """A new room, or one with another name, withdrawn or back."""
        await connection.execute(
            "INSERT INTO rooms (id, place_id, name, withdrawn) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, withdrawn = excluded.withdrawn",
            (room.id, room.place_id, room.name, room.withdrawn),
        )

    async def _raise(self, connection: Connection, agenda_id: str, version: int) -> None:
        await connection.execute("UPDATE agendas SET version = %s WHERE id = %s", (version, agenda_id))
