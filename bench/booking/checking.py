"""After a run: what the clients were told, what the log holds, what the view shows and what the readers heard agree."""

from __future__ import annotations

import time
from typing import Any

from bench.booking.stack import READERS, Stack

_DOUBLE_BOOKED = """
SELECT count(*) FROM (
    SELECT start_at < lag(end_at) OVER (PARTITION BY agenda_id ORDER BY start_at) AS overlapping
    FROM appointment WHERE state = 'confirmed'
) AS visits WHERE overlapping
"""
_HEARD = "SELECT reader, count(DISTINCT position) FROM effect GROUP BY 1"
_SETTLED_SECONDS_MAX = 120.0


def checked(stack: Stack, confirmed: int) -> dict[str, Any]:
    """The counts. Raises RuntimeError when one of them is not what it must be."""
    with stack.owner("booking") as booking, stack.owner("availability") as readers:

        def one(connection: Any, statement: str) -> int:
            return int(connection.execute(statement).fetchone()[0])

        began = time.monotonic()
        head = one(booking, "SELECT coalesce(max(position), 0) FROM ledger.events")
        wanted = dict.fromkeys(READERS, head)
        while True:
            rows = one(booking, "SELECT count(*) FROM appointment")
            heard: dict[str, int] = dict(readers.execute(_HEARD).fetchall())
            if (rows, heard) == (confirmed, wanted) or time.monotonic() - began > _SETTLED_SECONDS_MAX:
                break
            time.sleep(0.2)
        found = {
            "confirmed": confirmed,
            "rows": rows,
            "events_confirmed": one(booking, "SELECT count(*) FROM ledger.events WHERE type = 'AppointmentConfirmed'"),
            "head": head,
            "heard": heard,
            "effects": one(readers, "SELECT count(*) FROM effect"),
            "double_booked": one(booking, _DOUBLE_BOOKED),
            "readers_behind_s": round(time.monotonic() - began, 1),
        }
    told = found["confirmed"] == found["rows"] == found["events_confirmed"]
    if not told or heard != wanted or found["effects"] != len(READERS) * head or found["double_booked"]:
        raise RuntimeError(f"what was booked, stored and heard does not agree: {found}")
    return found
