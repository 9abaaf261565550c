"""Decisions on appointments: a hold becomes one, and one is cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal, assert_never

from booking.domain.actors import Leaver, Patient, Staff, may_see
from booking.domain.checks import check_still_alone, own_live_hold
from booking.domain.commands import CancelAppointment, ConfirmHold
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, Event
from booking.domain.patients import cancel_deadline, check_patient, check_welcome
from booking.domain.rejections import AlreadyOver, AnswerMissing, NoSuchAppointment, TooLate
from booking.domain.states import Appointment, Booked, Cancelled, Held, Honoured, Known, Missed
from booking.domain.two_steps import both, together

Events = tuple[Event, ...]


def confirm(command: ConfirmHold, known: Known) -> Events:
    hold = own_live_hold(known, command.hold_id, command.account_id, command.at)
    holds = both(hold, known)
    for each in holds:
        check_still_alone(each, known, command.at)
    given_up = {
        event.appointment_id: event
        for appointment_id in sorted(command.replaces)
        for event in _given_up(command, appointment_id, known)
    }
    but = command.replaces | given_up.keys()
    for each in holds:
        check_welcome(command.person_id, each.visit, each.rules, known)
        check_patient(command.person_id, each.visit, each.rules, known, command.at, but)
    missing = tuple(q.id for q in holds[0].rules.questions if q.required and q.id not in command.answered)
    if missing:
        raise AnswerMissing(missing)
    return (*given_up.values(), *_confirmed(command, holds))


def _confirmed(command: ConfirmHold, holds: tuple[Held, ...]) -> Iterator[AppointmentConfirmed]:
    """What was said before the visit is kept with the first of two."""
    ids = command.appointment_id, command.second_id
    for number, each in enumerate(holds):
        yield AppointmentConfirmed(
            at=command.at,
            appointment_id=ids[number],
            hold_id=each.hold_id,
            person_id=command.person_id,
            account_id=command.account_id,
            visit=each.visit,
            rules=each.rules,
            sealed=None if number else command.sealed,
            linked_to=ids[1 - number] if len(holds) > 1 else None,
        )


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
    going = together(appointment, known, command.at)
    for each in going:
        _check_cancellable(each, command.at, bound=not by_practice and not leaving)
    by: Literal["practice", "patient"] = "practice" if by_practice else "patient"
    reasons = command.sealed_reason, None
    return tuple(
        _cancelled(each, command.at, by, sealed_reason=reason) for each, reason in zip(going, reasons, strict=False)
    )


def theirs(known: Known, appointment_id: str, actors: tuple[Patient | Staff | Leaver, ...]) -> tuple[Appointment, bool]:
    """The appointment as one of `actors` sees it, and whether it is the practice that asks."""
    appointment = known.appointments.get(appointment_id)
    seeing = [] if appointment is None else [actor for actor in actors if may_see(actor, appointment)]
    if appointment is None or not seeing:
        raise NoSuchAppointment
    return appointment, any(isinstance(actor, Staff) for actor in seeing)


def _given_up(command: ConfirmHold, appointment_id: str, known: Known) -> tuple[AppointmentCancelled, ...]:
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
            going = together(appointment, known, command.at)
            for each in going:
                _check_cancellable(each, command.at)
            by = command.appointment_id
            return tuple(_cancelled(each, command.at, "patient", replaced_by=by) for each in going)
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
        linked_to=appointment.linked_to,
    )
