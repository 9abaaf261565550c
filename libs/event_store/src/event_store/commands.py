"""`python -m event_store`: put a closed range of the log away in a file, and verify such files anywhere."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from event_store.archive import Archive, ExportRefused, export_range, verify_archive
from event_store.failures import StoreUnavailable
from event_store.sync_store import SyncEventStore

DONE, NOT_SO, AWAY = 0, 1, 3
DATABASE = "EVENT_STORE_URL"


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """0: as asked; 1: refused, or a file is broken; 2: a wrong word; 3: the database is away."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.what == "verify":
        return _verify(asked.files, asked.head)
    # An address holds a password: in the environment, it stands in no list of processes.
    if DATABASE not in environment:
        parser.error(f"{DATABASE} names the database, like postgresql://user:password@host/name")
    return _export(environment[DATABASE], asked.file, asked.first, asked.last)


def _export(database_url: str, file: Path, first: int, last: int) -> int:
    try:
        with SyncEventStore(database_url) as store:
            archive = export_range(store, file, first=first, last=last)
    except ExportRefused as refused:
        print(f"not exported: {refused}", file=sys.stderr)
        return NOT_SO
    except StoreUnavailable as away:
        print(f"not exported: {away}", file=sys.stderr)
        return AWAY
    print(f"exported: {_told(archive)}")
    return DONE


def _verify(files: list[Path], noted: tuple[int, str] | None) -> int:
    former: Archive | None = None
    for file in files:
        try:
            report = verify_archive(file)
        except OSError as missing:
            print(f"not verified: {file}: {missing.strerror}", file=sys.stderr)
            return NOT_SO
        archive = report.archive
        if archive is None:
            where = f"position {report.broken_at}" if report.broken_at else "the heading"
            print(f"broken at {where} of {file}: {report.reason}")
            return NOT_SO
        if former is not None and (former.last + 1, former.after) != (archive.first, archive.before):
            print(f"broken at position {archive.first} of {file}: it does not go on where the file before it ends")
            return NOT_SO
        print(f"intact: {_told(archive)}")
        former = archive
    if noted is not None and (former is None or (former.last, former.after.hex()) != noted):
        print(f"broken: the last file does not end with the head {noted[0]}:{noted[1]} that was noted")
        return NOT_SO
    return DONE


def _told(archive: Archive) -> str:
    return (
        f"positions {archive.first} to {archive.last}; before {archive.before.hex()}; "
        f"head {archive.last}:{archive.after.hex()}"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="event_store", description=__doc__)
    words = parser.add_subparsers(dest="what", required=True)
    export = words.add_parser("export", help=f"the events of a closed range, from the database that {DATABASE} names")
    export.add_argument("--from", dest="first", type=int, required=True, metavar="POSITION")
    export.add_argument("--to", dest="last", type=int, required=True, metavar="POSITION", help="the last one, included")
    export.add_argument("file", type=Path, help="a new file; packed when its name ends in .gz")
    verify = words.add_parser("verify", help="compute the chain of exported files again; needs no database")
    verify.add_argument("files", type=Path, nargs="+", metavar="file", help="in the order of the log")
    verify.add_argument("--head", type=_head, metavar="POSITION:HASH", help="what the last file must end with")
    return parser


def _head(text: str) -> tuple[int, str]:
    position, _, digest = text.partition(":")
    if not position.isdecimal() or len(digest) != 64:
        raise argparse.ArgumentTypeError("a head is POSITION:HASH, as `export` prints it")
    return int(position), digest.lower()
