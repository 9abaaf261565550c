"""Who is near, or free soonest: index scans over the narrow table `avail` (shapes and figures: docs of search)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

from service_kit.database import Connection

from directory.domain.flags import MODE_NUMBERS
from directory.domain.geometry import RINGS_KM, cells_within
from directory.domain.seeking import Seek

FAR_M = 2_147_483_647
"""The distance of an offer whose point is not known: after all others."""
MOTIVE_OFFERS_MAX = 2_000

# Metres on the sphere (null without a centre), as `domain.geometry.distance_m` computes them.
DISTANCE: LiteralString = """CASE WHEN a.cell = -1 THEN 2147483647 ELSE round(12742000 * asin(least(1, sqrt(
    sin(radians(a.lat - %(lat)s::float8) / 2) ^ 2
    + cos(radians(%(lat)s::float8)) * cos(radians(a.lat)) * sin(radians(a.lon - %(lon)s::float8) / 2) ^ 2))))::integer
    END"""

PASSES: LiteralString = """a.spec = ANY(%(specs)s) AND a.mode = %(mode)s AND (a.flags & %(must)s) = %(must)s
    AND (%(any_of)s = 0 OR (a.flags & %(any_of)s) <> 0)
    AND (%(until)s::timestamptz IS NULL OR a.nxt <= %(until)s) AND (%(offers)s::bigint[] IS NULL
    OR a.offer = ANY(%(offers)s))"""

# Most points are those of a town: among those of one town, who is free sooner comes first.
_NEAREST: LiteralString = f"""
SELECT a.offer, d.metres, a.nxt::text AS nxt FROM avail a CROSS JOIN LATERAL (SELECT {DISTANCE} AS metres) d
WHERE {PASSES} AND (%(cells)s::integer[] IS NULL OR a.cell = ANY(%(cells)s)) AND d.metres <= %(reach_m)s
  AND (d.metres, a.nxt, a.offer) > (%(metres)s, %(nxt)s::timestamptz, %(offer)s)
ORDER BY d.metres, a.nxt, a.offer LIMIT %(limit)s"""  # noqa: S608 (only constants of this package are put in)

# The order inside a cell is the index's; only those free at the same instant are sorted.
_EARLIEST_NEAR: LiteralString = f"""
SELECT f.offer, f.metres, f.nxt::text AS nxt
FROM unnest(%(cells)s::integer[]) AS k (cell) CROSS JOIN unnest(%(specs)s::smallint[]) AS s (spec)
CROSS JOIN LATERAL (
    SELECT a.offer, d.metres, a.nxt FROM avail a CROSS JOIN LATERAL (SELECT {DISTANCE} AS metres) d
    WHERE a.spec = s.spec AND a.cell = k.cell AND {PASSES} AND d.metres <= %(reach_m)s
      AND a.nxt >= %(nxt)s::timestamptz AND (a.nxt, d.metres, a.offer) > (%(nxt)s::timestamptz, %(metres)s, %(offer)s)
    ORDER BY a.nxt, d.metres, a.offer LIMIT %(limit)s) f
ORDER BY f.nxt, f.metres, f.offer LIMIT %(limit)s"""  # noqa: S608 (only constants of this package are put in)

_EARLIEST: LiteralString = f"""
SELECT a.offer, NULL AS metres, a.nxt::text AS nxt FROM avail a
WHERE {PASSES} AND a.nxt < 'infinity' AND (a.nxt, a.offer) > (%(nxt)s::timestamptz, %(offer)s)
ORDER BY a.nxt, a.offer LIMIT %(limit)s"""  # noqa: S608 (only constants of this package are put in)

_NEVER: LiteralString = f"""
SELECT a.offer, NULL AS metres, 'infinity' AS nxt FROM avail a
WHERE {PASSES} AND a.nxt = 'infinity' AND a.offer > %(offer)s ORDER BY a.offer LIMIT %(limit)s"""  # noqa: S608 (only constants of this package are put in)

_OF_MOTIVE: LiteralString = """
SELECT DISTINCT o.id FROM next_slot s JOIN next_agenda g USING (agenda_id)
JOIN offer o ON o.practitioner_id = g.practitioner_id AND (g.place_id = o.place_id OR g.place_id IS NULL OR s.mode = 1)
WHERE s.motive_id = %s AND s.mode = %s LIMIT %s"""


@dataclass(frozen=True, slots=True)
class Found:
    """One row of a result list; with its order it is also the place from which the next page goes on."""

    offer: int
    metres: int | None = None
    nxt: str = "-infinity"


START = Found(0, -1)


async def parameters(connection: Connection, seek: Seek) -> dict[str, Any]:
    """What every query over `avail` is given; the offers of a motive are found first, for they are few."""
    filters = seek.filters
    mode = MODE_NUMBERS[filters.mode]
    offers = None
    if filters.motive is not None:
        cursor = await connection.execute(_OF_MOTIVE, (filters.motive, mode, MOTIVE_OFFERS_MAX))
        offers = [row["id"] for row in await cursor.fetchall()]
    lat, lon = seek.centre or (None, None)
    return {
        "specs": list(seek.specs),
        "mode": mode,
        "must": filters.must,
        "any_of": filters.any_of,
        "until": filters.until,
        "offers": offers,
        "lat": lat,
        "lon": lon,
    }


async def find(connection: Connection, seek: Seek, after: Found | None) -> list[Found]:
    """One more than `seek.limit` when there are more: by distance, or by the next free slot."""
    given = await parameters(connection, seek)
    start = after or START
    given |= {"metres": start.metres if start.metres is not None else -1, "offer": start.offer, "nxt": start.nxt}
    given["limit"] = seek.limit + 1
    if seek.sort == "distance" and seek.centre is not None:
        return await _nearest(connection, seek, given)
    if seek.centre is not None and seek.km is not None:
        given |= {"cells": cells_within(seek.centre, seek.km), "reach_m": seek.km * 1000}
        return await _rows(connection, _EARLIEST_NEAR, given)
    return await _anywhere(connection, given)


async def _nearest(connection: Connection, seek: Seek, given: dict[str, Any]) -> list[Found]:
    """Rings from the inside: the first that fills the page is exact, for all that is nearer lies in it."""
    assert seek.centre is not None  # noqa: S101 (asked by `find`)
    rings: list[int | None] = [ring for ring in RINGS_KM if seek.km is None or ring < seek.km]
    found: list[Found] = []
    for ring in (*rings, seek.km):
        if ring is not None and ring * 1000 < given["metres"]:
            continue
        cells = None if ring is None else cells_within(seek.centre, ring)
        reach = FAR_M if ring is None else ring * 1000
        found = await _rows(connection, _NEAREST, {**given, "cells": cells, "reach_m": reach})
        if len(found) >= given["limit"]:
            break
    return found


async def _anywhere(connection: Connection, given: dict[str, Any]) -> list[Found]:
    found: list[Found] = []
    if given["nxt"] != "infinity":
        found = await _rows(connection, _EARLIEST, given)
        given = {**given, "offer": 0}
    if len(found) < given["limit"] and given["until"] is None:
        rest = {**given, "limit": given["limit"] - len(found)}
        found += await _rows(connection, _NEVER, rest)
    return found


async def _rows(connection: Connection, query: LiteralString, given: dict[str, Any]) -> list[Found]:
    cursor = await connection.execute(query, given)
    return [Found(row["offer"], row["metres"], row["nxt"]) for row in await cursor.fetchall()]
