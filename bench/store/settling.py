"""A server at rest after a load: what vacuum and the checkpointer would still have done is done."""

import psycopg


def settle(superuser_url: str, owner_url: str) -> None:
    """Vacuum the ledger, freezing it, and write everything to disk."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE) ledger.events, ledger.event_tags, ledger.requests")
    checkpoint(superuser_url)


def checkpoint(superuser_url: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
