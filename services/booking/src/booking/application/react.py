"""What others say, as what it means to booking: an agenda changed for some time, an account may book for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking_events import PublicEvent
from booking_events.accounts import PersonErased, PersonRegistered, RelativeAdded
from booking_events.availability import (
    AbsenceDeclared,
    AbsenceLifted,
    AgendaChanged,
    AgendaClosed,
    AgendaOpened,
    AgendaState,
    MotiveRules,
)

from booking.domain.agenda import Agenda, Motive, Opening
from booking.domain.events_absences import Cancel, Keep, Plan
from booking.domain.facts import Question


@dataclass(frozen=True, slots=True)
class AgendaTouched:
    """Offers of an older version are stale for visits between the instants; None is open-ended."""

    agenda_id: str
    version: int
    from_at: datetime | None
    until_at: datetime | None
    agenda: Agenda | None = None
    """Its whole new state, where that was said."""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class MayBookFor:
    account_id: str
    person_id: str


@dataclass(frozen=True, slots=True)
class Erased:
    person_id: str


@dataclass(frozen=True, slots=True)
class Away:
    """An absence as availability declared it (`plan`: what is to become of the appointments in it), or its end."""

    absence_id: str
    agenda_id: str
    start: datetime
    end: datetime
    plan: Plan | None


Effect = AgendaTouched | MayBookFor | Erased


def away(event: PublicEvent) -> Away | None:
    """What goes into booking's own log as well: an absence binds every decision on its time."""
    match event:
        case AbsenceDeclared():
            plan: Plan = Cancel() if event.cancels_appointments else Keep()
            return Away(event.absence_id, event.agenda_id, event.start, event.end, plan)
        case AbsenceLifted():
            return Away(event.absence_id, event.agenda_id, event.start, event.end, None)
        case _:
            return None


def react(event: PublicEvent) -> Effect | None:
    """None for what is nothing to booking."""
    match event:
        case AgendaOpened() | AgendaChanged():
            zone = ZoneInfo(event.zone)
            until = None if event.affected_until is None else event.affected_until + timedelta(days=1)
            from_at, until_at = _midnight(event.affected_from, zone), _midnight(until, zone)
            return AgendaTouched(event.agenda_id, event.version, from_at, until_at, _agenda(event))
        case AbsenceDeclared() | AbsenceLifted():
            return AgendaTouched(event.agenda_id, event.version, event.start, event.end)
        case AgendaClosed():
            return AgendaTouched(event.agenda_id, event.version, None, None, closed=True)
        case PersonRegistered() | RelativeAdded():
            return MayBookFor(event.account_id, event.person_id)
        case PersonErased():
            return Erased(event.person_id)
        case _:
            return None


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone).astimezone(UTC)


def _agenda(event: AgendaState) -> Agenda:
    """Only what a booking without an offer, and a freed time, need: motives and openings."""
    weekly = [
        Opening(
            each.weekdays, time.fromisoformat(each.start), time.fromisoformat(each.end), each.valid_from,
            each.valid_until, each.motive_ids, each.modes, each.capacity, each.every_weeks, each.except_dates,
        )
        for each in event.opening_ranges
    ]  # fmt: skip
    single = [
        Opening(
            (each.on.isoweekday(),), time.fromisoformat(each.start), time.fromisoformat(each.end), each.on, each.on,
            each.motive_ids, each.modes, each.capacity,
        )
        for each in event.extra_openings
    ]  # fmt: skip
    return Agenda(
        agenda_id=event.agenda_id,
        version=event.version,
        practitioner_id=event.practitioner_id,
        place_id=event.place_id,
        zone=event.zone,
        motives=tuple(_motive(each) for each in event.motives),
        openings=(*weekly, *single),
    )


def _motive(rules: MotiveRules) -> Motive:
    return Motive(
        id=rules.id,
        speciality=rules.speciality,
        minutes=rules.duration_minutes,
        modes=rules.modes,
        booking=rules.booking,
        buffer_before_minutes=rules.buffer_before_minutes,
        buffer_after_minutes=rules.buffer_after_minutes,
        cancel_until_minutes=rules.cancel_until_minutes,
        max_future_per_patient=rules.max_future_per_patient,
        questions=tuple(Question(question.id, question.required) for question in rules.questions),
        move_until_minutes=rules.move_until_minutes,
        min_days_between=rules.min_days_between,
        max_per_day=rules.max_per_day,
        max_per_week=rules.max_per_week,
        rooms=rules.rooms,
        notice_minutes=rules.notice_minutes,
        on_request=rules.on_request,
    )
