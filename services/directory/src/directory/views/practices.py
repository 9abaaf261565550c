"""Which offers are at a practice of that name, and whose is a national number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, LiteralString

from service_kit.database import Connection

from directory.domain.spelling import place_name_words
from directory.views.near import DISTANCE, PASSES
from directory.views.people import Bearer

PRACTICE_WORDS = frozenset(("cabinet", "centre", "maison", "clinique", "pole", "msp", "scm", "selarl", "hopital"))
"""Words that say that a practice is meant, not a person."""
_MOST = 200

_NAMED: LiteralString = f"""
SELECT a.offer, d.metres FROM (
    SELECT offer FROM place_word WHERE word = ANY(%(words)s) GROUP BY offer HAVING count(*) = %(count)s) w
JOIN avail a USING (offer) JOIN offer o ON o.id = a.offer CROSS JOIN LATERAL (SELECT {DISTANCE} AS metres) d
WHERE {PASSES} ORDER BY lower(o.place_name) <> %(name)s, d.metres, a.nxt, a.offer LIMIT %(most)s"""  # noqa: S608 (only constants of this package are put in)

_NUMBERED: LiteralString = f"""
SELECT a.offer, d.metres FROM offer o JOIN avail a ON a.offer = o.id
CROSS JOIN LATERAL (SELECT {DISTANCE} AS metres) d
WHERE o.national_id = %(national_id)s AND {PASSES} ORDER BY d.metres, a.offer LIMIT %(most)s"""  # noqa: S608 (only constants of this package are put in)


async def named(connection: Connection, words: Sequence[str], given: dict[str, Any]) -> list[Bearer]:
    """At practices whose name holds all the words that tell practices apart; those of just this name first."""
    telling = sorted(place_name_words(" ".join(words)))
    own = {"words": telling, "count": len(telling), "name": " ".join(words), "most": _MOST}
    rows = await (await connection.execute(_NAMED, {**given, **own})).fetchall()
    return [Bearer(row["offer"], row["metres"], 0.0) for row in rows]


async def numbered(connection: Connection, national_id: str, given: dict[str, Any]) -> list[Bearer]:
    """The one who has this national identifier, at each place."""
    own = {"national_id": national_id, "most": _MOST}
    rows = await (await connection.execute(_NUMBERED, {**given, **own})).fetchall()
    return [Bearer(row["offer"], row["metres"], 0.0) for row in rows]
