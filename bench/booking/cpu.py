"""The processor time of each part, with all its children, between two moments."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bench.store.machine import cpu_seconds


class Meter:
    """Since it was made: `spent()` in seconds by part. This process, without its children, is the load generator."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = self._now()

    def spent(self) -> dict[str, float]:
        return {name: now - self._before[name] for name, now in self._now().items()}

    def _now(self) -> dict[str, float]:
        own = os.times()
        return {name: cpu_seconds(pid) for name, pid in self._pids.items()} | {"load generator": own.user + own.system}
