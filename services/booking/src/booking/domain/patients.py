"""What binds a patient: one place at a time, few visits to come, some days between two of one speciality."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from booking.domain.facts import Rules, Visit
from booking.domain.rejections import (
    BookingStopped,
    KnownPatientsOnly,
    LimitReached,
    PersonBusy,
    TooLate,
    VisitTooClose,
)
from booking.domain.states import Booked, Known

NONE: frozenset[str] = frozenset()


def check_patient(
    person_id: str,
    visit: Visit,
    rules: Rules,
    known: Known,
    at: datetime,
    but: AbstractSet[str] = NONE,
) -> None:
    """Whether the person may come to the visit. `but`: their appointments that make way in the same decision."""
    theirs = [each for each in known.standing() if each.person_id == person_id and each.appointment_id not in but]
    if any(each.visit.stretch.overlaps(visit.stretch) for each in theirs):
        raise PersonBusy
    to_come = [each for each in theirs if isinstance(each, Booked) and each.visit.stretch.start > at]
    limit = rules.max_future_per_patient
    here = sum(each.visit.stretch.agenda_id == visit.stretch.agenda_id for each in to_come)
    if limit is not None and here >= limit:
        raise LimitReached(limit)
    _check_days_between(visit, rules, to_come, at)


def check_welcome(person_id: str, visit: Visit, rules: Rules, known: Known) -> None:
    """Whether the practice lets the person book this visit online."""
    if visit.practice_id in known.patient(person_id).stopped_by:
        raise BookingStopped
    if rules.booking == "known_patients" and not known.knows(visit.practitioner_id, person_id):
        raise KnownPatientsOnly


def cancel_deadline(appointment: Booked) -> datetime:
    return appointment.visit.stretch.start - timedelta(minutes=appointment.rules.cancel_until_minutes)


def check_in_time_to_move(appointment: Booked, at: datetime) -> None:
    """Binds patients, whichever way they move."""
    rules = appointment.rules
    minutes = rules.cancel_until_minutes if rules.move_until_minutes is None else rules.move_until_minutes
    deadline = appointment.visit.stretch.start - timedelta(minutes=minutes)
    if at > deadline:
        raise TooLate(deadline)


def _check_days_between(visit: Visit, rules: Rules, to_come: list[Booked], at: datetime) -> None:
    """In local dates, each visit's own: a visit on Monday leaves Sunday free when there are to be six between."""
    close = [
        each
        for each in to_come
        if each.visit.speciality == visit.speciality and abs((each.visit.day - visit.day).days) < rules.min_days_between
    ]
    if close:
        ids = tuple(sorted(each.appointment_id for each in close))
        replaceable = all(at <= cancel_deadline(each) for each in close)
        raise VisitTooClose(rules.min_days_between, ids, replaceable=replaceable)
