"""The whole chain of a log, verified by several processes: each takes a stretch, and the stretches must meet."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import psycopg
from psycopg import sql

from event_store.chain import COPY_COLUMNS, GENESIS, ChainReport, ChainVerifier
from event_store.link import conninfo

_STRETCH = 50_000
_COPY = sql.SQL(
    "COPY (SELECT {} FROM ledger.events WHERE position > {} AND position <= {} ORDER BY position)"
    " TO STDOUT WITH (FORMAT binary)"
)
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, COPY_COLUMNS))
_HEADER_BYTES, _TRAILER = 19, b"\xff\xff"


class _Verified(NamedTuple):
    after: int
    until: int
    began_with: bytes
    ended_with: bytes
    report: ChainReport


def verify_log(
    database_url: str, *, processes: int = 1, stretch: int = _STRETCH, told: Callable[[int], None] = lambda _: None
) -> ChainReport:
    """Verify the log from its beginning to its head; `told` hears how many events were verified until now.

    Reads by COPY, in constant memory, a stretch of positions at a time.
    """
    with psycopg.connect(conninfo(database_url, "verifier")) as connection:
        row = connection.execute("SELECT coalesce(max(position), 0) FROM ledger.events").fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has its row
    stretches = [(after, min(after + stretch, row[0])) for after in range(0, row[0], stretch)]
    work = partial(_verify, database_url)
    if processes == 1:
        return _joined(map(work, stretches), told)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return _joined(pool.map(work, stretches), told)


def _joined(stretches: Iterable[_Verified], told: Callable[[int], None]) -> ChainReport:
    verified, last_hash = 0, GENESIS
    for each in stretches:
        if each.began_with != last_hash:  # the event between two stretches changed while they were read
            return ChainReport(verified, each.after + 1, "it does not name the hash of the event before it")
        verified += each.report.verified
        if not each.report.intact:
            return ChainReport(verified, each.report.broken_at, each.report.reason)
        if verified != each.until:
            return ChainReport(verified, verified + 1, f"expected position {verified + 1}")
        last_hash = each.ended_with
        told(verified)
    return ChainReport(verified)


def _verify(database_url: str, stretch: tuple[int, int]) -> _Verified:
    after, until = stretch
    with psycopg.connect(conninfo(database_url, "verifier"), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        row = connection.execute("SELECT hash FROM ledger.events WHERE position = %s", [after]).fetchone()
        previous = GENESIS if row is None else bytes(row[0])
        verifier = ChainVerifier(previous=previous, after=after)
        with connection.cursor() as cursor, cursor.copy(_COPY.format(_COLUMNS, after, until)) as copy:
            report = verifier.add_copied(_rows(copy))
            for _ in copy:  # nothing after a break is judged, but the server has sent it
                pass
    return _Verified(after, until, previous, verifier.last_hash, report)


def _rows(copied: Iterable[bytes | bytearray | memoryview]) -> Iterator[bytes]:
    """The rows of a binary COPY, each of which comes alone, without its header and trailer."""
    first = True
    for octets in copied:
        row = bytes(octets)[_HEADER_BYTES if first else 0 :]
        first = False
        if row not in (b"", _TRAILER):
            yield row
