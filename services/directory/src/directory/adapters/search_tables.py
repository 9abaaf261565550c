"""Brings the search tables after the record: offers, where and when they are free, under which names they are found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from psycopg.types.json import Jsonb
from service_kit.database import Connection

from directory.domain.flags import MODE_NUMBERS, flags_of
from directory.domain.geometry import cell_of
from directory.domain.normalise import plain
from directory.domain.practitioner import Place, Practitioner
from directory.domain.specialities import BY_SLUG
from directory.domain.spelling import keys_of, name_parts, place_name_words

IN_PERSON, VIDEO = MODE_NUMBERS["in_person"], MODE_NUMBERS["video"]

_OFFERS = """
INSERT INTO offer (practitioner_id, place_id, national_id, status, name, speciality, place_name, address, postcode,
                   city, lat, lon, zone, sector, modes)
SELECT practitioner_id, place_id, national_id, status, name, speciality, place_name, address, postcode,
       city, lat, lon, zone, sector, modes
FROM jsonb_to_recordset(%s) AS r (practitioner_id uuid, place_id uuid, national_id text, status text, name text,
     speciality text, place_name text, address text, postcode text, city text, lat double precision,
     lon double precision, zone text, sector text, modes text[])
ON CONFLICT (practitioner_id, place_id) DO UPDATE SET status = excluded.status, name = excluded.name,
    speciality = excluded.speciality, place_name = excluded.place_name, address = excluded.address,
    postcode = excluded.postcode, city = excluded.city, lat = excluded.lat, lon = excluded.lon, zone = excluded.zone,
    sector = excluded.sector, modes = excluded.modes
