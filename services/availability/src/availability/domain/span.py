"""Whole days as cells over UTC instants, and how wall time becomes instants: by shifts, never by local datetimes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from availability.domain.bits import CELL_MINUTES, DAY, stretch

_EPOCH = date(1970, 1, 1)
_LEAD_DAYS = 2
_TAIL_DAYS = 3
_CELL_SECONDS = CELL_MINUTES * 60


@dataclass(frozen=True)
class Span:
    """Bit i is the instant `monday` 00:00 UTC + 5 minutes * i; in wall time, the same bit is that wall clock.

    `pieces`: for each part of the span with one offset, (offset in cells, the UTC cells of the part).
    """

    monday: date
    days: int
    zone: str
    pieces: tuple[tuple[int, int], ...]

    @property
    def base(self) -> int:
        """Bit 0 in cells since 1970."""
        return (self.monday - _EPOCH).days * DAY

    @property
    def size(self) -> int:
        return self.days * DAY

    def day(self, on: date) -> int:
        """The bit at which a local date begins on the wall."""
        return (on - self.monday).days * DAY

    def to_utc(self, wall: int) -> int:
        """Wall-time cells as instants: a missing hour vanishes, a doubled one comes twice."""
        result = 0
        for offset, piece in self.pieces:
            result |= (wall >> offset if offset >= 0 else wall << -offset) & piece
        return result

    def dates(self, first: date, last: date) -> int:
        """The instants of the local dates `first` to `last`, both included."""
        return self.to_utc(self.clip(stretch(self.day(first), self.day(last) + DAY)))

    def from_minute(self, minute: int) -> int:
        """The instants at or after a minute since 1970."""
        return stretch(-(-minute // CELL_MINUTES) - self.base, self.size)

    def minutes(self, start: int, end: int) -> int:
        """The cells that the minutes `start` to `end` since 1970 touch (rounded outwards)."""
        return self.clip(stretch(start // CELL_MINUTES - self.base, -(-end // CELL_MINUTES) - self.base))

    def minute(self, bit: int) -> int:
        """A bit as minutes since 1970."""
        return (self.base + bit) * CELL_MINUTES

    def clip(self, bits: int) -> int:
        """The bits that lie within the span."""
        return bits & stretch(0, self.size)


@lru_cache(maxsize=512)
def span(zone: str, first: date, last: date) -> Span:
    """The span for the local dates `first` to `last`: from a Monday at least 2 days before, so that nights, offsets and
    buffers at its edge are whole, to 2 days after."""
    start = monday(first - timedelta(days=_LEAD_DAYS))
    days = (last - start).days + _TAIL_DAYS
    return Span(start, days, zone, tuple(_pieces(ZoneInfo(zone), start, days)))


def monday(day: date) -> date:
    """The Monday of its week."""
    return day - timedelta(days=day.weekday())


def _pieces(zone: ZoneInfo, monday: date, days: int) -> Iterator[tuple[int, int]]:
    midnight = int(datetime(monday.year, monday.month, monday.day, tzinfo=UTC).timestamp())

    def offset(cell: int) -> int:
        local = datetime.fromtimestamp(midnight + cell * _CELL_SECONDS, zone)
        return int(local.utcoffset().total_seconds()) // _CELL_SECONDS  # type: ignore[union-attr]

    begin, current = 0, offset(0)
    for day in range(1, days + 1):
        if (after := offset(day * DAY)) == current:
            continue
        low, high = (day - 1) * DAY, day * DAY
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == current else (low, middle)
        yield current, stretch(begin, high)
        begin, current = high, after
    yield current, stretch(begin, days * DAY)


def minute_of(instant: datetime) -> int:
    """An aware instant as whole minutes since 1970, rounded down."""
    return int(instant.timestamp() // 60)


def minute_after(instant: datetime) -> int:
    """An aware instant as whole minutes since 1970, rounded up."""
    return int(-(-instant.timestamp() // 60))


def instant_of(minute: int) -> datetime:
    """Minutes since 1970 as an instant in UTC."""
    return datetime.fromtimestamp(minute * 60, UTC)


def local_date(instant: datetime, zone: str) -> date:
    """The date on the wall of `zone` at an instant."""
    return instant.astimezone(ZoneInfo(zone)).date()


def local_midnight_after(instant: datetime, zone: str) -> datetime:
    """The next instant at which the local date changes, in UTC."""
    tomorrow = local_date(instant, zone) + timedelta(days=1)
    day = span(zone, tomorrow, tomorrow)
    bits = day.dates(tomorrow, tomorrow)
    return instant_of(day.minute((bits & -bits).bit_length() - 1))
