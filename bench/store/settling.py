"""A server at rest after a load: what vacuum and the checkpointer would still have done is done."""

import psycopg


def settle(superuser_url: str, owner_url: str) -> None:
    """Vacuum the ledger, freezing it, and end with a checkpoint."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE) ledger.events, ledger.event_tags, ledger.requests")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
    whole_pages(superuser_url)


def whole_pages(superuser_url: str) -> int:
    """How many pages were logged whole since it was asked last: each is, at its first change after a checkpoint."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        row = connection.execute("SELECT wal_fpi FROM pg_stat_wal").fetchone()
        assert row is not None  # noqa: S101 - a view of one row
        connection.execute("SELECT pg_stat_reset_shared('wal')")
    return int(row[0])
