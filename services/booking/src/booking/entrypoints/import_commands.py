"""`python -m booking import AGENDA FILE`: a dry run with a report; with `--go` the appointments are taken over."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from booking.application.handle import Outcome, Task
from booking.application.importing import BadRow, Row, Unreadable, read_csv, read_icalendar, reason_of, task_of
from booking.application.ports import Answer, Contended, Heard, Ledger, Reading
from booking.domain import tags
from booking.domain.agenda import Agenda
from booking.domain.decide import decide
from booking.domain.events import Event
from booking.domain.evolve import fold
from booking.domain.rejections import Rejection

Opened = Callable[[], AbstractAsyncContextManager[tuple[Heard, Ledger]]]
AT_ONCE = 100
ACTOR = "operator:import"
DONE, CONFLICTS, WRONG = 0, 1, 2


def main(arguments: list[str], opened: Opened) -> int:
    """0: every row is, or would be, an appointment; 1: some are not, as reported; 2: a wrong word or file."""
    asked = _parser().parse_args(arguments)
    try:
        text = Path(asked.file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        print("booking import: the file cannot be read as UTF-8", file=sys.stderr)
        return WRONG
    return asyncio.run(_run(asked, text, opened))


async def _run(asked: argparse.Namespace, text: str, opened: Opened) -> int:
    async with opened() as (heard, ledger):
        agenda = await heard.agenda(asked.agenda)
        if agenda is None:
            print("booking import: nothing was heard of this agenda", file=sys.stderr)
            return WRONG
        read = read_icalendar if asked.file.lower().endswith((".ics", ".ical")) else read_csv
        try:
            rows = list(read(text, ZoneInfo(agenda.zone)))
        except Unreadable as error:
            print(f"booking import: {error}", file=sys.stderr)
            return WRONG
        importer = Importer(heard, ledger, agenda)
        outcomes = await (importer.take_over(rows) if asked.go else importer.dry_run(rows))
    counts = Counter("imported" if each is None else each for each in outcomes.values())
    if asked.json:
        report = [{"row": number, "outcome": reason or "imported"} for number, reason in sorted(outcomes.items())]
        print(orjson.dumps({"dry_run": not asked.go, "counts": counts, "rows": report}).decode())
    else:
        print("taken over:" if asked.go else "dry run, nothing was changed:")
        for outcome, count in sorted(counts.items()):
            print(f"{count:>8}  {outcome}")
        for number, reason in sorted(outcomes.items()):
            if reason not in (None, "already-there"):
                print(f"row {number}: {reason}")
    return DONE if set(counts) <= {"imported", "already-there"} else CONFLICTS


class Importer:
    """Outcomes by row number: None when it is (or would be) imported, else what is in the way."""

    def __init__(self, heard: Heard, ledger: Ledger, agenda: Agenda) -> None:
        self._heard = heard
        self._ledger = ledger
        self._agenda = agenda

    async def take_over(self, rows: Iterable[Row | BadRow]) -> dict[int, str | None]:
        """In order of the file where rows meet: a portion at a time, and each row alone when another was faster."""
        outcomes: dict[int, str | None] = {}
        for portion in _portions(rows):
            reasons = await asyncio.gather(*(self._one(row) for row in portion))
            outcomes |= {row.number: reason for row, reason in zip(portion, reasons, strict=True)}
        return outcomes

    async def dry_run(self, rows: Iterable[Row | BadRow]) -> dict[int, str | None]:
        """Decides as `take_over` would, on the log and on the rows before, and appends nothing."""
        outcomes: dict[int, str | None] = {}
        before: defaultdict[str, list[Event]] = defaultdict(list)
        for portion in _portions(rows):
            read = await asyncio.gather(*(self._read(row) for row in portion))
            for row, found in zip(portion, read, strict=True):
                if isinstance(found, str):
                    outcomes[row.number] = found
                    continue
                task, reading = found
                met = {id(event): event for tag in task.about for event in before[tag]}
                try:
                    events = decide(task.command(reading.at), fold(met.values(), reading.known))
                except Rejection as rejection:
                    outcomes[row.number] = reason_of(rejection)
                    continue
                outcomes[row.number] = None if events else "already-there"
                for event in events:
                    for tag in tags.of(event):
                        before[tag].append(event)
        return outcomes

    async def _read(self, row: Row | BadRow) -> tuple[Task, Reading] | str:
        """What is to be decided of a row, and what the log knows; or what is in the way already."""
        task = await self._task(row)
        return task if isinstance(task, str) else (task, await self._ledger.read(task.about))

    async def _one(self, row: Row | BadRow) -> str | None:
        task = await self._task(row)
        if isinstance(task, str):
            return task
        outcome: list[str | None] = []

        def noted(result: Outcome | Rejection) -> Answer:
            refused = isinstance(result, Rejection)
            outcome.append(reason_of(result) if isinstance(result, Rejection) else _already(result))
            return Answer(409 if refused else 204, b"")

        try:
            await self._ledger.decide(task, ACTOR, noted)
        except Contended:
            return "contended"
        return outcome[-1]

    async def _task(self, row: Row | BadRow) -> Task | str:
        if isinstance(row, BadRow):
            return row.reason
        accounts = await self._heard.accounts_of(row.person_id)
        if not accounts:
            return "person-unknown"
        try:
            return task_of(row, self._agenda, accounts[0])
        except Rejection as rejection:
            return reason_of(rejection)


def _portions(rows: Iterable[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    rest = iter(rows)
    while portion := list(islice(rest, AT_ONCE)):
        yield portion


def _already(outcome: Outcome) -> str | None:
    return None if outcome.events else "already-there"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="booking import", description=__doc__)
    parser.add_argument("agenda", help="the agenda's id; its motives are those that availability said last")
    parser.add_argument("file", help="`.ics` is iCalendar; anything else CSV: reference;person_id;motive_id;start")
    parser.add_argument("--go", action="store_true", help="take over; again is harmless")
    parser.add_argument("--json", action="store_true", help="the outcome of each row, as JSON")
    return parser
