"""Who bears a name, however it is written: exact, begun, alike in sound, one letter off (design: keys, no trigrams)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from service_kit.database import Connection

from directory.domain.spelling import EXACT, SHORTER, SOUND, edits, shorter, sound
from directory.views.near import DISTANCE, PASSES

WORDS_MAX = 5
PREFIX_LETTERS_MIN = 2
CANDIDATES_MAX = 10
ALIKE_MAX = 5
"""So many bearers of each merely similar name, so that several spellings fit on a page."""
BEARERS_MAX = 200
APPROXIMATE_FROM = 0.8
"""A cost from which a name is not the one that was written."""

_PREFIX_COST, _SOUND_COST, _LETTER_COST, _LETTERS_COST = 0.5, 0.9, 1.2, 1.9
_FIRST_ONLY_COST, _PART_COST, _DROPPED_COST = 0.25, 0.25, 1.0

_KNOWN: LiteralString = "SELECT key FROM lex WHERE key = ANY(%s) AND n_last + n_first > 0"

_KEYS: LiteralString = """
SELECT q.grp, l.id, l.key, l.n_last + l.n_first AS n
FROM unnest(%s::text[], %s::text[], %s::smallint[]) AS q (grp, key, kind)
JOIN lex_key k ON k.key = q.key AND k.kind = q.kind JOIN lex l ON l.id = k.word"""

_PREFIX: LiteralString = """
SELECT q.grp, l.id, l.key, l.n FROM unnest(%s::text[]) AS q (grp) CROSS JOIN LATERAL (
    SELECT id, key, n_last + n_first AS n FROM lex WHERE key LIKE q.grp || '%%' ORDER BY n DESC, key LIMIT 20) l"""

_PAIRS: LiteralString = f"""
SELECT a.offer, d.metres, extract(epoch FROM a.nxt)::float8 AS nxt,
       min(p.cost + CASE WHEN b.whole THEN 0 ELSE {_PART_COST} END) AS cost
FROM unnest(%(lasts)s::integer[], %(firsts)s::integer[], %(costs)s::float8[]) AS p (last, first, cost)
JOIN bearer b ON b.last = p.last AND b.first = p.first JOIN avail a ON a.offer = b.offer
CROSS JOIN LATERAL (SELECT {DISTANCE} AS metres) d
WHERE {PASSES} GROUP BY a.offer, d.metres, a.nxt ORDER BY cost, d.metres, a.nxt, a.offer LIMIT %(most)s"""  # noqa: S608 (only constants of this package are put in)

_ALONE: LiteralString = f"""
SELECT f.offer, f.metres, extract(epoch FROM f.nxt)::float8 AS nxt,
       min(p.cost + CASE WHEN f.whole THEN 0 ELSE {_PART_COST} END) AS cost
FROM unnest(%(words)s::integer[], %(costs)s::float8[], %(caps)s::integer[]) AS p (word, cost, cap)
CROSS JOIN LATERAL (
    SELECT a.offer, d.metres, a.nxt, bool_or(b.whole) AS whole FROM bearer b JOIN avail a ON a.offer = b.offer
    CROSS JOIN LATERAL (SELECT {DISTANCE} AS metres) d
    WHERE COLUMN = p.word AND {PASSES}
    GROUP BY a.offer, d.metres, a.nxt ORDER BY d.metres, a.nxt, a.offer LIMIT p.cap) f
GROUP BY f.offer, f.metres, f.nxt ORDER BY cost, f.metres, f.nxt, f.offer LIMIT %(most)s"""  # noqa: S608 (only constants of this package are put in)
_BY_LAST: LiteralString = _ALONE.replace("COLUMN", "b.last")
_BY_FIRST: LiteralString = _ALONE.replace("COLUMN", "b.first")


@dataclass(frozen=True, slots=True)
class Bearer:
    """An offer of someone whose name is like the question's: the lower the cost, the more alike. `nxt`: seconds."""

    offer: int
    metres: int | None
    cost: float
    nxt: float = math.inf


@dataclass(frozen=True, slots=True)
class _Word:
    id: int
    cost: float


async def known(connection: Connection, joined: Iterable[str]) -> set[str]:
    """Those of `joined` that somebody is called."""
    cursor = await connection.execute(_KNOWN, (sorted(joined),))
    return {row["key"] for row in await cursor.fetchall()}


