"""The log as it stood: a query up to a position, and the position that an instant had reached."""

import json
from collections.abc import Sequence
from datetime import datetime

from eventsourcing.dcb.api import DCBQuery

from event_store import wire
from event_store.events import Snapshot

# As wire.READ, for one query that ends at a position. What lies behind that position is left where it is.
READ_UNTIL = f"""{wire.HEAD_AND}LEFT JOIN LATERAL (
    SELECT {wire.EVENT_COLUMNS}
    FROM (
        SELECT DISTINCT m.at
        FROM jsonb_to_recordset(%(items)s::jsonb) AS i(tags text[], types text[])
        CROSS JOIN LATERAL ledger.matching(i.tags, i.types, %(after)s::bigint, %(most)s::bigint) AS m
        WHERE m.at <= %(until)s::bigint
        ORDER BY m.at
        LIMIT %(most)s::bigint
    ) AS matched
    JOIN ledger.events e ON e.position = matched.at
) AS found ON true
ORDER BY found.position
"""  # noqa: S608 (only constants are put in)

# Positions and recorded_at grow together and positions have no gaps, so halving the log finds the instant: some
# twenty looks at the primary key for a million events, and no index on recorded_at to keep. One statement, so that
# all looks are at one snapshot. `low` is known to be early enough, all behind `high` to be too late.
POSITION_AT = """
WITH RECURSIVE search(low, high) AS (
    SELECT coalesce((SELECT min(position) FROM ledger.events) - 1, 0),
           coalesce((SELECT max(position) FROM ledger.events), 0)
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= %(instant)s::timestamptz THEN e.position ELSE s.low END,
           CASE WHEN e.recorded_at <= %(instant)s::timestamptz THEN s.high ELSE e.position - 1 END
    FROM search s
    JOIN ledger.events e ON e.position = (s.low + s.high + 1) / 2
    WHERE s.low < s.high
)
SELECT low, high FROM search ORDER BY high - low LIMIT 1
"""


class LogBroken(Exception):
    """The log has a gap, so that it cannot be searched: somebody altered it."""


def until_parameters(query: DCBQuery, after: int, until: int, limit: int | None) -> dict[str, object]:
    """The parameters of READ_UNTIL; ValueError for a query that cannot be sent."""
    # No more than that many positions are in question, whatever the query.
    most = max(0, until - after) if limit is None else max(0, min(limit, until - after))
    words = wire.read_words(0, query, after, most)
    return {"items": json.dumps(words["items"]), "after": words["after"], "most": words["most"], "until": until}


def until_answer(rows: Sequence[wire.Row], until: int) -> Snapshot:
    """What READ_UNTIL answers. The head is that of the time looked at, so never behind `until`."""
    head, now = rows[0][:2]
    return Snapshot([wire.recorded_event(row[2:]) for row in rows if row[2] is not None], min(head, until), now)


def instant_parameters(instant: datetime) -> dict[str, object]:
    """The parameters of POSITION_AT; ValueError for an instant without offset."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs its offset")
    return {"instant": instant}


def position_answer(rows: Sequence[wire.Row]) -> int:
    """What POSITION_AT answers; LogBroken when a position was missing on the way."""
    ((low, high),) = rows
    if low != high:
        raise LogBroken(f"the log has a gap between the positions {low} and {high}")
    return int(low)
