"""Decisions on requests: a patient asks for what only staff book, and one of the staff answers."""

from __future__ import annotations

from typing import Literal, assert_never

from booking.domain.actors import Patient, Staff
from booking.domain.commands_practice import ApproveRequest, BookVisit, EndRequest, LapseRequest, RequestVisit
from booking.domain.decide_staff import book
from booking.domain.events import Event
from booking.domain.events_practice import AppointmentRequested, RequestApproved, RequestEnded
from booking.domain.rejections import (
    AlreadyOver,
    BookingStopped,
    NoSuchRequest,
    RequestAnswered,
    RequestPending,
)
from booking.domain.states import Known
from booking.domain.states_practice import Approved, Ended, Pending, Request

Outcome = Literal["declined", "withdrawn", "lapsed"]
OUTCOMES: dict[Literal["patient", "practice", "lapse"], Outcome] = {
    "practice": "declined",
    "patient": "withdrawn",
    "lapse": "lapsed",
}


def request(command: RequestVisit, known: Known) -> tuple[Event, ...]:
    """One at a time for a person and an agenda."""
    if command.visit.stretch.start <= command.at:
        raise AlreadyOver
    if command.visit.practice_id in known.patient(command.person_id).stopped_by:
        raise BookingStopped
    for other in known.requests.values():
        same = other.person_id == command.person_id
        if same and isinstance(other, Pending) and other.visit.stretch.agenda_id == command.visit.stretch.agenda_id:
            raise RequestPending(other.request_id)
    facts = command.request_id, command.person_id, command.account_id, command.visit, command.rules
    return (AppointmentRequested(command.at, *facts, command.sealed_message),)


def approve(command: ApproveRequest, known: Known) -> tuple[Event, ...]:
    """The appointment with the answer. Who approves the same a moment later finds it done."""
    asked = _theirs(command.request_id, command.staff, known)
    match asked:
        case Approved():
            if asked.visit.stretch.start == command.visit.stretch.start:
                return ()
            raise RequestAnswered("approved", asked.appointment_id)
        case Ended():
            raise RequestAnswered(_word(asked))
        case Pending():
            ids = command.at, command.appointment_id, asked.person_id, asked.account_id
            booked = book(BookVisit(*ids, command.visit, command.rules), known)
            whose = command.at, command.request_id, asked.person_id, asked.account_id
            return (RequestApproved(*whose, command.visit, command.appointment_id), *booked)
        case _:
            assert_never(asked)


def end(command: EndRequest, known: Known) -> tuple[Event, ...]:
    asked = _theirs(command.request_id, command.actor, known)
    by: Literal["patient", "practice"] = "practice" if isinstance(command.actor, Staff) else "patient"
    match asked:
        case Ended():
            if asked.by == by:
                return ()
            raise RequestAnswered(_word(asked))
        case Approved():
            raise RequestAnswered("approved", asked.appointment_id)
        case Pending():
            whose = command.request_id, asked.person_id, asked.account_id, asked.visit
            return (RequestEnded(command.at, *whose, by, command.sealed_reason),)
        case _:
            assert_never(asked)


def lapse(command: LapseRequest, known: Known) -> tuple[Event, ...]:
    """Whoever finds it answered, or asks too soon, changes nothing."""
    asked = known.requests.get(command.request_id)
    if not isinstance(asked, Pending) or command.at < asked.visit.stretch.start:
        return ()
    return (RequestEnded(command.at, asked.request_id, asked.person_id, asked.account_id, asked.visit, "lapse"),)


def may_see_request(actor: Patient | Staff, asked: Request) -> bool:
    if isinstance(actor, Staff):
        return actor.works_at(asked.visit.practitioner_id, asked.visit.place_id)
    return asked.account_id == actor.account_id or asked.person_id in actor.people


def _theirs(request_id: str, actor: Patient | Staff, known: Known) -> Request:
    asked = known.requests.get(request_id)
    if asked is None or not may_see_request(actor, asked):
        raise NoSuchRequest
    return asked


def _word(ended: Ended) -> str:
    return OUTCOMES[ended.by]
