"""How far does each view reflect the log?"""

from __future__ import annotations

from collections.abc import Collection

from service_kit.database import Connection, Database


async def locked(connection: Connection, views: Collection[str]) -> dict[str, int]:
    """The positions of `views`, held until the transaction ends: whoever else projects them waits here."""
    cursor = await connection.execute(
        "SELECT view, position FROM view_position WHERE view = ANY(%s) ORDER BY view FOR UPDATE", (sorted(views),)
    )
    return {row["view"]: row["position"] for row in await cursor.fetchall()}


async def move(connection: Connection, views: Collection[str], position: int) -> None:
    """The rows of `views` reflect all up to `position`."""
    await connection.execute(
        "UPDATE view_position SET position = %s WHERE view = ANY(%s) AND position < %s",
        (position, sorted(views), position),
    )


async def reached(database: Database, views: Collection[str]) -> int:
    """All of the log up to here is reflected in every one of `views`."""
    async with database.connection() as connection:
        cursor = await connection.execute(
            "SELECT coalesce(min(position), 0) AS reached FROM view_position WHERE view = ANY(%s)", (sorted(views),)
        )
        row = await cursor.fetchone()
    return 0 if row is None else int(row["reached"])
