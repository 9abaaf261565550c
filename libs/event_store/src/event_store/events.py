"""The shapes of the ledger: an event before and after it is recorded, and the answers to an append."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from eventsourcing.dcb.api import DCBEvent


@dataclass
class Event(DCBEvent):
    """A fact to record: the wheel's `type`, `data` and `tags`, with what lets it be traced and upcast.

    No tag and no metadata value may hold personal data: both stay for ever.
    """

    id: UUID = field(default_factory=uuid4)
    version: int = 1
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event in the log. `recorded_at` is the database's clock, in UTC, later than that of every earlier position."""

    event: Event
    position: int
    recorded_at: datetime
    previous_hash: bytes
    hash: bytes
    # Metadata and data as they are stored, which is what the hash is over. None: as they stand in the event.
    metadata_json: str | None = field(default=None, repr=False, compare=False)
    data_stored: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Events, head of the log and database clock as one statement saw them; `now` is never before the last event."""

    events: list[RecordedEvent]
    head: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """What makes an append repeatable: its id (derived from the key), the body's fingerprint, the answer to keep."""

    id: UUID
    fingerprint: bytes
    answer: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """Recorded, durably. `position` is that of the last event; of no events (an answer to keep), the head."""

    position: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing recorded: the event at `position` matches the condition."""

    position: int


@dataclass(frozen=True, slots=True)
class AlreadySeen:
    """Nothing recorded now: a request of this id was, and this is what was kept of it."""

    position: int
    fingerprint: bytes
    answer: bytes
