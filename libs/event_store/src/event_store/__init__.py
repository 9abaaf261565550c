"""The ledger: a PostgreSQL event store with dynamic consistency boundaries."""

from pathlib import Path

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem

from event_store.archive import Archive, ArchiveReport, ExportRefused, export_range, verify_archive
from event_store.chain import GENESIS, ChainReport, ChainVerifier, verify_chain
from event_store.events import AlreadySeen, Appended, Conflict, Event, RecordedEvent, Request, Snapshot
from event_store.failures import RequestSeen, StoreUnavailable, TooBusy
from event_store.lane import Lane
from event_store.link import Link
from event_store.outbox import append_in_transaction
from event_store.past import LogBroken
from event_store.reading import read_after, tagged
from event_store.recorder import PostgresDCBRecorder
from event_store.store import EventStore
from event_store.sync_store import SyncEventStore
from event_store.upcasting import StoredType, StoredTypes, UnknownEvent, UnknownType, UnknownVersion
from event_store.verifying import verify_log
from event_store.wire import CHANNEL

MIGRATIONS: Path = Path(__file__).parent / "migrations"

__all__ = [
    "CHANNEL",
    "GENESIS",
    "MIGRATIONS",
    "AlreadySeen",
    "Appended",
    "Archive",
    "ArchiveReport",
    "ChainReport",
    "ChainVerifier",
    "Conflict",
    "DCBAppendCondition",
    "DCBQuery",
    "DCBQueryItem",
    "Event",
    "EventStore",
    "ExportRefused",
    "Lane",
    "Link",
    "LogBroken",
    "PostgresDCBRecorder",
    "RecordedEvent",
    "Request",
    "RequestSeen",
    "Snapshot",
    "StoreUnavailable",
    "StoredType",
    "StoredTypes",
    "SyncEventStore",
    "TooBusy",
    "UnknownEvent",
    "UnknownType",
    "UnknownVersion",
    "append_in_transaction",
    "export_range",
    "read_after",
    "tagged",
    "verify_archive",
    "verify_chain",
    "verify_log",
]
