"""What others say, as what it means to booking: an agenda changed for some time, an account may book for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_events import PublicEvent
from booking_events.accounts import PersonErased, PersonRegistered, RelativeAdded
from booking_events.availability import AbsenceDeclared, AbsenceLifted, AgendaChanged, AgendaClosed, AgendaOpened


@dataclass(frozen=True, slots=True)
class AgendaTouched:
    """Offers of an older version are stale for visits between the instants; None is open-ended."""

    agenda_id: str
    version: int
    from_at: datetime | None
    until_at: datetime | None


@dataclass(frozen=True, slots=True)
class MayBookFor:
    account_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Erased:
    person_id: str


Effect = AgendaTouched | MayBookFor | Erased


def react(event: PublicEvent) -> Effect | None:
    """None for what is nothing to booking."""
    match event:
        case AgendaOpened() | AgendaChanged():
            zone = ZoneInfo(event.zone)
            until = None if event.affected_until is None else event.affected_until + timedelta(days=1)
            return AgendaTouched(
                event.agenda_id, event.version, _midnight(event.affected_from, zone), _midnight(until, zone)
            )
        case AbsenceDeclared() | AbsenceLifted():
            return AgendaTouched(event.agenda_id, event.version, event.start, event.end)
        case AgendaClosed():
            return AgendaTouched(event.agenda_id, event.version, None, None)
        case PersonRegistered() | RelativeAdded():
            return MayBookFor(event.account_id, event.person_id)
        case PersonErased():
            return Erased(event.person_id)
        case _:
            return None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)
