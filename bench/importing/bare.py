"""The yardstick: the same rows into one table with a unique constraint, by psycopg alone; nobody decides anything."""

from __future__ import annotations

import time

import psycopg

from bench.importing.practice import Practice

TABLE = "CREATE TABLE visit (agenda uuid, start timestamptz, person uuid NOT NULL, PRIMARY KEY (agenda, start))"
INSERT = "INSERT INTO visit (agenda, start, person) VALUES (%s, %s, %s)"


def bare(owner_url: str, practice: Practice) -> dict[str, float]:
    """Rows per second: each row committed, all in one `executemany`, all in one COPY."""
    rows = [(practice.agenda_id, visit.start, visit.person_id) for visit in practice.visits]
    found = {}
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(TABLE)
        began = time.monotonic()
        for row in rows:
            connection.execute(INSERT, row)
        found["insert_per_s"] = len(rows) / (time.monotonic() - began)
        connection.execute("TRUNCATE visit")
        began = time.monotonic()
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(INSERT, rows)
        found["executemany_per_s"] = len(rows) / (time.monotonic() - began)
        connection.execute("TRUNCATE visit")
        began = time.monotonic()
        with connection.cursor() as cursor, cursor.copy("COPY visit FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        found["copy_per_s"] = len(rows) / (time.monotonic() - began)
    return {name: round(rate) for name, rate in found.items()}
