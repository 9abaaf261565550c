"""The record of practitioners: read, write, withdraw; the search tables follow in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service_kit.database import Connection

from directory.adapters import search_tables
from directory.adapters.rows import from_json, to_json
from directory.domain.practitioner import Practitioner

_READ = "SELECT id, profile, version, source_hash FROM practitioner WHERE id = ANY(%s::uuid[]) ORDER BY id"
_LOCK = f"{_READ} FOR UPDATE"


@dataclass(frozen=True, slots=True)
class Stored:
    """A practitioner in the record. `version` is the ETag; `source_hash` that of the national file's lines."""

    practitioner: Practitioner
    version: int
    source_hash: bytes


async def find(connection: Connection, ids: Sequence[str], *, for_update: bool = False) -> dict[str, Stored]:
    """Those of `ids` that are known, by id."""
    cursor = await connection.execute(_LOCK if for_update else _READ, (list(ids),))
    return {
        str(row["id"]): Stored(from_json(row["profile"]), row["version"], bytes(row["source_hash"]))
        for row in await cursor.fetchall()
    }


async def save(
    connection: Connection, practitioners: Sequence[Practitioner], hashes: Mapping[str, bytes], now: datetime
) -> None:
    """Store new and changed practitioners and bring the search tables after them. `hashes`: by practitioner id."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO practitioner (id, national_id, status, version, profile, source_hash)"
            " VALUES (%s, %s, %s, 1, %s, %s) ON CONFLICT (id) DO UPDATE SET status = excluded.status,"
            " version = practitioner.version + 1, profile = excluded.profile, source_hash = excluded.source_hash",
            [(one.id, one.national_id, one.status, to_json(one), hashes[one.id]) for one in practitioners],
        )
    await search_tables.show(connection, practitioners, now)


async def keep_hashes(connection: Connection, hashes: Mapping[str, bytes]) -> None:
    """Remember the lines of people for whom nothing visible has changed."""
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "UPDATE practitioner SET source_hash = %s WHERE id = %s", [(value, key) for key, value in hashes.items()]
        )


async def withdraw(connection: Connection, ids: Sequence[str]) -> None:
    """Delete practitioners and everything that shows them."""
    await connection.execute("DELETE FROM offer WHERE practitioner_id = ANY(%s::uuid[])", (list(ids),))
    await connection.execute("DELETE FROM practitioner WHERE id = ANY(%s::uuid[])", (list(ids),))
