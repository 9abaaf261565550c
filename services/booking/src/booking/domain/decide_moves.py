"""Moving an appointment: the new time is taken and the old one freed in one decision, or all stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from booking.domain.actors import Patient
from booking.domain.checks import check_room, check_when, released
from booking.domain.commands import MoveAppointment
from booking.domain.decide_appointments import theirs
from booking.domain.events import AppointmentMoved, Event
from booking.domain.facts import Visit
from booking.domain.patients import check_in_time_to_move, check_patient, check_welcome
from booking.domain.rejections import AlreadyOver, AnotherVisit, AppointmentChanged, WasCancelled
from booking.domain.states import Booked, Cancelled, Held, Honoured, Known, Missed
from booking.domain.two_steps import check_apart, others


def move(command: MoveAppointment, known: Known) -> tuple[Event, ...]:
    appointment, by_practice = theirs(known, command.appointment_id, command.actors)
    match appointment:
        case Cancelled():
            raise WasCancelled
        case Honoured() | Missed():
            raise AlreadyOver
        case Booked():
            pass
        case _:
            assert_never(appointment)
    if _is_there(command.visit, appointment.visit):
        return ()
    _check_movable(command, appointment, by_practice=by_practice)
    rules = replace(command.rules, second=appointment.rules.second)
    check_apart(appointment, command.visit, known)
    check_when(command.visit, rules, command.at)
    own = _own_holds(command, known)
    but = {appointment.appointment_id, *(hold.hold_id for hold in own)}
    visit = check_room(command.visit, rules, known, command.at, but)
    if not by_practice:
        check_welcome(appointment.person_id, command.visit, rules, known)
    check_patient(appointment.person_id, command.visit, rules, known, command.at, but | others(appointment))
    moved = AppointmentMoved(
        at=command.at,
        appointment_id=appointment.appointment_id,
        person_id=appointment.person_id,
        account_id=appointment.account_id,
        visit=visit,
        rules=rules,
        left=appointment.visit.stretch,
        version=appointment.version + 1,
        by="practice" if by_practice else "patient",
        linked_to=appointment.linked_to,
    )
    return (*(released(hold, command.at, "replaced") for hold in own), moved)


def _is_there(wanted: Visit, had: Visit) -> bool:
    """Who asks again finds it done; another motive or mode at the same time is something else."""
    same = (wanted.motive_id, wanted.mode) == (had.motive_id, had.mode)
    return same and wanted.stretch == had.stretch.of_agenda()


def _check_movable(command: MoveAppointment, appointment: Booked, *, by_practice: bool) -> None:
    old, new = appointment.visit, command.visit
    if command.seen_version not in (None, appointment.version):
        raise AppointmentChanged(appointment.version)
    # The agenda is the key of what is published: on another one, the news of both could overtake each other.
    if (new.stretch.agenda_id, new.motive_id) != (old.stretch.agenda_id, old.motive_id):
        raise AnotherVisit
    if command.at >= old.stretch.start:
        raise AlreadyOver
    if not by_practice:
        check_in_time_to_move(appointment, command.at)


def _own_holds(command: MoveAppointment, known: Known) -> list[Held]:
    """What the mover holds at the new time was taken for this move, unless it is one of two visits."""
    accounts = {actor.account_id for actor in command.actors if isinstance(actor, Patient)}
    return [
        hold
        for hold in known.live_holds(command.at)
        if hold.account_id in accounts
        and hold.linked_to is None
        and hold.visit.stretch.occupies_with(command.visit.stretch)
    ]