RETURNING id, practitioner_id, place_id"""

_AVAIL = """
INSERT INTO avail (offer, mode, spec, cell, flags, lat, lon) VALUES (%s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (offer, mode) DO UPDATE SET spec = excluded.spec, cell = excluded.cell, flags = excluded.flags,
    lat = excluded.lat, lon = excluded.lon"""

# Only what differs is written: most of what availability says again is known.
_NEXT = """
UPDATE avail SET nxt = f.nxt
FROM (SELECT a.offer, a.mode, coalesce(min(s.start), 'infinity') AS nxt
      FROM offer o JOIN avail a ON a.offer = o.id
      LEFT JOIN next_agenda g ON g.practitioner_id = o.practitioner_id
           AND (g.place_id = o.place_id OR g.place_id IS NULL OR a.mode = 1)
      LEFT JOIN next_slot s ON s.agenda_id = g.agenda_id AND s.mode = a.mode AND s.start > %s
      WHERE o.practitioner_id = ANY(%s::uuid[]) GROUP BY a.offer, a.mode) f
WHERE avail.offer = f.offer AND avail.mode = f.mode AND avail.nxt IS DISTINCT FROM f.nxt"""

Offers = dict[tuple[str, str], int]
"""(practitioner id, place id) -> offer id."""


async def show(connection: Connection, practitioners: Sequence[Practitioner], now: datetime) -> None:
    """Make search find `practitioners` as they are now, and as nothing else."""
    ids = [one.id for one in practitioners]
    offers = await _offers(connection, practitioners)
    kept = list(offers.values())
    await connection.execute("DELETE FROM offer WHERE practitioner_id = ANY(%s::uuid[]) AND id <> ALL(%s)", (ids, kept))
    await _avail(connection, practitioners, offers)
    await _names(connection, practitioners, offers)
    await _place_names(connection, practitioners, offers)
    await refresh_next(connection, ids, now)


async def refresh_next(connection: Connection, practitioner_ids: Sequence[str], now: datetime) -> None:
    """The next free slot of each offer and mode that is still to come, from what availability has said."""
    await connection.execute(_NEXT, (now, list(practitioner_ids)))


async def count_names(connection: Connection) -> None:
    """How many bear each name: after an import, once."""
    await connection.execute(
        "UPDATE lex SET n_last = f.n_last, n_first = f.n_first FROM ("
        " SELECT id, (SELECT count(*) FROM bearer WHERE last = id) AS n_last,"
        " (SELECT count(*) FROM bearer WHERE first = id) AS n_first FROM lex) f"
        " WHERE lex.id = f.id AND (lex.n_last, lex.n_first) IS DISTINCT FROM (f.n_last, f.n_first)"
    )


def _each_offer(practitioners: Iterable[Practitioner]) -> Iterable[tuple[Practitioner, Place]]:
    return ((one, place) for one in practitioners for place in one.places)


async def _offers(connection: Connection, practitioners: Sequence[Practitioner]) -> Offers:
    rows = [
        {
            "practitioner_id": one.id,
            "place_id": place.id,
            "national_id": one.national_id,
            "status": one.status,
            "name": one.name,
            "speciality": one.speciality,
            "place_name": place.name,
            "address": place.address,
            "postcode": place.postcode,
            "city": place.city,
            "lat": place.point[0] if place.point else None,
            "lon": place.point[1] if place.point else None,
            "zone": place.zone,
            "sector": one.sector,
            "modes": list(one.modes),
        }
        for one, place in _each_offer(practitioners)
    ]
    cursor = await connection.execute(_OFFERS, (Jsonb(rows),))
    return {(str(row["practitioner_id"]), str(row["place_id"])): row["id"] for row in await cursor.fetchall()}


async def _avail(connection: Connection, practitioners: Sequence[Practitioner], offers: Offers) -> None:
    rows: list[tuple[object, ...]] = []
    for one, place in _each_offer(practitioners):
        lat, lon = place.point or (0.0, 0.0)
        # A visit by video is at no place: one row for the person, so that nobody stands in a list twice.
        modes = [IN_PERSON] + ([VIDEO] if "video" in one.modes and place is one.places[0] else [])
        spec = BY_SLUG[one.speciality].id
        facts = (spec, cell_of(place.point), flags_of(one, place), lat, lon)
        rows += [(offers[one.id, place.id], mode, *facts) for mode in modes]
    async with connection.cursor() as cursor:
        await cursor.executemany(_AVAIL, rows)
    shown = [f"{row[0]}/{row[1]}" for row in rows]
    await connection.execute(
        "DELETE FROM avail WHERE offer = ANY(%s) AND offer || '/' || mode <> ALL(%s)", (list(offers.values()), shown)
    )


async def _names(connection: Connection, practitioners: Sequence[Practitioner], offers: Offers) -> None:
    bearers: dict[tuple[str, str, int], tuple[float, float, bool]] = {}
    for one, place in _each_offer(practitioners):
        lat, lon = place.point or (0.0, 0.0)
        lasts, firsts = name_parts(plain(one.last_name)), name_parts(plain(one.first_name)) or ("",)
        for last in lasts:
            for first in firsts:
                whole = last == lasts[0] and first == firsts[0]
                bearers.setdefault((last, first, offers[one.id, place.id]), (lat, lon, whole))
    words = await _words(connection, {key for last, first, _ in bearers for key in (last, first)})
    await connection.execute("DELETE FROM bearer WHERE offer = ANY(%s)", (list(offers.values()),))
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO bearer (last, first, offer, lat, lon, whole) VALUES (%s, %s, %s, %s, %s, %s)",
            [(words[last], words[first], offer, *rest) for (last, first, offer), rest in sorted(bearers.items())],
        )


async def _words(connection: Connection, keys: set[str]) -> dict[str, int]:
    """The ids of names, new ones stored with every key under which they are found."""
    cursor = await connection.execute(
        "INSERT INTO lex (key) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING id, key", (sorted(keys),)
    )
    new = {row["key"]: row["id"] for row in await cursor.fetchall()}
    async with connection.cursor() as many:
        await many.executemany(
            "INSERT INTO lex_key (key, kind, word) VALUES (%s, %s, %s)",
            [(key, kind, word) for name, word in new.items() if name for key, kind in keys_of(name)],
        )
    cursor = await connection.execute("SELECT id, key FROM lex WHERE key = ANY(%s)", (sorted(keys),))
    return {row["key"]: row["id"] for row in await cursor.fetchall()}


async def _place_names(connection: Connection, practitioners: Sequence[Practitioner], offers: Offers) -> None:
    rows = [
        (word, offers[one.id, place.id])
        for one, place in _each_offer(practitioners)
        for word in sorted(place_name_words(plain(place.name)))
    ]
    await connection.execute("DELETE FROM place_word WHERE offer = ANY(%s)", (list(offers.values()),))
    async with connection.cursor() as cursor:
        await cursor.executemany("INSERT INTO place_word (word, offer) VALUES (%s, %s)", rows)
