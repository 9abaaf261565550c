"""Bookkeeping: what each event makes of what was known. It never refuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import assert_never

from booking.domain import evolve_absences as absences
from booking.domain import evolve_practice as practice
from booking.domain import evolve_waiting as waiting
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    Event,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_absences import AbsenceEnded, AbsenceNoted, AbsencePlanned, AbsenceSettled
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
    RequestApproved,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.states import Booked, Cancelled, Expired, Held, Known, Released, Step, Used


def fold(events: Iterable[Event], known: Known | None = None) -> Known:
    return reduce(evolve, events, known or Known())


def evolve(known: Known, event: Event) -> Known:
    match event:
        case SlotHeld():
            return known.with_hold(
                Held(
                    event.hold_id,
                    event.account_id,
                    event.visit,
                    event.rules,
                    event.at,
                    event.expires_at,
                    linked_to=event.linked_to,
                )
            )
        case HoldReleased():
            return known.with_hold(Released(event.hold_id, event.account_id, event.reason))
        case HoldExpired():
            return known.with_hold(Expired(event.hold_id, event.account_id))
        case HoldExtended():
            hold = known.holds.get(event.hold_id)
            if not isinstance(hold, Held):
                return known
            return known.with_hold(replace(hold, expires_at=event.expires_at, extended=True))
        case HoldClaimed():
            before = known.holds.get(event.hold_id)
            return known.with_hold(
                Held(
                    event.hold_id,
                    event.account_id,
                    event.visit,
                    event.rules,
                    before.since if isinstance(before, Held) else event.at,
                    event.expires_at,
                    event.extended,
                    event.linked_to,
                )
            )
        case AppointmentConfirmed():
            return _confirmed(known, event)
        case AppointmentMoved():
            return waiting.moved(_moved(known, event), event)
        case AppointmentCancelled():
            return _cancelled(known, event)
        case AppointmentBookedByPractice() | AppointmentBookedOverRules() | AppointmentImported():
            return practice.booked(known, event)
        case AppointmentHonoured() | AppointmentMissed():
            return practice.attended(known, event)
        case PatientMarkedKnown() | PatientUnmarkedKnown() | OnlineBookingStopped() | OnlineBookingResumed():
            return practice.said_of_patient(known, event)
        case AppointmentRequested() | RequestApproved() | RequestEnded():
            return practice.requested(known, event)
        case AbsenceNoted() | AbsencePlanned() | AbsenceEnded() | AbsenceSettled():
            return absences.absence(known, event)
        case WaitingListJoined() | WaitingListLeft() | EarlierSlotOffered() | FreedSlotClosed():
            return waiting.waiting(known, event)
        case _:
            assert_never(event)


def _confirmed(known: Known, event: AppointmentConfirmed) -> Known:
    used = Used(event.hold_id, event.account_id, event.appointment_id)
    booked = Booked(
        appointment_id=event.appointment_id,
        person_id=event.person_id,
        account_id=event.account_id,
        visit=event.visit,
        rules=event.rules,
        version=event.version,
        history=(Step(event.at, "confirmed", event.version, "patient"),),
        sealed=event.sealed,
        linked_to=event.linked_to,
    )
    return known.with_hold(used).with_appointment(booked)


def _moved(known: Known, event: AppointmentMoved) -> Known:
    """A boundary that begins at the new time has not heard of the appointment before."""
    before = known.appointments.get(event.appointment_id)
    return known.with_appointment(
        Booked(
            appointment_id=event.appointment_id,
            person_id=event.person_id,
            account_id=event.account_id,
            visit=event.visit,
            rules=event.rules,
            version=event.version,
            history=(*(before.history if before else ()), Step(event.at, "moved", event.version, event.by)),
            sealed=None if before is None else before.sealed,
            linked_to=event.linked_to,
        )
    )


def _cancelled(known: Known, event: AppointmentCancelled) -> Known:
    before = known.appointments.get(event.appointment_id)
    return known.with_appointment(
        Cancelled(
            appointment_id=event.appointment_id,
            person_id=event.person_id,
            account_id=event.account_id,
            visit=event.visit,
            version=event.version,
            history=(*(before.history if before else ()), Step(event.at, "cancelled", event.version, event.by)),
            sealed=None if before is None else before.sealed,
        )
    )
