"""A view made anew beside the live one, which goes on meanwhile; in the end only the rows that differ are changed."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from service_kit.database import LIVENESS, Connection

_COLUMNS = """
SELECT a.attname AS name, coalesce(a.attnum = ANY (i.indkey), false) AS in_key
FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


@asynccontextmanager
async def beside(database_url: str, tables: Sequence[str]) -> AsyncIterator[Connection]:
    """A connection on which the names of `tables` mean empty temporary tables of the same shape.

    So a view's own `project` fills them. The live ones are `public.<name>`; all other names mean what they always do.
    """
    connection: Connection = await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, row_factory=dict_row, options="-c timezone=UTC", **LIVENESS
    )
    async with connection:
        for table in tables:
            made = sql.SQL("CREATE TEMP TABLE {0} (LIKE public.{0} INCLUDING ALL)").format(sql.Identifier(table))
            await connection.execute(made)
        yield connection


async def swap(connection: Connection, tables: Sequence[str]) -> int:
    """Make the live tables what the temporary ones of `beside` are; how many rows were not.

    In the caller's transaction, which holds whatever keeps the live view from moving: it is as short as the difference
    is small, for every row is compared and few are written. A table comes after those that it refers to.
    """
    differing = 0
    columns = {table: await _columns(connection, table) for table in tables}
    for table in tables:
        come = await connection.execute(_come(table, columns[table]))
        differing += come.rowcount
    for table in reversed(tables):
        key = [sql.Identifier(column) for column, in_key in columns[table] if in_key]
        same = sql.SQL(" AND ").join(sql.SQL("made.{0} = live.{0}").format(column) for column in key)
        gone = await connection.execute(
            sql.SQL(
                "DELETE FROM public.{0} AS live WHERE NOT EXISTS (SELECT FROM pg_temp.{0} AS made WHERE {1})"
            ).format(sql.Identifier(table), same)
        )
        differing += gone.rowcount
    return differing


def _come(table: str, columns: Sequence[tuple[str, bool]]) -> sql.Composed:
    """The statement that adds what is missing and changes what is otherwise."""
    settings = [
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column, in_key in columns if not in_key
    ]
    change = sql.SQL("DO UPDATE SET ") + sql.SQL(", ").join(settings) if settings else sql.SQL("DO NOTHING")
    key = _names(column for column, in_key in columns if in_key)
    return sql.SQL("INSERT INTO public.{0} TABLE pg_temp.{0} EXCEPT TABLE public.{0} ON CONFLICT ({1}) {2}").format(
        sql.Identifier(table), key, change
    )


async def checksum(connection: Connection, table: str) -> str:
    """SHA-256 over all rows of a live table in the order of its key, octet for octet as COPY writes them."""
    digest = hashlib.sha256()
    key = _names(column for column, in_key in await _columns(connection, table) if in_key)
    words = sql.SQL("COPY (SELECT * FROM public.{} ORDER BY {}) TO STDOUT").format(sql.Identifier(table), key)
    async with connection.cursor() as cursor, cursor.copy(words) as rows:
        async for row in rows:
            digest.update(row)
    return digest.hexdigest()


async def _columns(connection: Connection, table: str) -> list[tuple[str, bool]]:
    """The columns of a table, each with whether it is of the primary key."""
    cursor = await connection.execute(_COLUMNS, (f'public."{table}"',))
    return [(row["name"], row["in_key"]) for row in await cursor.fetchall()]


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
