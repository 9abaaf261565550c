"""The hash chain, computed again in Python from the fields alone: independent of the SQL that wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from struct import Struct, error
from typing import NamedTuple

from event_store.events import RecordedEvent
from event_store.wire import metadata_text

GENESIS = bytes(32)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts its microseconds from here
_MICROSECOND = timedelta(microseconds=1)

# A row of COPY ... WITH (FORMAT binary): the number of fields, then each field's octets after their length.
COPY_COLUMNS = (
    *("position", "recorded_at", "id", "version"),
    *("type", "tags", "metadata", "previous_hash", "hash", "data"),
)
_FIXED = Struct("> h iq iq i16s ii")  # position, recorded_at, id and version are never of another length
_LENGTH, _ARRAY = Struct(">i"), Struct(">iiiii")


@dataclass(frozen=True, slots=True)
class ChainReport:
    """How far the chain holds: events verified, and the first position that does not, with the reason."""

    verified: int
    broken_at: int | None = None
    reason: str | None = None

    @property
    def intact(self) -> bool:
        """Whether everything that was verified holds."""
        return self.broken_at is None


class _Link(NamedTuple):
    position: int
    microseconds: int
    previous_hash: bytes
    hash: bytes
    computed: bytes


class ChainVerifier:
    """Verifies events in the order of the log, in as many portions as they come in; memory stays constant.

    `previous` is the hash before the first event: GENESIS for the log's beginning, else the hash of a head that is
    trusted; `after` is that head's position, if it is known. Nothing after a break is judged.
    """

    def __init__(self, *, previous: bytes = GENESIS, after: int | None = None) -> None:
        self._previous = previous
        self._position = 0 if previous == GENESIS else after
        self._microseconds: int | None = None
        self._report = ChainReport(0)

    @property
    def report(self) -> ChainReport:
        """How far the chain held until now."""
        return self._report

    @property
    def last_hash(self) -> bytes:
        """The hash of the last event that was verified: what the next one has to name."""
        return self._previous

    def add(self, events: Iterable[RecordedEvent]) -> ChainReport:
        """Verify the next portion; the report of everything until now."""
        return self._add(map(_link_of, events))

    def add_copied(self, rows: Iterable[bytes]) -> ChainReport:
        """As `add`, for rows of COPY_COLUMNS as a binary COPY gives them: several times as fast."""
        return self._add(map(_link_of_row, rows))

    def _add(self, links: Iterable[_Link]) -> ChainReport:
        verified = self._report.verified
        for link in links:
            if not self._report.intact:
                break
            reason = self._fault(link)
            if reason is not None:
                self._report = ChainReport(verified, link.position, reason)
                return self._report
            verified += 1
            self._position, self._microseconds, self._previous = link.position, link.microseconds, link.hash
        if self._report.intact:
            self._report = ChainReport(verified)
        return self._report

    def _fault(self, link: _Link) -> str | None:
        if self._position is not None and link.position != self._position + 1:
            return f"expected position {self._position + 1}"
        if link.previous_hash != self._previous:
            return "it does not name the hash of the event before it"
        if self._microseconds is not None and link.microseconds <= self._microseconds:
            return "it is not later than the event before it"
        if link.computed != link.hash:
            return "its fields do not give its hash"
        return None


def verify_chain(events: Iterable[RecordedEvent], *, previous: bytes = GENESIS) -> ChainReport:
    """Verify events given in the order of the log; see ChainVerifier for portions."""
    return ChainVerifier(previous=previous).add(events)


def hash_of(recorded: RecordedEvent) -> bytes:
    """The hash that the event's fields give, over what is stored of them."""
    event = recorded.event
    metadata, data = recorded.metadata_json, recorded.data_stored
    return _hash(
        recorded.previous_hash,
        recorded.position,
        event.id.hex,
        event.type.encode(),
        event.version,
        [tag.encode() for tag in event.tags],
        (metadata_text(event.metadata) if metadata is None else metadata).encode(),
        _microseconds(recorded.recorded_at),
        event.data if data is None else data,
    )


def _hash(
    previous: bytes,
    position: int,
    id: str,
    type: bytes,
    version: int,
    tags: list[bytes],
    metadata: bytes,
    microseconds: int,
    data: bytes,
) -> bytes:
    """sha256(previous || netstrings of the fields || sha256(data)), as the migration says it."""
    at, number, moment = b"%d" % position, b"%d" % version, _moment(microseconds)
    name = f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}".encode()
    framed = b"".join([b"%d:%b," % (len(tag), tag) for tag in tags])
    # One text and one call: seven small ones took twice as long.
    fields = (len(at), at, name, len(type), type, len(number), number, len(framed), framed, len(metadata), metadata)
    text = b"%d:%b,36:%b,%d:%b,%d:%b,%d:%b,%d:%b," % fields
    return sha256(b"%b%b%d:%b,%b" % (previous, text, len(moment), moment, sha256(data).digest())).digest()


def _link_of(recorded: RecordedEvent) -> _Link:
    return _Link(
        recorded.position, _microseconds(recorded.recorded_at), recorded.previous_hash, recorded.hash, hash_of(recorded)
    )


def _link_of_row(row: bytes) -> _Link:
    _, _, position, _, microseconds, _, id, _, version = _FIXED.unpack_from(row)
    type, tags, metadata, previous_hash, hash, data = _octets(row, _FIXED.size, 6)
    try:
        _, _, _, count, _ = _ARRAY.unpack_from(tags) if len(tags) > _LENGTH.size * 3 else (0, 0, 0, 0, 0)
        each = _octets(tags, _ARRAY.size, count)
        computed = _hash(previous_hash, position, id.hex(), type, version, each, metadata, microseconds, data)
    except (error, OverflowError):  # no array of texts, no instant: so it is not what was hashed
        computed = b""
    return _Link(position, microseconds, previous_hash, hash, computed)


def _octets(row: bytes, at: int, count: int) -> list[bytes]:
    found = []
    for _ in range(count):
        start = at + 4
        at = start + _LENGTH.unpack_from(row, at)[0]
        found.append(row[start:at])
    return found


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> bytes:
    seconds, rest = divmod(microseconds, 1_000_000)
    return b"%b.%06dZ" % (_second(seconds), rest)


@lru_cache(maxsize=1)  # neighbours share their second, and writing it anew took an eighth of the time
def _second(seconds: int) -> bytes:
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat().encode()
