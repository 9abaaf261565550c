"""The tags that an event carries, and the boundary (a set of tags) that each decision depends on."""

from __future__ import annotations

from typing import assert_never

from booking.domain.days import limited
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
from booking.domain.events_practice import (
    AppointmentHonoured,
    AppointmentMissed,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
)
from booking.domain.facts import Rules, Stretch, Visit

Tags = tuple[str, ...]


def agenda(agenda_id: str) -> str:
    return f"agenda:{agenda_id}"


def hold(hold_id: str) -> str:
    return f"hold:{hold_id}"


def appointment(appointment_id: str) -> str:
    return f"appointment:{appointment_id}"


def person(person_id: str) -> str:
    return f"person:{person_id}"


def account(account_id: str) -> str:
    return f"account:{account_id}"


def hours(stretch: Stretch) -> Tags:
    """`hour:<agenda>:<UTC hour>` of each hour touched: two visits that overlap share at least one."""
    return tuple(f"hour:{stretch.agenda_id}:{hour:%Y-%m-%dT%H}" for hour in stretch.hours())


def around(visit: Visit, rules: Rules) -> Tags:
    """Where whoever wants the visit meets all who may be in its way: its hours, or those of its limited day or week."""
    return tuple(dict.fromkeys((*hours(visit.stretch), *hours(limited(visit, rules)))))


def first_hour(tags: Tags) -> str | None:
    """The first `hour:` tag of a boundary, where a crowd that wants the same time meets."""
    return next((tag for tag in tags if tag.startswith("hour:")), None)


def of(event: Event) -> Tags:
    """Every tag of an event: ids and hours, never anything personal."""
    match event:
        case SlotHeld():
            stretch = event.visit.stretch
            ids: Tags = (hold(event.hold_id), account(event.account_id))
        case HoldReleased() | HoldExpired() | HoldExtended():
            stretch = event.stretch
            ids = (hold(event.hold_id), account(event.account_id))
        case HoldClaimed():
            stretch = event.visit.stretch
            ids = (hold(event.hold_id), account(event.visitor_id), account(event.account_id))
        case AppointmentConfirmed():
            stretch = event.visit.stretch
            ids = (
                hold(event.hold_id),
                appointment(event.appointment_id),
                person(event.person_id),
                account(event.account_id),
            )
        case AppointmentMoved():
            stretch = event.visit.stretch
            ids = (
                *(hour for hour in hours(event.left) if hour not in hours(stretch)),
                appointment(event.appointment_id),
                person(event.person_id),
                account(event.account_id),
            )
        case AppointmentCancelled() | AppointmentHonoured() | AppointmentMissed():
            stretch = event.visit.stretch
            ids = (appointment(event.appointment_id), person(event.person_id), account(event.account_id))
        case PatientMarkedKnown() | PatientUnmarkedKnown() | OnlineBookingStopped() | OnlineBookingResumed():
            # Whoever decides for the person reads what practices said of them; no time is concerned.
            return (person(event.person_id),)
        case _:
            assert_never(event)
    return (agenda(stretch.agenda_id), *hours(stretch), *ids)
