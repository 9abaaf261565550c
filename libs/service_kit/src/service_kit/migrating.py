"""`python -m <service> migrate`: each of its databases brought up to date, as soon as it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import psycopg

from service_kit.database import migrate
from service_kit.settings import OwnerSettings, load

PATIENCE_SECONDS = 30
Found = TypeVar("Found")


def migrate_all(migrations: Sequence[tuple[Path, str]], prefix: str) -> None:
    """Each folder with the prefix of its database's settings; that of `prefix` has the ledger. Says what it did."""
    for folder, owner_prefix in migrations:
        role, url = owner_prefix.rstrip("_").lower(), load(OwnerSettings, owner_prefix).owner_database_url
        work = partial(migrate, url, [folder], role, ledger=owner_prefix == prefix)
        applied = once_reached(work, owner_prefix)
        print(f"{role}: {len(applied)} migrations applied" if applied else f"{role}: nothing to migrate")


def once_reached(work: Callable[[], Found], prefix: str, patience_seconds: float = PATIENCE_SECONDS) -> Found:
    """What `work` returns, tried again while its database does not answer: it may be starting, its name unknown yet.

    Ends the program with one sentence when that lasts.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return work()
        except psycopg.OperationalError as away:
            if away.sqlstate is not None:  # it has answered, and said no
                raise
            if time.monotonic() >= deadline:
                why = " ".join(str(away).split())
                mend = f"start PostgreSQL, or mend {prefix}OWNER_DATABASE_URL"
                raise SystemExit(f"The database does not answer ({why}): {mend}.") from None
        time.sleep(1)
