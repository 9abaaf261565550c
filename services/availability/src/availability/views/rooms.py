"""Which rooms has a place?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service_kit.database import Connection

from availability.application.handle_agenda import Room

_COLUMNS = "SELECT id, place_id, name, withdrawn FROM rooms "


async def of_place(connection: Connection, place_id: str, withdrawn: bool = False) -> list[Room]:
    """In order of their names; those that are withdrawn too, when asked."""
    cursor = await connection.execute(
        _COLUMNS + "WHERE place_id = %s AND (%s OR NOT withdrawn) ORDER BY name, id", (place_id, withdrawn)
    )
    return [_room(row) for row in await cursor.fetchall()]


async def lock(connection: Connection, place_id: str, room_id: str) -> Room | None:
    """A room of the place, kept from changing, and from being named by a motive, until the transaction ends."""
    cursor = await connection.execute(_COLUMNS + "WHERE place_id = %s AND id = %s FOR UPDATE", (place_id, room_id))
    row = await cursor.fetchone()
    return None if row is None else _room(row)


async def to_be_named(connection: Connection, place_id: str | None, room_ids: Iterable[str]) -> set[str]:
    """Those of `room_ids` that motives of the place may name, kept from being withdrawn until the transaction ends."""
    cursor = await connection.execute(
        "SELECT id FROM rooms WHERE place_id = %s AND id = ANY(%s) AND NOT withdrawn ORDER BY id FOR SHARE",
        (place_id, list(room_ids)),
    )
    return {row["id"] for row in await cursor.fetchall()}


def _room(row: dict[str, Any]) -> Room:
    return Room(row["id"], row["place_id"], row["name"], row["withdrawn"])
