"""Which rooms has a place?"""

from __future__ import annotations

from service_kit.database import Connection

from availability.application.handle_agenda import Room


async def of_place(connection: Connection, place_id: str | None) -> list[Room]:
    """In order of their names; none for nowhere."""
    cursor = await connection.execute(
        "SELECT id, place_id, name FROM rooms WHERE place_id = %s ORDER BY name, id", (place_id,)
    )
    return [Room(row["id"], row["place_id"], row["name"]) for row in await cursor.fetchall()]
