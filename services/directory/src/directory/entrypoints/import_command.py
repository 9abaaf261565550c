"""`python -m directory import FILE`: brings the directory to an edition of the national file, and says what it did."""

from __future__ import annotations

import argparse
import sys
import time
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from directory.application.importing import Counts, Report
from directory.domain.national_file import WrongFile

PROGRESS_EVERY_SECONDS = 1.0
MEMBER = "Personne_activite"


class Run(Protocol):
    """Imports an open file; see `adapters.importer.Importer.run`."""

    def __call__(
        self, file: BinaryIO, name: str, report: Report, progress: Callable[[str], None], *, withdraw_any: bool
    ) -> Awaitable[tuple[Counts, list[str]]]: ...


def arguments_of(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m directory import",
        description="Import an edition of PS_LibreAcces (the .txt, or the zip of it).",
    )
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--withdraw-any", action="store_true", help="go on even when most of those who are listed are not in the file"
    )
    return parser.parse_args(words)


async def import_file(run: Run, path: Path, *, withdraw_any: bool = False) -> int:
    """The exit code: 0 when the file was read to its end, whatever was wrong with single lines; else 2."""
    try:
        with _opened(path) as (file, name):
            counts, missing = await run(file, name, _report, _Progress(), withdraw_any=withdraw_any)
    except OSError as error:
        print(f"import: {path} cannot be read ({error.strerror or type(error).__name__})", file=sys.stderr)
        return 2
    except (WrongFile, zipfile.BadZipFile) as error:
        print(f"import: {path.name} is not the national directory: {error}", file=sys.stderr)
        return 2
    print("\n".join(summary(counts, missing)))
    return 0


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            yield file, path.name
        return
    with zipfile.ZipFile(path) as archive:
        name = next((name for name in archive.namelist() if MEMBER in name), None)
        if name is None:
            raise WrongFile(f"there is no {MEMBER} in the zip")
        with archive.open(name) as member:
            yield member, Path(name).name  # type: ignore[misc]  # a ZipExtFile reads lines like any binary file


def summary(counts: Counts, missing: list[str]) -> Iterator[str]:
    """The lines that end an import."""
    yield f"{counts.read} lines read, {counts.kept} kept, {counts.rejected} refused (see above)"
    for why, number in counts.left_out.most_common():
        yield f"  {number} left out: {why}"
    yield (
        f"{counts.people} people: {counts.listed} listed, {counts.changed} changed, {counts.unchanged} unchanged,"
        f" {counts.refused} refused; {counts.withdrawn} withdrawn"
    )
    for practitioner in missing:
        yield f"registered, but no longer in the national directory: {practitioner} (withdraw ID when that is right)"


def _report(line: int, reason: str) -> None:
    print(f"line {line}: {reason}", file=sys.stderr)


class _Progress:
    """Prints at most one line a second."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, words: str) -> None:
        if time.monotonic() - self._last >= PROGRESS_EVERY_SECONDS:
            self._last = time.monotonic()
            print(f"import: {words}", file=sys.stderr, flush=True)
