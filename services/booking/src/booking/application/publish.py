"""Ours to public: what the world is told of each private event."""

from __future__ import annotations

from typing import Any, assert_never

from booking_events import PublicEvent
from booking_events import booking as public

from booking.domain.decide_requests import OUTCOMES
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentEvent,
    AppointmentMoved,
    Event,
    HoldClaimed,
    HoldEvent,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    BookedByStaff,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, WaitingListJoined
from booking.domain.facts import Stretch, Visit

PUBLIC_TYPES: dict[type[Event], type[PublicEvent]] = {
    SlotHeld: public.SlotHeld,
    HoldReleased: public.HoldReleased,
    HoldExpired: public.HoldExpired,
    HoldExtended: public.HoldExtended,
    HoldClaimed: public.HoldExtended,
    AppointmentConfirmed: public.AppointmentConfirmed,
    AppointmentMoved: public.AppointmentMoved,
    AppointmentCancelled: public.AppointmentCancelled,
    AppointmentBookedByPractice: public.AppointmentConfirmed,
    AppointmentBookedOverRules: public.AppointmentConfirmed,
    AppointmentImported: public.AppointmentConfirmed,
    AppointmentHonoured: public.AppointmentHonoured,
    AppointmentMissed: public.AppointmentMissed,
    WaitingListJoined: public.WaitingListJoined,
    EarlierSlotOffered: public.EarlierSlotOffered,
    AppointmentRequested: public.AppointmentRequested,
    RequestEnded: public.AppointmentRequestEnded,
}
"""Which public type each private one becomes; a claim is said as an extension with a new holder.

What is not here is told to nobody: what a practice thinks of a patient. What it books upon a request is an appointment.
"""
PublishedEvent = (
    HoldEvent | AppointmentEvent | WaitingListJoined | EarlierSlotOffered | AppointmentRequested | RequestEnded
)


def publish(event: PublishedEvent) -> PublicEvent:
    """The public form of `event`: rules, sealed answers and the offer stay private."""
    return PUBLIC_TYPES[type(event)](**fields_of(event))


def fields_of(event: PublishedEvent) -> dict[str, Any]:
    """All fields of the public form, instants in UTC: what the relay says without making the model first."""
    match event:
        case SlotHeld():
            return {
                **_visit(event.visit), "hold_id": event.hold_id, "held_by": event.account_id,
                "expires_at": event.expires_at,
            }  # fmt: skip
        case HoldReleased():
            return {**_stretch(event.stretch), "hold_id": event.hold_id, "reason": event.reason}
        case HoldExpired():
            return {**_stretch(event.stretch), "hold_id": event.hold_id}
        case HoldExtended():
            return _extended(event, event.stretch)
        case HoldClaimed():
            return _extended(event, event.visit.stretch)
        case AppointmentConfirmed():
            return {**_confirmed(event), "hold_id": event.hold_id}
        case AppointmentBookedByPractice() | AppointmentBookedOverRules():
            return {**_confirmed(event), "hold_id": None}
        case AppointmentImported():
            return {**_confirmed(event), "hold_id": None, "imported": True}
        case AppointmentMoved():
            return {
                **_visit(event.visit), **_who(event), "by": event.by, "moved_at": event.at,
                "previous_start": event.left.start, "previous_end": event.left.end,
            }  # fmt: skip
        case AppointmentCancelled():
            return {
                **_visit(event.visit), **_who(event), "by": event.by, "cancelled_at": event.at,
                "replaced_by": event.replaced_by,
            }  # fmt: skip
        case AppointmentHonoured():
            return {**_visit(event.visit), **_who(event), "correction": event.correction, "recorded_at": event.at}
        case AppointmentMissed():
            return {
                **_visit(event.visit), **_who(event), "excused": event.excused, "correction": event.correction,
                "recorded_at": event.at,
            }  # fmt: skip
        case WaitingListJoined():
            return {**_visit(event.visit), **_whose(event), "joined_at": event.at}
        case EarlierSlotOffered():
            return {
                **_visit(event.visit), **_whose(event), "offer_id": event.offer_id, "expires_at": event.expires_at,
                "offered_at": event.at,
            }  # fmt: skip
        case AppointmentRequested():
            return {**_request(event), "requested_at": event.at}
        case RequestEnded():
            return {**_request(event), "outcome": OUTCOMES[event.by], "ended_at": event.at}
        case _:
            assert_never(event)


def _confirmed(event: AppointmentConfirmed | BookedByStaff) -> dict[str, Any]:
    return {**_visit(event.visit), **_who(event), "confirmed_at": event.at, "imported": False}


def _request(event: AppointmentRequested | RequestEnded) -> dict[str, Any]:
    whose = {"person_id": event.person_id, "account_id": event.account_id}
    return {**_visit(event.visit), "request_id": event.request_id, **whose}


def _extended(event: HoldExtended | HoldClaimed, stretch: Stretch) -> dict[str, Any]:
    return {
        **_stretch(stretch), "hold_id": event.hold_id, "held_by": event.account_id, "expires_at": event.expires_at,
    }  # fmt: skip


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {"agenda_id": stretch.agenda_id, "start": stretch.start, "end": stretch.end}


def _visit(visit: Visit) -> dict[str, Any]:
    return {
        **_stretch(visit.stretch),
        "practitioner_id": visit.practitioner_id,
        "place_id": visit.place_id,
        "zone": visit.zone,
        "motive_id": visit.motive_id,
        "mode": visit.mode,
        "buffer_before_minutes": visit.stretch.buffer_before_minutes,
        "buffer_after_minutes": visit.stretch.buffer_after_minutes,
        "room_id": visit.stretch.room_id,
    }


def _who(event: AppointmentEvent) -> dict[str, Any]:
    return {**_whose(event), "version": event.version}


def _whose(event: AppointmentEvent | WaitingListJoined | EarlierSlotOffered) -> dict[str, Any]:
    return {"appointment_id": event.appointment_id, "person_id": event.person_id, "account_id": event.account_id}
