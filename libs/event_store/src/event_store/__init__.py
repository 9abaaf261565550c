"""The ledger: a PostgreSQL event store with dynamic consistency boundaries."""

from pathlib import Path

from eventsourcing.dcb.api import DCBAppendCondition, DCBQuery, DCBQueryItem

from event_store.chain import GENESIS, ChainReport, ChainVerifier, verify_chain
from event_store.events import AlreadySeen, Appended, Conflict, Event, RecordedEvent, Request, Snapshot
from event_store.failures import RequestSeen, StoreUnavailable, TooBusy
from event_store.lane import Lane
from event_store.link import Link
from event_store.outbox import append_in_transaction
from event_store.reading import read_after
from event_store.recorder import PostgresDCBRecorder
from event_store.store import EventStore
from event_store.verifying import verify_log
from event_store.wire import CHANNEL

MIGRATIONS: Path = Path(__file__).parent / "migrations"

__all__ = [
    "CHANNEL",
    "GENESIS",
    "MIGRATIONS",
    "AlreadySeen",
    "Appended",
    "ChainReport",
    "ChainVerifier",
    "Conflict",
    "DCBAppendCondition",
    "DCBQuery",
    "DCBQueryItem",
    "Event",
    "EventStore",
    "Lane",
    "Link",
    "PostgresDCBRecorder",
    "RecordedEvent",
    "Request",
    "RequestSeen",
    "Snapshot",
    "StoreUnavailable",
    "TooBusy",
    "append_in_transaction",
    "read_after",
    "verify_chain",
    "verify_log",
]
