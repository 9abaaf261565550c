"""Parked messages from an operator's side: which keys wait, and letting one go."""

from __future__ import annotations

import psycopg


def parked_table(database_url: str) -> str:
    """One line for each parked key: its consumer and topic, how many messages wait, and why the first does."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT consumer, topic, key, count(*), (array_agg(reason ORDER BY record_offset))[1], bool_or(released)"
            " FROM parked GROUP BY consumer, topic, key ORDER BY consumer, topic, key"
        ).fetchall()
    lines = ["| consumer | topic | key | messages | reason | released |", "|---|---|---|---|---|---|"]
    return "\n".join([*lines, *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)])


def release(database_url: str, consumer: str, topic: str, key: str) -> int:
    """Let the running consumer handle the messages of a parked key again; how many they are."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        done = connection.execute(
            "UPDATE parked SET released = true WHERE consumer = %s AND topic = %s AND key = %s", (consumer, topic, key)
        )
        return done.rowcount
