"""The cards of a result list: what it shows of each offer, read by id once the order is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from service_kit.database import Connection

from directory.domain.flags import MODE_NUMBERS
from directory.domain.seeking import Filters

_CARDS: LiteralString = """
SELECT o.id AS offer, o.practitioner_id::text, o.place_id::text, o.status, o.name, o.speciality, o.place_name,
       o.address, o.postcode, o.city, o.lat, o.lon, o.zone, o.sector, o.modes, s.start, s.agenda_id, s.motive_id,
       s.mode, t.as_of
FROM offer o
LEFT JOIN LATERAL (
    SELECT s.start, s.agenda_id, s.motive_id, s.mode FROM next_agenda g JOIN next_slot s USING (agenda_id)
    WHERE g.practitioner_id = o.practitioner_id AND s.mode = %(mode)s AND s.start > %(now)s
      AND (g.place_id = o.place_id OR g.place_id IS NULL OR s.mode = 1)
      AND (%(motive)s::text IS NULL OR s.motive_id = %(motive)s)
    ORDER BY s.start, s.agenda_id, s.motive_id LIMIT 1) s ON true
LEFT JOIN LATERAL (
    SELECT max(as_of) AS as_of FROM next_agenda g WHERE g.practitioner_id = o.practitioner_id
      AND (g.place_id = o.place_id OR g.place_id IS NULL OR %(mode)s = 1)) t ON true
WHERE o.id = ANY(%(offers)s)"""


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the list. `row`: the columns of `_CARDS`. `metres`: None without a place to measure from."""

    row: dict[str, Any]
    metres: int | None


async def cards(
    connection: Connection, offers: Sequence[tuple[int, int | None]], filters: Filters, now: datetime
) -> list[Card]:
    """The cards of `offers` (id, metres), in their order."""
    given = {
        "offers": [offer for offer, _ in offers],
        "mode": MODE_NUMBERS[filters.mode],
        "motive": filters.motive,
        "now": now,
    }
    cursor = await connection.execute(_CARDS, given)
    rows = {row["offer"]: row for row in await cursor.fetchall()}
    return [Card(rows[offer], metres) for offer, metres in offers if offer in rows]
