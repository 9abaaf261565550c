"""Lays the ledger, as it is or made wrong on purpose, into a database."""

import psycopg
from embedded_parts.provision import ProvisionedDatabase
from event_store import MIGRATIONS
from psycopg import sql

from .mutation import Change


def mutated(text: str, changes: tuple[Change, ...]) -> str:
    """The text with the changes; AssertionError when one of them would not change what it was written for."""
    for change in changes:
        assert text.count(change.old) == change.times, f"not {change.times} times in the SQL: {change.old}"
        text = text.replace(change.old, change.new)
    return text


def lay_ledger(database: ProvisionedDatabase, changes: tuple[Change, ...] = ()) -> None:
    """Lay the ledger anew, with the changes, as its owner; quicker than a new database, and as empty."""
    migrations = "\n".join(path.read_text() for path in sorted(MIGRATIONS.glob("*.sql")))
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("DROP SCHEMA IF EXISTS ledger CASCADE")
        owner.execute("SELECT set_config('rendezvous.service_role', %s, true)", [database.service_role])
        owner.execute(sql.SQL(mutated(migrations, changes)))  # type: ignore[arg-type]
