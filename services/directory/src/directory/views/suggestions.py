"""What a reader may be about to write: specialities and reasons from the dictionary, people and places by prefix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

from service_kit.database import Connection, Database

from directory.domain.dictionary import Dictionary
from directory.domain.gazetteer import Commune, Gazetteer
from directory.domain.motives import Reason
from directory.domain.normalise import joined, plain
from directory.domain.question import LETTERS_MAX
from directory.domain.specialities import Speciality

EACH_MAX = 5
LETTERS_MIN = 2

_PEOPLE: LiteralString = """
SELECT o.practitioner_id::text AS id, o.name, o.speciality, o.city, o.status
FROM (SELECT id FROM lex WHERE key LIKE %(prefix)s AND n_last > 0 ORDER BY n_last DESC, key LIMIT %(most)s) l
CROSS JOIN LATERAL (SELECT DISTINCT b.offer FROM bearer b WHERE b.last = l.id ORDER BY b.offer LIMIT %(most)s) b
JOIN offer o ON o.id = b.offer ORDER BY o.name, o.id"""

# Practices whose name begins as it was written come before those that only have the word in it.
_PRACTICES: LiteralString = """
SELECT p.id, p.name, p.postcode, p.city FROM (
    SELECT DISTINCT ON (o.place_name, o.city) o.place_id::text AS id, o.place_name AS name, o.postcode, o.city
    FROM place_word w JOIN offer o ON o.id = w.offer WHERE w.word LIKE %(prefix)s
    ORDER BY o.place_name, o.city, o.id LIMIT 200) p
ORDER BY lower(p.name) LIKE %(whole)s DESC, p.name, p.city LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Suggested:
    """At most `EACH_MAX` of each. `people`, `practices`: columns of their queries."""

    specialities: list[Speciality]
    reasons: list[Reason]
    people: list[dict[str, Any]]
    practices: list[dict[str, Any]]
    communes: list[Commune]


class Suggestions:
    """Holds the dictionaries; people and practices are in the tables."""

    def __init__(self, database: Database, gazetteer: Gazetteer, dictionary: Dictionary) -> None:
        self._database = database
        self._gazetteer = gazetteer
        self._dictionary = dictionary

    async def find(self, q: str, where: str) -> Suggested:
        """Groups for the two boxes; what is shorter than two letters suggests nothing."""
        begun, place = plain(q[:LETTERS_MAX]), plain(where[:LETTERS_MAX])
        terms = [term for _, term in self._dictionary.starting(begun, 40)] if len(begun) >= LETTERS_MIN else []
        reasons = dict.fromkeys(term.reason for term in terms if term.reason is not None)
        named = dict.fromkeys(one for term in terms if term.reason is None for one in term.specialities)
        people, practices = [], []
        if len(begun) >= LETTERS_MIN:
            async with self._database.connection() as connection:
                people = await _rows(connection, _PEOPLE, joined(begun), begun)
                practices = await _rows(connection, _PRACTICES, begun.split()[-1], begun)
        distinct = {row["id"]: row for row in people}
        return Suggested(
            specialities=list(named)[:EACH_MAX],
            reasons=list(reasons)[:EACH_MAX],
            people=list(distinct.values())[:EACH_MAX],
            practices=practices,
            communes=self._communes(place),
        )

    def _communes(self, place: str) -> list[Commune]:
        if place.isdigit() and len(place) == 5:
            return list(self._gazetteer.at_postcode(place))[:EACH_MAX]
        return self._gazetteer.starting(place, EACH_MAX) if len(place) >= LETTERS_MIN else []


async def _rows(connection: Connection, query: LiteralString, prefix: str, whole: str) -> list[dict[str, Any]]:
    cursor = await connection.execute(query, {"prefix": f"{prefix}%", "whole": f"{whole}%", "most": EACH_MAX})
    return await cursor.fetchall()
