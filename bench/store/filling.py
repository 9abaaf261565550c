"""Filling a ledger to a size: through the real append function, a few hundred bookings' commands a call."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import psycopg
from event_store import wire

from bench.store.bookings import Bookings

_GROUP = 256


def fill(service_url: str, events: int, say: Callable[[str], None]) -> float:
    """Append until the log holds `events`; the rate of what was appended per second.

    Unconditional, so that groups stay large; everything else is as in life: one request and one kept answer for each
    event, random tags, the hash chain computed by the database.
    """
    with psycopg.connect(service_url, autocommit=True) as connection, ThreadPoolExecutor(1) as sender:
        head = done = head_of(connection)
        # Another seed for each filling: the same ids again would be requests that were answered before.
        steps = Bookings(f"filling from {head}").steps()
        missing, began, told = events - head, time.monotonic(), time.monotonic()
        sent: Future[None] | None = None
        for start in range(0, missing, _GROUP):
            group = islice(steps, min(_GROUP, missing - start))
            calls = [wire.append_call([step.stored(head)], None, step.request, None) for step in group]
            # While the database appends one group, the next one is made.
            if sent is not None:
                sent.result()
                done = head
            sent = sender.submit(_send, connection, calls)
            head += len(calls)
            if time.monotonic() - told > 5:
                told = time.monotonic()
                say(f"filling: {done:,} of {events:,} events, {(start + _GROUP) / (told - began):,.0f}/s")
        if sent is not None:
            sent.result()
        return max(missing, 0) / max(time.monotonic() - began, 1e-9)


def _send(connection: psycopg.Connection, calls: list[wire.AppendCall]) -> None:
    cursor = connection.cursor(binary=True).execute(wire.APPEND, wire.append_parameters(calls), prepare=True)
    if {outcome for outcome, *_ in cursor} != {"A"}:
        raise RuntimeError("the ledger did not record what it was filled with")


def head_of(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT coalesce(max(position), 0) FROM ledger.events").fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has its row
    return int(row[0])
