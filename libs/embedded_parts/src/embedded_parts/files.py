"""Files that are whole or absent, and the lock that keeps a data folder to one user at a time."""

import fcntl
import os
from pathlib import Path

from embedded_parts.failure import PartFailed


def write_atomically(file: Path, text: str, mode: int = 0o644) -> None:
    """Write the file so that a reader, or a crash, sees the old text or the new one and nothing between."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


class FolderLock:
    """One process at a time on a data folder; the lock goes with the process that holds it, however that ends."""

    def __init__(self, folder: Path, what: str) -> None:
        self._folder, self._what = folder, what
        self._descriptor: int | None = None

    def acquire(self) -> None:
        descriptor = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise PartFailed(f"Another {self._what} is running on the data folder {self._folder}.") from None
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
