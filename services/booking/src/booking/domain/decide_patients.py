"""Decisions on who a patient is to a practice: known, or not served online any more."""

from __future__ import annotations

from booking.domain.commands_practice import LetBookOnline, MarkKnown
from booking.domain.events import Event
from booking.domain.events_practice import (
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
)
from booking.domain.rejections import NotRepeatedlyAbsent
from booking.domain.states import Known, Missed

MISSED_BEFORE_STOPPING = 2
"""Absences without excuse that make a repeat offender."""


def mark_known(command: MarkKnown, known: Known) -> tuple[Event, ...]:
    marked = command.practitioner_id in known.patient(command.person_id).known_to
    if marked == command.known:
        return ()
    kind = PatientMarkedKnown if command.known else PatientUnmarkedKnown
    return (kind(command.at, command.person_id, command.practitioner_id),)


def let_book_online(command: LetBookOnline, known: Known) -> tuple[Event, ...]:
    """A practice stops it with itself only, and only for who missed its visits again and again."""
    stopped = command.practice_id in known.patient(command.person_id).stopped_by
    if stopped != command.allowed:
        return ()
    if command.allowed:
        return (OnlineBookingResumed(command.at, command.person_id, command.practice_id),)
    missed = sum(
        isinstance(each, Missed) and not each.excused and each.visit.practice_id == command.practice_id
        for each in known.appointments.values()
        if each.person_id == command.person_id
    )
    if missed < MISSED_BEFORE_STOPPING:
        raise NotRepeatedlyAbsent(missed, MISSED_BEFORE_STOPPING)
    return (OnlineBookingStopped(command.at, command.person_id, command.practice_id),)
