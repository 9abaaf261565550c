"""Decisions on appointments: a hold becomes one, and one is cancelled."""

from __future__ import annotations

from datetime import timedelta
from typing import assert_never

from booking.domain.actors import Staff, may_see
from booking.domain.checks import check_limit, check_person_free, check_still_alone, own_live_hold
from booking.domain.commands import CancelAppointment, ConfirmHold
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, Event
from booking.domain.rejections import (
    AlreadyOver,
    AnswerMissing,
    BookingStopped,
    KnownPatientsOnly,
    NoSuchAppointment,
    TooLate,
)
from booking.domain.states import Booked, Cancelled, Held, Honoured, Known, Missed

Events = tuple[Event, ...]


def confirm(command: ConfirmHold, known: Known) -> Events:
    hold = own_live_hold(known, command.hold_id, command.account_id, command.at)
    check_still_alone(hold, known, command.at)
    _check_patient(command, hold, known)
    missing = tuple(q.id for q in hold.rules.questions if q.required and q.id not in command.answered)
    if missing:
        raise AnswerMissing(missing)
    return (
        AppointmentConfirmed(
            at=command.at,
            appointment_id=command.appointment_id,
            hold_id=hold.hold_id,
            person_id=command.person_id,
            account_id=command.account_id,
            visit=hold.visit,
            rules=hold.rules,
            sealed=command.sealed,
        ),
    )


def cancel(command: CancelAppointment, known: Known) -> Events:
    appointment = known.appointments.get(command.appointment_id)
    if appointment is None:
        raise NoSuchAppointment
    actors = [actor for actor in command.actors if may_see(actor, appointment)]
    if not actors:
        raise NoSuchAppointment
    by_practice = any(isinstance(actor, Staff) for actor in actors)
    match appointment:
        case Cancelled():
            return ()
        case Honoured() | Missed():
            raise AlreadyOver
        case Booked():
            pass
        case _:
            assert_never(appointment)
    start = appointment.visit.stretch.start
    if command.at >= start:
        raise AlreadyOver
    deadline = start - timedelta(minutes=appointment.rules.cancel_until_minutes)
    if not by_practice and command.at > deadline:
        raise TooLate(deadline)
    return (
        AppointmentCancelled(
            at=command.at,
            appointment_id=appointment.appointment_id,
            person_id=appointment.person_id,
            account_id=appointment.account_id,
            visit=appointment.visit,
            version=appointment.version + 1,
            by="practice" if by_practice else "patient",
            sealed_reason=command.sealed_reason,
        ),
    )


def _check_patient(command: ConfirmHold, hold: Held, known: Known) -> None:
    if hold.visit.practice_id in known.patient(command.person_id).stopped_by:
        raise BookingStopped
    practitioner_id = hold.visit.practitioner_id
    if hold.rules.booking == "known_patients" and not known.knows(practitioner_id, command.person_id):
        raise KnownPatientsOnly
    check_person_free(command.person_id, hold.visit.stretch, known)
    check_limit(command.person_id, hold.visit.stretch, hold.rules, known, command.at)
