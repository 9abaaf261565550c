"""Bookkeeping of what practices state. It never refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, assert_never

from booking.domain.events_practice import (
    AppointmentHonoured,
    AppointmentRequested,
    AttendanceEvent,
    BookedByStaff,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientEvent,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
    RequestApproved,
    RequestEnded,
    RequestEvent,
)
from booking.domain.states import Booked, Honoured, Known, Missed, Step
from booking.domain.states_practice import Approved, Ended, Pending


def booked(known: Known, event: BookedByStaff) -> Known:
    step = Step(event.at, "confirmed", event.version, "practice")
    whose = event.appointment_id, event.person_id, event.account_id
    return known.with_appointment(Booked(*whose, event.visit, event.rules, event.version, (step,), None))


def requested(known: Known, event: RequestEvent) -> Known:
    whose = event.request_id, event.person_id, event.account_id, event.visit
    match event:
        case AppointmentRequested():
            return known.with_request(Pending(*whose, event.rules, event.sealed_message))
        case RequestApproved():
            before = known.requests.get(event.request_id)
            asked = event.visit if before is None else before.visit
            return known.with_request(Approved(*whose, event.appointment_id, asked.stretch.start))
        case RequestEnded():
            return known.with_request(Ended(*whose, event.by, event.sealed_reason))
        case _:
            assert_never(event)


def attended(known: Known, event: AttendanceEvent) -> Known:
    before = known.appointments.get(event.appointment_id)
    history = () if before is None else before.history
    sealed = None if before is None else before.sealed
    whose = event.appointment_id, event.person_id, event.account_id, event.visit, event.version
    if isinstance(event, AppointmentHonoured):
        return known.with_appointment(Honoured(*whose, (*history, _step(event, "honoured")), sealed))
    name: Literal["excused", "missed"] = "excused" if event.excused else "missed"
    return known.with_appointment(Missed(*whose, (*history, _step(event, name)), sealed, event.excused))


def said_of_patient(known: Known, event: PatientEvent) -> Known:
    patient = known.patient(event.person_id)
    match event:
        case PatientMarkedKnown():
            patient = replace(patient, known_to=_with(patient.known_to, event.practitioner_id))
        case PatientUnmarkedKnown():
            patient = replace(patient, known_to=_without(patient.known_to, event.practitioner_id))
        case OnlineBookingStopped():
            patient = replace(patient, stopped_by=_with(patient.stopped_by, event.practice_id))
        case OnlineBookingResumed():
            patient = replace(patient, stopped_by=_without(patient.stopped_by, event.practice_id))
        case _:
            assert_never(event)
    return known.with_patient(patient)


def _step(event: AttendanceEvent, name: Literal["honoured", "excused", "missed"]) -> Step:
    return Step(event.at, name, event.version, "practice")


def _with(ids: tuple[str, ...], added: str) -> tuple[str, ...]:
    return tuple(sorted({*ids, added}))


def _without(ids: tuple[str, ...], removed: str) -> tuple[str, ...]:
    return tuple(each for each in ids if each != removed)
