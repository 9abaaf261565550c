"""A practice that moves in: an agenda and its patients as booking has heard of them, and their visits as two files."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from booking.adapters.heard import apply
from booking.application.react import AgendaTouched, MayBookFor
from booking.domain.agenda import Agenda, Motive
from service_kit.database import Database
from service_kit.lifecycle import opened

MINUTES, A_DAY, EACH = 15, 36, 3
"""How long a visit takes, how many there are on a day, and how many a patient has."""


@dataclass(frozen=True, slots=True)
class Visit:
    reference: str
    person_id: str
    motive_id: str
    start: datetime


@dataclass(frozen=True, slots=True)
class Practice:
    agenda_id: str
    visits: tuple[Visit, ...]

    def csv(self, file: Path) -> Path:
        lines = [f"{v.reference};{v.person_id};{v.motive_id};{v.start:%Y-%m-%dT%H:%M:%SZ}" for v in self.visits]
        file.write_text("\n".join(["reference;person_id;motive_id;start", *lines, ""]))
        return file

    def icalendar(self, file: Path) -> Path:
        events = [
            f"BEGIN:VEVENT\r\nUID:{v.reference}\r\nDTSTAMP:20270101T000000Z\r\nATTENDEE:urn:uuid:{v.person_id}\r\n"
            f"CATEGORIES:{v.motive_id}\r\nDTSTART:{v.start:%Y%m%dT%H%M%SZ}\r\nDURATION:PT{MINUTES}M\r\nEND:VEVENT\r\n"
            for v in self.visits
        ]
        file.write_text("".join(["BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", *events, "END:VCALENDAR\r\n"]))
        return file


def practice(rows: int, today: datetime) -> Practice:
    """`rows` visits from the next week on, back to back; each patient comes some days apart."""
    agenda, motive = str(uuid.uuid4()), str(uuid.uuid4())
    people = [str(uuid.uuid4()) for _ in range(max(1, rows // EACH))]
    first = datetime.combine(today.date() + timedelta(days=7), time(7), UTC)
    starts = [first + timedelta(days=n // A_DAY, minutes=MINUTES * (n % A_DAY)) for n in range(rows)]
    visits = [Visit(f"ref-{n}", people[n % len(people)], motive, start) for n, start in enumerate(starts)]
    return Practice(agenda, tuple(visits))


def make_known(database_url: str, practices: Sequence[Practice]) -> None:
    """What availability and accounts would have said of them."""
    asyncio.run(_tell(Database(database_url), practices))


async def _tell(database: Database, practices: Sequence[Practice]) -> None:
    long_ago = datetime(1970, 1, 1, tzinfo=UTC)
    async with opened(database), database.transaction() as connection:
        for each in practices:
            motive = Motive(each.visits[0].motive_id, "dermatologie", MINUTES, ("in_person",), "everyone")
            who = str(uuid.uuid4()), str(uuid.uuid4())
            agenda = Agenda(each.agenda_id, 1, *who, zone="Europe/Paris", motives=(motive,))
            await apply(connection, AgendaTouched(each.agenda_id, 1, long_ago, long_ago, agenda))
            for person in sorted({visit.person_id for visit in each.visits}):
                await apply(connection, MayBookFor(str(uuid.uuid4()), person))
