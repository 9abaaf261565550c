"""What a practice asks, as tasks: which boundary to read, and the command that meets it."""

from __future__ import annotations

from booking.application.handle import Task
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.commands_practice import (
    ApproveRequest,
    BookVisit,
    EndRequest,
    ImportVisit,
    LapseRequest,
    LetBookOnline,
    MarkKnown,
    Outcome,
    RecordAttendance,
    RequestVisit,
)
from booking.domain.facts import Rules, Visit


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


def book(
    appointment_id: str, person_id: str, account_id: str, visit: Visit, rules: Rules, sealed_override: str | None
) -> Task:
    """The time and the person, as for a patient's confirmation."""
    return Task(
        tags.person(person_id),
        (*tags.around(visit, rules), tags.person(person_id)),
        lambda at: BookVisit(at, appointment_id, person_id, account_id, visit, rules, sealed_override),
    )


def request(
    request_id: str, person_id: str, account_id: str, visit: Visit, rules: Rules, sealed_message: str | None
) -> Task:
    person = tags.person(person_id)
    return Task(
        person,
        (person,),
        lambda at: RequestVisit(at, request_id, person_id, account_id, visit, rules, sealed_message),
    )


def approve(request_id: str, person_id: str, staff: Staff, appointment_id: str, visit: Visit, rules: Rules) -> Task:
    """The request, the time and the person."""
    return Task(
        tags.request(request_id),
        (tags.request(request_id), tags.person(person_id), *tags.around(visit, rules)),
        lambda at: ApproveRequest(at, request_id, staff, appointment_id, visit, rules),
    )


def end_request(request_id: str, actor: Staff | Patient, sealed_reason: str | None) -> Task:
    asked = tags.request(request_id)
    return Task(asked, (asked,), lambda at: EndRequest(at, request_id, actor, sealed_reason))


def lapse_request(request_id: str) -> Task:
    asked = tags.request(request_id)
    return Task(asked, (asked,), lambda at: LapseRequest(at, request_id))


def import_visit(appointment_id: str, person_id: str, account_id: str, visit: Visit, rules: Rules) -> Task:
    """The appointment itself as well: a row that came before is there already."""
    return Task(
        tags.person(person_id),
        (tags.appointment(appointment_id), tags.person(person_id), *tags.around(visit, rules)),
        lambda at: ImportVisit(at, appointment_id, person_id, account_id, visit, rules),
    )
