"""The tables that an import passes through: lines staged, people compared by hash, what differs handed back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime
from typing import Any

from psycopg.types.json import Jsonb
from service_kit.database import Connection

# Any number that nothing else in this database takes: one import at a time.
LOCK = 0x494D_504F

Line = tuple[str, int, bytes, str]
"""national id, line number, hash, fields."""


async def lock(connection: Connection) -> bool:
    """Whether this session may import now; the right goes with the connection."""
    await connection.execute("SET statement_timeout = 0")
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s) AS mine", (LOCK,))
    row = await cursor.fetchone()
    return bool(row and row["mine"])


async def stage(connection: Connection, lines: Iterable[Line]) -> None:
    """Replace what an earlier import has left by `lines`."""
    await connection.execute("SELECT import_clear()")
    async with (
        connection.cursor() as cursor,
        cursor.copy("COPY import_row (national_id, line, hash, fields) FROM STDIN") as copy,
    ):
        for line in lines:
            await copy.write_row(line)


async def compare(connection: Connection) -> int:
    """One hash for each person, of the distinct lines in any order; how many people there are."""
    cursor = await connection.execute(
        "INSERT INTO import_person (national_id, hash)"
        " SELECT national_id, sha256(string_agg(hash, ''::bytea ORDER BY hash))"
        " FROM (SELECT DISTINCT national_id, hash FROM import_row) r GROUP BY national_id"
    )
    await connection.execute("ANALYZE import_person")
    return cursor.rowcount


async def changed(connection: Connection, many: int) -> AsyncIterator[list[dict[str, Any]]]:
    """Lines of those who are new or whose lines have changed, `many` people at a time; each has `person_hash`."""
    after = ""
    while True:
        cursor = await connection.execute(
            "SELECT national_id, p.hash FROM import_person p LEFT JOIN practitioner USING (national_id)"
            " WHERE national_id > %s AND source_hash IS DISTINCT FROM p.hash ORDER BY national_id LIMIT %s",
            (after, many),
        )
        people = {row["national_id"]: bytes(row["hash"]) for row in await cursor.fetchall()}
        if not people:
            return
        after = max(people)
        cursor = await connection.execute(
            "SELECT national_id, line, fields FROM import_row WHERE national_id = ANY(%s) ORDER BY national_id, line",
            (list(people),),
        )
        yield [{**row, "person_hash": people[row["national_id"]]} for row in await cursor.fetchall()]


async def gone(connection: Connection, status: str) -> list[str]:
    """Ids of those in the record who are no longer in the file."""
    cursor = await connection.execute(
        "SELECT id FROM practitioner p WHERE status = %s"
        " AND NOT EXISTS (SELECT FROM import_person i WHERE i.national_id = p.national_id) ORDER BY id",
        (status,),
    )
    return [str(row["id"]) for row in await cursor.fetchall()]


async def known(connection: Connection) -> int:
    """How many are in the record."""
    cursor = await connection.execute("SELECT count(*) AS n FROM practitioner WHERE status = 'listed'")
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


async def begin_run(connection: Connection, file_name: str, edition: date | None, at: datetime) -> int:
    """Note that an import has started; its number."""
    cursor = await connection.execute(
        "INSERT INTO import_run (file_name, edition, started_at) VALUES (%s, %s, %s) RETURNING id",
        (file_name, edition, at),
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 (RETURNING gives one row)
    return int(row["id"])


async def end_run(connection: Connection, run: int, counts: dict[str, Any], at: datetime) -> None:
    await connection.execute("UPDATE import_run SET ended_at = %s, counts = %s WHERE id = %s", (at, Jsonb(counts), run))
