"""An operator's side of the consumers: which keys wait and why, letting one go, holding a topic back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import psycopg
from booking_events import TOPICS

COMMANDS = ("parked [KEY]", "release [CONSUMER TOPIC] KEY", "pause CONSUMER TOPIC", "resume CONSUMER TOPIC")


def operate(service: str, words: Sequence[str], database_url: Callable[[], str]) -> int | None:
    """Do one of COMMANDS; the exit code, or None when `words` are something else."""
    match list(words):
        case ["parked"]:
            print(parked_table(database_url()))
            return 0
        case ["parked", key]:
            messages = parked_messages(database_url(), key)
            print(messages or "no such key is parked")
            return 0 if messages else 1
        case ["release", key]:
            return _told_released(service, release(database_url(), None, None, key))
        case ["release", consumer, topic, key]:
            return _told_released(service, release(database_url(), consumer, topic, key))
        case ["pause" | "resume" as word, consumer, topic]:
            held = hold_back(database_url(), consumer, topic, paused=word == "pause")
            if not held:
                print(f"{service}: no consumer {consumer!r} has read a topic {topic!r}", file=sys.stderr)
                return 1
            print(f"{service}: {consumer} {word}s {topic} within seconds")
            return 0
        case _:
            return None


def parked_table(database_url: str) -> str:
    """One line for each parked key: its consumer and topic, how many messages wait, and why the first does."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT consumer, topic, key, count(*), (array_agg(reason ORDER BY record_offset))[1], bool_or(released)"
            " FROM parked GROUP BY consumer, topic, key ORDER BY consumer, topic, key"
        ).fetchall()
    return _table(("consumer", "topic", "key", "messages", "reason", "released"), rows)


def parked_messages(database_url: str, key: str) -> str:
    """One line for each message of a key, in order: where it came from, why it waits, its headers; never its value."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT consumer, topic, partition_id, record_offset, parked_at, reason, headers FROM parked"
            " WHERE key = %s ORDER BY consumer, topic, partition_id, record_offset",
            (key,),
        ).fetchall()
    named = [(*row[:-1], ", ".join(f"{name}={text}" for name, text in row[-1].items())) for row in rows]
    columns = ("consumer", "topic", "partition", "offset", "parked at", "reason", "headers")
    return _table(columns, named) if rows else ""


def release(database_url: str, consumer: str | None, topic: str | None, key: str) -> int:
    """Let the running consumers (or one of them) handle the messages of a key again; how many they are."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        done = connection.execute(
            "UPDATE parked SET released = true WHERE consumer = coalesce(%s, consumer)"
            " AND topic = coalesce(%s, topic) AND key = %s",
            (consumer, topic, key),
        )
        return done.rowcount


def hold_back(database_url: str, consumer: str, topic: str, *, paused: bool) -> bool:
    """Let a consumer read no more of a topic, or go on where it stopped; False when it never read that topic."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        known = connection.execute(
            "SELECT FROM consumer_position WHERE consumer = %s AND topic = %s LIMIT 1", (consumer, topic)
        ).rowcount
        if topic not in TOPICS or not known:
            return False
        connection.execute(
            "INSERT INTO paused_topic (consumer, topic) VALUES (%s, %s) ON CONFLICT DO NOTHING"
            if paused
            else "DELETE FROM paused_topic WHERE consumer = %s AND topic = %s",
            (consumer, topic),
        )
        return True


def _told_released(service: str, count: int) -> int:
    print(f"{service}: {count} parked messages released" if count else "no such key is parked")
    return 0 if count else 1


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(map(str, line))} |" for line in (columns, *rows)]
    return "\n".join([lines[0], "|---" * len(columns) + "|", *lines[1:]])
