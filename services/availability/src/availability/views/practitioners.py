"""What directory has said about a practitioner and the places where they receive."""

from __future__ import annotations

from booking_events.directory import PractitionerState
from service_kit.database import Connection

from availability.application.handle_agenda import Place, Practitioner


async def keep(connection: Connection, state: PractitionerState) -> None:
    """Copy the full state of a practitioner."""
    await connection.execute(
        "INSERT INTO practitioners (id, status, speciality) VALUES (%s, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET status = excluded.status, speciality = excluded.speciality",
        (state.practitioner_id, state.status, state.speciality),
    )
    await connection.execute("DELETE FROM places WHERE practitioner_id = %s", (state.practitioner_id,))
    await connection.execute(
        "INSERT INTO places (practitioner_id, id, zone, territory)"
        " SELECT %s, * FROM unnest(%s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
        (
            state.practitioner_id,
            [place.id for place in state.places],
            [place.zone for place in state.places],
            [place.territory for place in state.places],
        ),
    )


async def withdraw(connection: Connection, practitioner_id: str) -> None:
    """Nobody may open an agenda of a practitioner who has withdrawn."""
    await connection.execute("UPDATE practitioners SET status = 'withdrawn' WHERE id = %s", (practitioner_id,))


async def at_place(connection: Connection, place_id: str) -> list[str]:
    """Who receives at a place."""
    cursor = await connection.execute(
        "SELECT practitioner_id FROM places JOIN practitioners ON practitioners.id = practitioner_id"
        " WHERE places.id = %s AND status = 'registered'",
        (place_id,),
    )
    return [row["practitioner_id"] for row in await cursor.fetchall()]


async def load(connection: Connection, practitioner_id: str) -> Practitioner | None:
    """The practitioner, unless directory has never spoken of them or they have withdrawn."""
    cursor = await connection.execute(
        "SELECT status, speciality FROM practitioners WHERE id = %s AND status <> 'withdrawn'", (practitioner_id,)
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        "SELECT id, zone, territory FROM places WHERE practitioner_id = %s", (practitioner_id,)
    )
    places = {place["id"]: Place(place["id"], place["zone"], place["territory"]) for place in await cursor.fetchall()}
    return Practitioner(practitioner_id, row["status"] == "registered", row["speciality"], places)
