"""A practice's existing appointments, as rows: read from CSV or iCalendar, each judged by itself."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component

from booking.application import handle_practice
from booking.application.handle import Task
from booking.domain.agenda import Agenda
from booking.domain.facts import EARLIEST, LATEST, Mode
from booking.domain.rejections import Rejection

REFERENCES = uuid.UUID("6f2a7d0e-5a0b-5f43-9d0c-6d3b6f0f1c11")
"""The namespace in which an agenda and a reference make the id of an appointment, the same each time."""
COLUMNS = ("reference", "person_id", "motive_id", "start")
FORMATS = ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M")


class Unreadable(Exception):
    """The file, or a row of it, is not in the format that it is to be in; the text is a constant and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """`number`: of the line or the event, from 1. `end`: None where the motive tells how long it takes."""

    number: int
    reference: str
    person_id: str
    motive_id: str
    mode: Mode
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class BadRow:
    number: int
    reason: str


def read_csv(text: str, zone: ZoneInfo) -> Iterator[Row | BadRow]:
    """`reference;person_id;motive_id;start[;end][;mode]`, in any order, with a header; commas do as well.

    Times are `2027-03-01 09:00`, `01/03/2027 09:00` on the place's wall, or RFC 3339. Raises `Unreadable`.
    """
    header = text.lstrip("\ufeff").partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";" if ";" in header else ",")
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        if missing := [column for column in COLUMNS if column not in names]:
            raise Unreadable(f"the header lacks {', '.join(missing)}")
        reader.fieldnames = names
        for number, fields in enumerate(reader, start=2):
            yield _row(number, {name: (value or "").strip() for name, value in fields.items() if name in names}, zone)
    except csv.Error:  # a quote that does not end
        raise Unreadable("not a CSV file") from None


def read_icalendar(text: str, zone: ZoneInfo) -> Iterator[Row | BadRow]:
    """One VEVENT each: UID is the reference, ATTENDEE `urn:uuid:<person id>`, CATEGORIES the motive's id.

    A cancelled or recurring one is a bad row. Raises `Unreadable`.
    """
    try:
        calendar = Calendar.from_ical(text)
    except ValueError:
        raise Unreadable("not an iCalendar file") from None
    for number, event in enumerate(calendar.walk("VEVENT"), start=1):
        yield _event(number, event, zone)


def task_of(row: Row, agenda: Agenda, account_id: str) -> Task:
    """What to decide about a row. Raises `AgendaClosed` or `NoSuchMotive`."""
    visit = agenda.visit(row.motive_id, row.mode, row.start)
    if row.end is not None:
        visit = replace(visit, stretch=replace(visit.stretch, end=row.end))
    rules = agenda.rules(row.motive_id, row.mode, row.start)
    appointment_id = str(uuid.uuid5(REFERENCES, f"{agenda.agenda_id}\n{row.reference}"))
    return handle_practice.import_visit(appointment_id, row.person_id, account_id, visit, rules)


def reason_of(rejection: Rejection) -> str:
    """Its name in the report: `slot-taken` for `SlotTaken`."""
    name = type(rejection).__name__
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def _row(number: int, fields: dict[str, str], zone: ZoneInfo) -> Row | BadRow:
    mode = fields.get("mode") or "in_person"
    if any(not fields.get(column) for column in COLUMNS):
        return BadRow(number, "field-missing")
    if mode not in get_args(Mode):
        return BadRow(number, "mode-unknown")
    try:
        start = _instant(fields["start"], zone)
        end = _instant(fields["end"], zone) if fields.get("end") else None
    except ValueError:
        return BadRow(number, "time-unreadable")
    video: Mode = "video" if mode == "video" else "in_person"
    return Row(number, fields["reference"], fields["person_id"], fields["motive_id"], video, start, end)


def _event(number: int, event: Component, zone: ZoneInfo) -> Row | BadRow:
    if event.get("RRULE") is not None or event.get("RECURRENCE-ID") is not None:
        return BadRow(number, "recurring")
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return BadRow(number, "cancelled")
    attendee, categories = event.get("ATTENDEE"), event.get("CATEGORIES")
    person = str(attendee).lower().removeprefix("urn:uuid:") if isinstance(attendee, str) else ""
    motives = [str(each) for each in getattr(categories, "cats", ())]
    if not event.get("UID") or not person or len(motives) != 1 or "DTSTART" not in event:
        return BadRow(number, "field-missing")
    start: Any = event.decoded("DTSTART")
    end: Any = event.decoded("DTEND", None)
    length: Any = event.decoded("DURATION", None)
    try:
        if end is None and isinstance(start, datetime) and isinstance(length, timedelta):
            end = start + length
        if not isinstance(start, datetime) or not isinstance(end, datetime | None):
            raise ValueError("a date alone")
        begin, until = _utc(start, zone), None if end is None else _utc(end, zone)
    except (ValueError, OverflowError):
        return BadRow(number, "time-unreadable")
    return Row(number, str(event["UID"]), person, motives[0], "in_person", begin, until)


def _instant(text: str, zone: ZoneInfo) -> datetime:
    for form in FORMATS:
        try:
            return _utc(datetime.strptime(text, form), zone)  # noqa: DTZ007 (the zone comes next)
        except ValueError:
            continue
    instant = datetime.fromisoformat(text)
    return _utc(instant, zone)


def _utc(value: datetime, zone: ZoneInfo) -> datetime:
    """A time without a zone stands on the place's wall; the first of two in the hour that comes twice.

    Raises ValueError in the hour that is left out, and outside of the years in which appointments are.
    """
    if not EARLIEST.year <= value.year < LATEST.year:
        raise ValueError("no year of an appointment")
    wall = value if value.tzinfo is not None else value.replace(tzinfo=zone)
    instant = wall.astimezone(UTC)
    if instant.astimezone(wall.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None):
        raise ValueError("no clock shows it")
    return instant
