"""An import of the national file, decided in plain functions: which lines are kept, what each change means."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from typing import Any, BinaryIO

from booking_events import PublicEvent

from directory.application import publish
from directory.domain.gazetteer import Gazetteer
from directory.domain.listing import RULES, listed
from directory.domain.national_file import BadRow, Columns, LeftOut, WrongFile, activity_of
from directory.domain.practitioner import Practitioner

LINE_BYTES_MAX = 65_536
_SEPARATOR = "|"  # the file's own: no field can hold it
_EDITION = re.compile(r"_(\d{4})(\d{2})(\d{2})\d{4}\.")


@dataclass
class Counts:
    """What an import did. `rejected`: lines; `refused`: people; `left_out`: sound lines not for patients, by reason."""

    read: int = 0
    kept: int = 0
    rejected: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    people: int = 0
    refused: int = 0
    listed: int = 0
    changed: int = 0
    withdrawn: int = 0

    @property
    def unchanged(self) -> int:
        return self.people - self.refused - self.listed - self.changed


Report = Callable[[int, str], None]
"""(line, reason) of something that could not be read."""


def edition_of(file_name: str) -> date | None:
    """The day in `PS_LibreAcces_Personne_activite_202611230000.txt`; None for another name."""
    match = _EDITION.search(file_name)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def lines_of(file: BinaryIO, counts: Counts, report: Report) -> Iterator[tuple[str, int, bytes, str]]:
    """The lines to keep as (national id, line, hash, fields); bad ones are reported, and never end the reading.

    Raises `WrongFile` when the header is not that of the national file.
    """
    columns = Columns(_header(file.readline(LINE_BYTES_MAX).removeprefix(b"\xef\xbb\xbf")))
    for number in itertools.count(2):
        raw = file.readline(LINE_BYTES_MAX)
        if not raw:
            return
        counts.read += 1
        try:
            if len(raw) == LINE_BYTES_MAX and not raw.endswith(b"\n"):
                _skip_rest(file)
                raise BadRow("the line is longer than 64 KB")
            kept = columns.read(_text(raw))
        except BadRow as reason:
            counts.rejected += 1
            report(number, str(reason))
            continue
        if isinstance(kept, LeftOut):
            counts.left_out[kept.why] += 1
            continue
        counts.kept += 1
        fields = _SEPARATOR.join(astuple(kept))
        yield kept.national_id, number, hashlib.blake2b(f"{RULES}{fields}".encode(), digest_size=12).digest(), fields


def _text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp1252")
        except UnicodeDecodeError:
            raise BadRow("neither UTF-8 nor Windows-1252") from None
    if "\x00" in text:
        raise BadRow("a NUL character")
    return text


def _skip_rest(file: BinaryIO) -> None:
    while (more := file.readline(LINE_BYTES_MAX)) and not more.endswith(b"\n"):
        pass


def _header(raw: bytes) -> str:
    try:
        return _text(raw)
    except BadRow as reason:
        raise WrongFile(f"the header is {reason}") from None


@dataclass(frozen=True, slots=True)
class Person:
    """Someone whose lines are new or have changed, and the hash of those lines."""

    practitioner: Practitioner
    hash: bytes


def people_of(rows: Iterable[Mapping[str, Any]], gazetteer: Gazetteer, counts: Counts, report: Report) -> list[Person]:
    """The people behind staged lines, which come in order of national id."""
    people = []
    for _, group in itertools.groupby(rows, key=lambda row: row["national_id"]):
        lines = list(group)
        try:
            practitioner, remarks = listed([activity_of(row["fields"].split(_SEPARATOR)) for row in lines], gazetteer)
        except BadRow as reason:
            counts.refused += 1
            report(lines[0]["line"], str(reason))
            continue
        for remark in remarks:
            report(lines[0]["line"], remark)
        people.append(Person(practitioner, lines[0]["person_hash"]))
    return people


@dataclass(frozen=True)
class Decided:
    """`saved` are written with their facts; of `same` only the hash is kept."""

    saved: list[Practitioner]
    same: list[str]
    facts: list[PublicEvent]


def decide(people: Sequence[Person], before: Mapping[str, Practitioner], counts: Counts) -> Decided:
    """What the new lines of `people` mean for those who were known `before` (by id)."""
    saved: list[Practitioner] = []
    same: list[str] = []
    facts: list[PublicEvent] = []
    for person in people:
        known = before.get(person.practitioner.id)
        if known is None:
            counts.listed += 1
            saved.append(person.practitioner)
            facts.append(publish.listed(person.practitioner))
            continue
        now = merged(known, person.practitioner)
        if now == known:
            same.append(known.id)
            continue
        counts.changed += 1
        saved.append(now)
        facts.append(publish.profile_changed(now))
    return Decided(saved, same, facts)


def merged(known: Practitioner, read: Practitioner) -> Practitioner:
    """A listed page is what the file says; of a registered one it still settles who they are, not their places."""
    if known.status == "listed":
        return read
    return replace(
        known,
        title=read.title,
        first_name=read.first_name,
        last_name=read.last_name,
        speciality=read.speciality,
    )
