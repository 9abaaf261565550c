"""The log as the outbox of a service that is not event sourced: facts appended in the transaction that made them."""

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from event_store import wire
from event_store.events import AlreadySeen, Appended, Conflict, Event, Request
from event_store.failures import RequestSeen


async def append_in_transaction(
    connection: psycopg.AsyncConnection[Any], events: Sequence[Event], *, request: Request | None = None
) -> int:
    """Append as the last statement of the caller's open READ COMMITTED transaction; the last position.

    From here to COMMIT every other append waits: nothing may follow, and the server ends a session that dawdles for
    a second. RequestSeen, when the request was answered before: the caller's changes must be rolled back.
    """
    if connection.info.transaction_status != TransactionStatus.INTRANS:
        raise RuntimeError("append_in_transaction belongs inside the caller's transaction")
    call = wire.append_call(events, None, request, None)
    cursor = connection.cursor(binary=True, row_factory=tuple_row)
    await cursor.execute(wire.APPEND, wire.append_parameters([call]))
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - one request, one row
    match wire.append_answer(call, row):
        case Appended(position):
            return position
        case AlreadySeen() as seen:
            raise RequestSeen(seen)
        case Conflict():
            raise AssertionError("an append without a condition met a conflict")
