"""Decisions after a visit: it was honoured, or missed with or without an excuse; a correction is a new fact."""

from __future__ import annotations

from typing import assert_never

from booking.domain.actors import may_see
from booking.domain.commands_practice import Outcome, RecordAttendance
from booking.domain.events import Event
from booking.domain.events_practice import AppointmentHonoured, AppointmentMissed, AttendanceEvent
from booking.domain.rejections import NoSuchAppointment, NotBegun, ReasonMissing, WasCancelled
from booking.domain.states import Appointment, Booked, Cancelled, Honoured, Known, Missed


def record_attendance(command: RecordAttendance, known: Known) -> tuple[Event, ...]:
    appointment = known.appointments.get(command.appointment_id)
    if appointment is None or not may_see(command.staff, appointment):
        raise NoSuchAppointment
    match appointment:
        case Cancelled():
            raise WasCancelled
        case Booked():
            if command.at < appointment.visit.stretch.start:
                raise NotBegun(appointment.visit.stretch.start)
            return (_fact(command, appointment, correction=False),)
        case Honoured() | Missed():
            if outcome_of(appointment) == command.outcome:
                return ()
            if not command.reasoned:
                raise ReasonMissing
            return (_fact(command, appointment, correction=True),)
        case _:
            assert_never(appointment)


def outcome_of(appointment: Honoured | Missed) -> Outcome:
    if isinstance(appointment, Honoured):
        return "honoured"
    return "excused" if appointment.excused else "missed"


def _fact(command: RecordAttendance, appointment: Appointment, *, correction: bool) -> AttendanceEvent:
    honoured = AppointmentHonoured(
        at=command.at,
        appointment_id=appointment.appointment_id,
        person_id=appointment.person_id,
        account_id=appointment.account_id,
        visit=appointment.visit,
        version=appointment.version + 1,
        correction=correction,
        sealed_reason=command.sealed_reason,
    )
    if command.outcome == "honoured":
        return honoured
    return AppointmentMissed(
        honoured.at, honoured.appointment_id, honoured.person_id, honoured.account_id, honoured.visit,
        honoured.version, command.outcome == "excused", correction, command.sealed_reason,
    )  # fmt: skip
