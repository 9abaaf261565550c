"""The demo's own clock: real time plus an offset, kept in a small file that every demo service reads (CLOCK_FILE)."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from embedded_parts.files import write_atomically

# Beyond this the services' dates make no sense any more, and a typing error is likelier than a wish.
OFFSET_DAYS_MAX = 3650
_DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)


class ClockRefusal(ValueError):
    """Why the clock was not moved, in one sentence."""


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds; ClockRefusal for anything else.

    Months and years have no fixed length, so they are refused rather than guessed.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ClockRefusal(f"{text[:40]!r} is not an ISO 8601 duration in weeks, days, hours, minutes or seconds.")
    return timedelta(**{unit: int(count) for unit, count in found.groupdict().items() if count is not None})


class DemoClock:
    """Reads and moves the clock file: `{"offset_seconds": n}`, whole at every moment, never smaller than before."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def ensure_exists(self) -> None:
        """Write the file with no offset, unless an earlier start of the demo left one."""
        if not self._file.exists():
            self._write(0)

    @property
    def offset_seconds(self) -> int:
        return int(json.loads(self._file.read_text())["offset_seconds"])

    def now(self) -> datetime:
        """The demo's present instant, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_seconds)

    def advance(self, duration: timedelta) -> int:
        """Move the clock forward; the new offset in seconds. ClockRefusal for standing still, back or too far."""
        seconds = int(duration.total_seconds())
        if seconds <= 0:
            raise ClockRefusal("The clock only moves forward, by one second at least.")
        offset = self.offset_seconds + seconds
        if offset > OFFSET_DAYS_MAX * 86_400:
            raise ClockRefusal(f"The clock moves at most {OFFSET_DAYS_MAX} days ahead of the real time.")
        self._write(offset)
        return offset

    def _write(self, offset: int) -> None:
        write_atomically(self._file, json.dumps({"offset_seconds": offset}) + "\n")