async def find(connection: Connection, words: Sequence[str], given: dict[str, Any]) -> list[Bearer]:
    """At most `BEARERS_MAX`, the most alike first, then the nearest. `given`: see `near.parameters`."""
    if not words or len(words) > WORDS_MAX:
        return []
    given = {**given, "most": BEARERS_MAX}
    splits = [(words[:at], words[at:]) for at in range(1, len(words))]
    groups = {"".join(words), *("".join(part) for pair in splits for part in pair), *words}
    candidates = await _candidates(connection, sorted(groups))
    found = [*await _pairs(connection, splits, candidates, given)]
    found += await _alone(connection, _BY_LAST, candidates.get("".join(words), []), 0, given)
    if len(words) == 1:
        found += await _alone(connection, _BY_FIRST, candidates.get(words[0], []), _FIRST_ONLY_COST, given)
    elif not found:
        # Nobody has both names: those who have one of them.
        for word in words:
            found += await _alone(connection, _BY_LAST, candidates.get(word, []), _DROPPED_COST, given)
    return _best(found)


async def _candidates(connection: Connection, groups: Sequence[str]) -> dict[str, list[_Word]]:
    asked = [(group, key, kind) for group in groups for key, kind in _asked(group)]
    columns = [list(column) for column in zip(*asked, strict=True)]
    rows = await (await connection.execute(_KEYS, columns)).fetchall()
    long = [group for group in groups if len(group) >= PREFIX_LETTERS_MIN]
    rows += await (await connection.execute(_PREFIX, (long,))).fetchall()
    best: dict[str, dict[int, float]] = {group: {} for group in groups}
    for row in rows:
        cost = _cost(row["grp"], row["key"], row["n"])
        best[row["grp"]][row["id"]] = min(cost, best[row["grp"]].get(row["id"], cost))
    ordered = {group: sorted((cost, word) for word, cost in words.items()) for group, words in best.items()}
    return {group: [_Word(word, cost) for cost, word in some[:CANDIDATES_MAX]] for group, some in ordered.items()}


def _asked(group: str) -> list[tuple[str, int]]:
    """Under which keys, of which kind, names like `group` stand."""
    less = sorted(shorter(group))
    return [
        (group, EXACT),
        (sound(group), SOUND),
        (group, SHORTER),
        *((key, kind) for key in less for kind in (EXACT, SHORTER)),
    ]


def _cost(group: str, key: str, bearers: int) -> float:
    if key == group:
        return 0.0
    if key.startswith(group):
        cost = _PREFIX_COST
    else:
        apart = edits(group, key)
        alike = _SOUND_COST + 0.1 * min(apart, 3) if sound(group) == sound(key) else math.inf
        cost = min(alike, _LETTER_COST if apart == 1 else _LETTERS_COST)
    return cost - 0.05 * math.log10(1 + bearers)


async def _pairs(
    connection: Connection,
    splits: Sequence[tuple[Sequence[str], Sequence[str]]],
    candidates: dict[str, list[_Word]],
    given: dict[str, Any],
) -> list[Bearer]:
    """First and last name, or last and first: the order in which they are written does not matter."""
    best: dict[tuple[int, int], float] = {}
    for one, other in splits:
        for left in candidates["".join(one)]:
            for right in candidates["".join(other)]:
                for pair in ((left.id, right.id), (right.id, left.id)):
                    best[pair] = min(left.cost + right.cost, best.get(pair, math.inf))
    if not best:
        return []
    lasts, firsts = [last for last, _ in best], [first for _, first in best]
    rows = await connection.execute(_PAIRS, {**given, "lasts": lasts, "firsts": firsts, "costs": list(best.values())})
    return [Bearer(row["offer"], row["metres"], row["cost"], row["nxt"]) for row in await rows.fetchall()]


async def _alone(
    connection: Connection, query: LiteralString, words: Sequence[_Word], more: float, given: dict[str, Any]
) -> list[Bearer]:
    caps = [BEARERS_MAX if word.cost < APPROXIMATE_FROM else ALIKE_MAX for word in words]
    own = {"words": [word.id for word in words], "costs": [word.cost + more for word in words], "caps": caps}
    rows = await connection.execute(query, {**given, **own})
    return [Bearer(row["offer"], row["metres"], row["cost"], row["nxt"]) for row in await rows.fetchall()]


def _best(found: Iterable[Bearer]) -> list[Bearer]:
    """Each offer once, under its lowest cost."""
    best: dict[int, Bearer] = {}
    for one in sorted(found, key=lambda one: (round(one.cost, 2), one.metres or 0, one.nxt, one.offer)):
        best.setdefault(one.offer, one)
    return list(best.values())[:BEARERS_MAX]
