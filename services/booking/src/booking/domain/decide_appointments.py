"""Decisions on appointments: a hold becomes one, and one is cancelled."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, assert_never

from booking.domain.actors import Leaver, Patient, Staff, may_see
from booking.domain.checks import check_still_alone, own_live_hold
from booking.domain.commands import CancelAppointment, ConfirmHold
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, Event
from booking.domain.patients import cancel_deadline, check_patient, check_welcome
from booking.domain.rejections import AlreadyOver, AnswerMissing, NoSuchAppointment, TooLate
from booking.domain.states import Appointment, Booked, Cancelled, Honoured, Known, Missed

Events = tuple[Event, ...]


def confirm(command: ConfirmHold, known: Known) -> Events:
    hold = own_live_hold(known, command.hold_id, command.account_id, command.at)
    check_still_alone(hold, known, command.at)
    given_up = tuple(
        event for appointment_id in sorted(command.replaces) for event in _given_up(command, appointment_id, known)
    )
    check_welcome(command.person_id, hold.visit, hold.rules, known)
    check_patient(command.person_id, hold.visit, hold.rules, known, command.at, but=command.replaces)
    missing = tuple(q.id for q in hold.rules.questions if q.required and q.id not in command.answered)
    if missing:
        raise AnswerMissing(missing)
    confirmed = AppointmentConfirmed(
        at=command.at,
        appointment_id=command.appointment_id,
        hold_id=hold.hold_id,
        person_id=command.person_id,
        account_id=command.account_id,
        visit=hold.visit,
        rules=hold.rules,
        sealed=command.sealed,
    )
    return (*given_up, confirmed)


def cancel(command: CancelAppointment, known: Known) -> Events:
    appointment, by_practice = theirs(known, command.appointment_id, command.actors)
    match appointment:
        case Cancelled():
            return ()
        case Honoured() | Missed():
            raise AlreadyOver
        case Booked():
            pass
        case _:
            assert_never(appointment)
    # Only who may change their mind is held to it: a practice knows why, and who is erased has nobody left to come.
    leaving = any(isinstance(actor, Leaver) for actor in command.actors)
    _check_cancellable(appointment, command.at, bound=not by_practice and not leaving)
    by: Literal["practice", "patient"] = "practice" if by_practice else "patient"
    return (_cancelled(appointment, command.at, by, sealed_reason=command.sealed_reason),)


def theirs(known: Known, appointment_id: str, actors: tuple[Patient | Staff | Leaver, ...]) -> tuple[Appointment, bool]:
    """The appointment as one of `actors` sees it, and whether it is the practice that asks."""
    appointment = known.appointments.get(appointment_id)
    seeing = [] if appointment is None else [actor for actor in actors if may_see(actor, appointment)]
    if appointment is None or not seeing:
        raise NoSuchAppointment
    return appointment, any(isinstance(actor, Staff) for actor in seeing)


def _given_up(command: ConfirmHold, appointment_id: str, known: Known) -> Events:
    """The patient keeps the new appointment instead of this one."""
    appointment = known.appointments.get(appointment_id)
    if appointment is None or appointment.person_id != command.person_id:
        raise NoSuchAppointment
    match appointment:
        case Cancelled():
            return ()
        case Honoured() | Missed():
            raise AlreadyOver
        case Booked():
            _check_cancellable(appointment, command.at)
            return (_cancelled(appointment, command.at, "patient", replaced_by=command.appointment_id),)
        case _:
            assert_never(appointment)


def _check_cancellable(appointment: Booked, at: datetime, *, bound: bool = True) -> None:
    """`bound`: to the deadline."""
    if at >= appointment.visit.stretch.start:
        raise AlreadyOver
    deadline = cancel_deadline(appointment)
    if bound and at > deadline:
        raise TooLate(deadline)


def _cancelled(
    appointment: Booked,
    at: datetime,
    by: Literal["patient", "practice"],
    *,
    sealed_reason: str | None = None,
    replaced_by: str | None = None,
) -> AppointmentCancelled:
    return AppointmentCancelled(
        at=at,
        appointment_id=appointment.appointment_id,
        person_id=appointment.person_id,
        account_id=appointment.account_id,
        visit=appointment.visit,
        version=appointment.version + 1,
        by=by,
        sealed_reason=sealed_reason,
        replaced_by=replaced_by,
    )
