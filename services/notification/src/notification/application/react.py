"""What other services say, in notification's own terms."""

from __future__ import annotations

from typing import assert_never
from zoneinfo import ZoneInfo

from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    AppointmentRequested,
    AppointmentRequestEnded,
    EarlierSlotOffered,
)

from notification.domain.appointment import (
    Appointment,
    Cancelled,
    Confirmed,
    Declined,
    Moved,
    Offer,
    Requested,
    Visit,
    Withdrawn,
)

_OfVisit = (
    AppointmentConfirmed | AppointmentMoved | AppointmentCancelled | AppointmentRequested | AppointmentRequestEnded
)


class Unreadable(ValueError):
    """An event that cannot be acted on; the text is a constant and says nothing of anybody."""


def appointment_of(event: AppointmentConfirmed | AppointmentMoved | AppointmentCancelled) -> Appointment:
    """The appointment as the event leaves it. Raises `Unreadable` for a time zone that does not exist."""
    _check(event)
    visit = _visit(event, event.appointment_id, event.version)
    match event:
        case AppointmentConfirmed():
            return Confirmed(visit, event.confirmed_at, known_before=event.imported)
        case AppointmentMoved():
            return Moved(visit, event.moved_at, event.by, event.previous_start)
        case AppointmentCancelled():
            return Cancelled(visit, event.cancelled_at, event.by, replaced=event.replaced_by is not None)
        case _:
            assert_never(event)


def requested_of(event: AppointmentRequested) -> Requested:
    """The visit that was asked for. Raises `Unreadable` for a time zone that does not exist."""
    _check(event)
    return Requested(_visit(event, event.request_id, 1), event.requested_at)


def ended_of(event: AppointmentRequestEnded) -> Declined | Withdrawn:
    """The visit that was not booked. Raises `Unreadable` for a time zone that does not exist."""
    _check(event)
    visit = _visit(event, event.request_id, 2)
    if event.outcome == "withdrawn":
        return Withdrawn(visit, event.ended_at)
    return Declined(visit, event.ended_at, lapsed=event.outcome == "lapsed")


def offer_of(event: EarlierSlotOffered) -> Offer:
    """The offer of an earlier time. Raises `Unreadable` for a time zone that does not exist."""
    _check(event)
    return Offer(
        offer_id=event.offer_id,
        appointment_id=event.appointment_id,
        place_id=event.place_id,
        mode=event.mode,
        start=event.start,
        end=event.end,
        zone=event.zone,
        at=event.offered_at,
        expires_at=event.expires_at,
    )


def _check(event: _OfVisit | EarlierSlotOffered) -> None:
    try:
        ZoneInfo(event.zone)
    except (ValueError, OSError) as error:
        raise Unreadable("unknown time zone") from error
    if event.end <= event.start:
        raise Unreadable("an end that is not after the start")


def _visit(event: _OfVisit, id_: str, version: int) -> Visit:
    return Visit(
        appointment_id=id_,
        version=version,
        agenda_id=event.agenda_id,
        practitioner_id=event.practitioner_id,
        place_id=event.place_id,
        person_id=event.person_id,
        account_id=event.account_id,
        motive_id=event.motive_id,
        mode=event.mode,
        start=event.start,
        end=event.end,
        zone=event.zone,
    )
