"""What a practice asks, as tasks: which boundary to read, and the command that meets it."""

from __future__ import annotations

from booking.application.handle import Task
from booking.domain import tags
from booking.domain.actors import Staff
from booking.domain.commands_practice import LetBookOnline, MarkKnown, Outcome, RecordAttendance


def record_attendance(
    appointment_id: str, staff: Staff, outcome: Outcome, reasoned: bool, sealed_reason: str | None
) -> Task:
    appointment = tags.appointment(appointment_id)
    return Task(
        appointment,
        (appointment,),
        lambda at: RecordAttendance(at, appointment_id, staff, outcome, reasoned, sealed_reason),
    )


def mark_known(person_id: str, practitioner_id: str, known: bool) -> Task:
    person = tags.person(person_id)
    return Task(person, (person,), lambda at: MarkKnown(at, person_id, practitioner_id, known))


def let_book_online(person_id: str, practice_id: str, allowed: bool) -> Task:
    """The person's whole history: the visits that they missed."""
    person = tags.person(person_id)
    return Task(person, (person,), lambda at: LetBookOnline(at, person_id, practice_id, allowed))
