"""Appends: one statement for a group, on a connection that commits it."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from event_store import wire
from event_store.events import AlreadySeen, Appended, Conflict


async def send_appends(
    connection: psycopg.AsyncConnection[Any], calls: Sequence[wire.AppendCall]
) -> list[Appended | Conflict | AlreadySeen]:
    cursor = connection.cursor(binary=True, row_factory=tuple_row)
    await cursor.execute(wire.APPEND, wire.append_parameters(calls), prepare=True)
    return [wire.append_answer(call, row) for call, row in zip(calls, await cursor.fetchall(), strict=True)]
