"""What a change would do, shown without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from service_kit.database import Connection

from availability.application.handle_agenda import Absence, Kept
from availability.application.rules import to_agenda
from availability.domain.agenda import Agenda
from availability.domain.revision import Visit, uncovered
from availability.domain.slots import Occupation, free_starts
from availability.domain.span import local_date
from availability.entrypoints import shown
from availability.views import busy
from availability.views.occupation import away, occupations

_DAYS = 14


async def preview(
    connection: Connection,
    old: Kept | None,
    new: Kept,
    before: Sequence[Absence],
    after: Sequence[Absence],
    now: datetime,
) -> dict[str, Any]:
    """The agenda as it would be, its free slots, and the appointments that only the change would leave uncovered."""
    rules = to_agenda(new.state, version=new.version, closed=new.closed)
    there = (await occupations(connection, [rules], now))[rules.id]
    affected: list[Visit] = []
    if old is not None:
        booked = await busy.visits(connection, rules.id, now)
        already = uncovered(to_agenda(old.state, closed=old.closed), away(before), booked)
        affected = [visit for visit in uncovered(rules, away(after), booked) if visit not in already]
    return {
        "agenda": shown.agenda(new, after),
        "slots": _slots(rules, replace(there, absences=away(after)), now),
        "affected_appointments": [_appointment(visit, rules.zone) for visit in affected],
    }


def _slots(agenda: Agenda, occupation: Occupation, now: datetime) -> list[dict[str, Any]]:
    today = local_date(now, agenda.zone)
    return [
        {
            "motive_id": motive.id,
            "mode": mode,
            "start": shown.local_minute(minute, agenda.zone),
            "end": shown.local_minute(minute + motive.duration_minutes, agenda.zone),
        }
        for motive in agenda.motives
        for mode in sorted(motive.modes)
        for starts in free_starts(agenda, motive, mode, occupation, today, today + timedelta(days=_DAYS - 1), now)
        for minute in starts.minutes
    ]


def _appointment(visit: Visit, zone: str) -> dict[str, Any]:
    return {
        "appointment_id": visit.appointment_id,
        "motive_id": visit.motive_id,
        "mode": visit.mode,
        "start": shown.local_minute(visit.time.start, zone),
        "end": shown.local_minute(visit.time.end, zone),
    }
