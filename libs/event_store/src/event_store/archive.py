"""Closed ranges of the log as files that verify on their own: what old ranges are archived with.

JSON lines, gzip when the name ends in .gz: a heading (the range, and the hash before it), each event with all its
fields as stored, a last line with the hash after it. There is one way to write each line, so any other is damage.
"""

import base64
import gzip
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.dcb.api import DCBQuery

from event_store import wire
from event_store.chain import GENESIS, ChainVerifier
from event_store.events import RecordedEvent
from event_store.sync_store import SyncEventStore

_FORMAT = "event_store range 1"
# The largest append, its data in base64, with room for the words around it; no longer line is taken in.
_LINE_BYTES_MAX = 16 * 1024 * 1024


class ExportRefused(Exception):
    """The range is not closed or not whole, or its file is there already; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A range `first` to `last` of the log, with the hash before and after it (32 bytes each)."""

    first: int
    last: int
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class ArchiveReport:
    """What a file holds, or the first position at which it does not hold together (0: its heading), and why."""

    archive: Archive | None
    broken_at: int | None = None
    reason: str | None = None

    @property
    def intact(self) -> bool:
        """Whether every byte is as it was exported."""
        return self.broken_at is None


def export_range(store: SyncEventStore, path: Path, *, first: int, last: int) -> Archive:
    """Write the events `first` to `last`, both included, to a new file; ExportRefused, and then there is none.

    The chain is verified on the way. Memory stays constant.
    """
    if not 1 <= first <= last:
        raise ExportRefused(f"a range goes from 1 or later to its end, not from {first} to {last}")
    head = store.head()
    if last > head:
        raise ExportRefused(f"the log ends at position {head}, so the range {first} to {last} is not closed")
    if path.exists():
        raise ExportRefused(f"{path} is there already, and an archive is never written over")
    before = _hash_before(store, first)
    verifier = ChainVerifier(previous=before)
    with _written(path) as file:
        file.write(_words(format=_FORMAT, first=first, last=last, before=before.hex()))
        after, expected = before, first
        for events in store.read_range(after=first - 1, until=last):
            for recorded in events:
                line = _line(recorded)
                # What is verified is what the file will say, not what was meant to be written.
                broken = _fault(verifier, _recorded(line), expected)
                if broken is not None:
                    raise ExportRefused(f"the log is broken at position {expected}: {broken}")
                file.write(line)
                after, expected = recorded.hash, expected + 1
        if expected <= last:
            raise ExportRefused(f"the log is broken at position {expected}: it is not there")
        file.write(_words(after=after.hex()))
    return Archive(first, last, before, after)


def verify_archive(path: Path) -> ArchiveReport:
    """Compute an exported file's chain again, without a database and in constant memory. OSError: no such file."""
    expected = 0
    try:
        with _opened(path) as file:
            archive = _heading(_read_line(file))
            verifier = ChainVerifier(previous=archive.before)
            for expected in range(archive.first, archive.last + 1):
                recorded = _recorded(_read_line(file))
                broken = _fault(verifier, recorded, expected)
                if broken is not None:
                    return ArchiveReport(None, expected, broken)
                archive = replace(archive, after=recorded.hash)
            if _read_line(file) != _words(after=archive.after.hex()):
                return ArchiveReport(None, expected, "its hash is not the one that the file ends with")
            if file.read(1):
                return ArchiveReport(None, expected, "something follows the end of the range")
            return ArchiveReport(archive)
    except (
        ValueError,
        TypeError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        EOFError,
        zlib.error,
        gzip.BadGzipFile,
    ):
        # Whatever a changed byte makes of a line, it is one thing: not what was exported.
        return ArchiveReport(None, expected, "the file is damaged there")


def _fault(verifier: ChainVerifier, recorded: RecordedEvent, expected: int) -> str | None:
    if recorded.position != expected:
        return f"position {recorded.position} stands in its place"
    return verifier.add([recorded]).reason


def _hash_before(store: SyncEventStore, first: int) -> bytes:
    if first == 1:
        return GENESIS
    # The event before the range, or the range's own word for it when all before was put away.
    (found, *_) = store.read(DCBQuery(), after=first - 2, limit=1).events
    return found.hash if found.position == first - 1 else found.previous_hash


def _line(recorded: RecordedEvent) -> bytes:
    event = recorded.event
    return _words(
        position=recorded.position,
        recorded_at=recorded.recorded_at.astimezone(UTC).isoformat(timespec="microseconds"),
        id=str(event.id),
        version=event.version,
        type=event.type,
        tags=event.tags,
        metadata=recorded.metadata_json,
        previous_hash=recorded.previous_hash.hex(),
        hash=recorded.hash.hex(),
        data=base64.b64encode(event.data if recorded.data_stored is None else recorded.data_stored).decode(),
    )


def _recorded(line: bytes) -> RecordedEvent:
    fields = json.loads(line)
    recorded = wire.recorded_event(
        (
            fields["position"],
            datetime.fromisoformat(fields["recorded_at"]),
            UUID(fields["id"]),
            fields["version"],
            fields["type"],
            fields["tags"],
            fields["metadata"],
            bytes.fromhex(fields["previous_hash"]),
            bytes.fromhex(fields["hash"]),
            base64.b64decode(fields["data"]),
        )
    )
    if _line(recorded) != line:
        raise ValueError("an event is written in another way")
    return recorded


def _heading(line: bytes) -> Archive:
    fields = json.loads(line)
    first, last, before = fields["first"], fields["last"], bytes.fromhex(fields["before"])
    if line != _words(format=_FORMAT, first=first, last=last, before=before.hex()) or not 1 <= first <= last:
        raise ValueError("not the heading of a range")
    if first == 1 and before != GENESIS:
        raise ValueError("the log begins with another hash")
    return Archive(first, last, before, before)


def _words(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _read_line(file: BufferedIOBase) -> bytes:
    return file.readline(_LINE_BYTES_MAX)


@contextmanager
def _written(path: Path) -> Iterator[BufferedIOBase]:
    """A file that stands under its name only once it is whole and on disk."""
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as raw:
            if path.suffix == ".gz":
                # Without name and time, so that one range gives one file.
                with gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed:
                    yield packed
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        part.rename(path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


@contextmanager
def _opened(path: Path) -> Iterator[BufferedIOBase]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=raw, mode="rb") as file:
                yield file
        else:
            yield raw
