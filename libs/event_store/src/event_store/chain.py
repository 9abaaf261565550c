"""The hash chain, computed again in Python from the fields alone: independent of the SQL that wrote it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from event_store.events import RecordedEvent
from event_store.wire import metadata_text

GENESIS = bytes(32)


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


class ChainVerifier:
    """Verifies events in the order of the log, in as many portions as they come in; memory stays constant.

    `previous` is the hash before the first event: GENESIS for the log's beginning, else the hash of a head that is
    trusted. Nothing after a break is judged.
    """

    def __init__(self, *, previous: bytes = GENESIS) -> None:
        self._previous = previous
        self._position: int | None = 0 if previous == GENESIS else None
        self._recorded_at: datetime | None = None
        self._report = ChainReport(0)

    @property
    def report(self) -> ChainReport:
        """How far the chain held until now."""
        return self._report

    def add(self, events: Iterable[RecordedEvent]) -> ChainReport:
        """Verify the next portion; the report of everything until now."""
        verified = self._report.verified
        for recorded in events:
            if not self._report.intact:
                return self._report
            reason = self._fault(recorded)
            if reason is not None:
                self._report = ChainReport(verified, recorded.position, reason)
                return self._report
            verified += 1
            self._previous, self._position = recorded.hash, recorded.position
            self._recorded_at = recorded.recorded_at
        if self._report.intact:
            self._report = ChainReport(verified)
        return self._report

    def _fault(self, recorded: RecordedEvent) -> str | None:
        if self._position is not None and recorded.position != self._position + 1:
            return f"expected position {self._position + 1}"
        if recorded.previous_hash != self._previous:
            return "it does not name the hash of the event before it"
        if self._recorded_at is not None and recorded.recorded_at <= self._recorded_at:
            return "it is not later than the event before it"
        if hash_of(recorded) != recorded.hash:
            return "its fields do not give its hash"
        return None


def verify_chain(events: Iterable[RecordedEvent], *, previous: bytes = GENESIS) -> ChainReport:
    """Verify events given in the order of the log; see ChainVerifier for portions."""
    return ChainVerifier(previous=previous).add(events)


def hash_of(recorded: RecordedEvent) -> bytes:
    """sha256(previous || netstrings of the fields || sha256(data)); the fields are listed in the migration."""
    event = recorded.event
    metadata = recorded.metadata_json
    digest = hashlib.sha256(recorded.previous_hash)
    for field in (
        str(recorded.position).encode(),
        str(event.id).encode(),
        event.type.encode(),
        str(event.version).encode(),
        b"".join(_netstring(tag.encode()) for tag in event.tags),
        (metadata_text(event.metadata) if metadata is None else metadata).encode(),
        _moment(recorded.recorded_at),
    ):
        digest.update(_netstring(field))
    digest.update(hashlib.sha256(event.data if recorded.data_stored is None else recorded.data_stored).digest())
    return digest.digest()


def _netstring(field: bytes) -> bytes:
    return b"%d:%b," % (len(field), field)


def _moment(instant: datetime) -> bytes:
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds").encode() + b"Z"
