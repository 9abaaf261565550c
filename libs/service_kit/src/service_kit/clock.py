"""The one place that asks what time it is; the demo moves it forward, never back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """UTC instants, moved by the `offset_seconds` of `file` where the demo gives one (re-read when it changes).

    What the file says first is where this clock begins; from then on it goes forward only.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The present instant, for everything but decisions: those take the database's clock through `shift`."""
        return self.shift(datetime.now(UTC))

    def shift(self, instant: datetime) -> datetime:
        """An instant of a real clock (the database's, say) as this clock shows it."""
        return instant + self._read_offset()

    def _read_offset(self) -> timedelta:
        if self._file is None:
            return self._offset
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            return self._offset
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._stamp:
            offset = timedelta(seconds=json.loads(self._file.read_text())["offset_seconds"])
            self._offset = offset if self._stamp is None else max(self._offset, offset)
            self._stamp = stamp
        return self._offset
