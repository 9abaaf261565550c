"""The tags that an event carries, and the boundary (a set of tags) that each decision depends on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
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


def request(request_id: str) -> str:
    return f"request:{request_id}"


def hours(stretch: Stretch) -> Tags:
    """`hour:<agenda>:<UTC hour>` of each hour touched, and the same of its room: who would overlap shares one."""
    own = tuple(f"hour:{stretch.agenda_id}:{hour:%Y-%m-%dT%H}" for hour in stretch.hours())
    return own if stretch.room_id is None else (*own, *room(stretch.room_id, stretch))


def room(room_id: str, stretch: Stretch) -> Tags:
    """`room:<room>:<UTC hour>`: where the visits of several agendas to one room meet."""
    return tuple(f"room:{room_id}:{hour:%Y-%m-%dT%H}" for hour in stretch.hours())


def around(visit: Visit, rules: Rules) -> Tags:
    """Where whoever wants the visit meets all that may be in its way: in its hours, its limited day or week, its month.

    The month is that of absences. While it has no room, the hours of each that it may take.
    """
    stretch, counted = visit.stretch, limited(visit, rules)
    own, months = hours(stretch), away(stretch.agenda_id, stretch.start, stretch.end)
    if stretch.room_id is None and rules.rooms:
        own += tuple(tag for room_id in rules.rooms for tag in room(room_id, stretch))
    # Most motives have no limit: every hold and confirmation passes here.
    return (*own, *months) if counted is None else tuple(dict.fromkeys((*own, *hours(counted), *months)))


def absence(absence_id: str) -> str:
    return f"absence:{absence_id}"


def away(agenda_id: str, start: datetime, end: datetime) -> Tags:
    """`away:<agenda>:<UTC month>` of each month touched: hours would be too many for an absence of weeks."""
    months = (end.year - start.year) * 12 + end.month - start.month
    firsts = [divmod(start.month - 1 + passed, 12) for passed in range(months + 1)]
    return tuple(f"away:{agenda_id}:{start.year + years}-{month + 1:02}" for years, month in firsts)


def earlier(offer_id: str) -> str:
    return f"earlier:{offer_id}"


def slot(stretch: Stretch) -> str:
    """A very start on an agenda: what was offered of it, and to whom, is found here."""
    return f"slot:{stretch.agenda_id}:{stretch.start:%Y-%m-%dT%H:%M}"


def _linked(tag: Callable[[str], str], other: str | None) -> Tags:
    """What happens to one of two is read with the other."""
    return () if other is None else (tag(other),)


def first_hour(tags: Tags) -> str | None:
    """The first `hour:` tag of a boundary, where a crowd that wants the same time meets."""
    return next((tag for tag in tags if tag.startswith("hour:")), None)


def of(event: Event) -> Tags:
    """Every tag of an event: ids and hours, never anything personal."""
    match event:
        case SlotHeld():
            stretch = event.visit.stretch
            ids: Tags = (hold(event.hold_id), *_linked(hold, event.linked_to), account(event.account_id))
        case HoldReleased() | HoldExpired() | HoldExtended():
            stretch = event.stretch
            ids = (hold(event.hold_id), *_linked(hold, event.linked_to), account(event.account_id))
        case HoldClaimed():
            stretch = event.visit.stretch
            ids = (
                hold(event.hold_id),
                *_linked(hold, event.linked_to),
                account(event.visitor_id),
                account(event.account_id),
            )
        case AppointmentConfirmed():
            stretch = event.visit.stretch
            ids = (
                hold(event.hold_id),
                appointment(event.appointment_id),
                *_linked(appointment, event.linked_to),
                person(event.person_id),
                account(event.account_id),
            )
        case AppointmentMoved():
            stretch = event.visit.stretch
            taken = hours(stretch)
            ids = (
                *(hour for hour in hours(event.left) if hour not in taken),
                *(() if event.offer_id is None else (earlier(event.offer_id),)),
                appointment(event.appointment_id),
                *_linked(appointment, event.linked_to),
                person(event.person_id),
                account(event.account_id),
            )
        case AppointmentCancelled():
            stretch = event.visit.stretch
            ids = (
                appointment(event.appointment_id),
                *_linked(appointment, event.linked_to),
                person(event.person_id),
                account(event.account_id),
            )
        case (
            AppointmentBookedByPractice()
            | AppointmentBookedOverRules()
            | AppointmentImported()
            | AppointmentHonoured()
            | AppointmentMissed()
        ):
            stretch = event.visit.stretch
            ids = (appointment(event.appointment_id), person(event.person_id), account(event.account_id))
        case PatientMarkedKnown() | PatientUnmarkedKnown() | OnlineBookingStopped() | OnlineBookingResumed():
            # Whoever decides for the person reads what practices said of them; no time is concerned.
            return (person(event.person_id),)
        case AppointmentRequested() | RequestApproved() | RequestEnded():
            # No hours: a request binds no time.
            ids = (request(event.request_id), person(event.person_id), account(event.account_id))
            return (agenda(event.visit.stretch.agenda_id), *ids)
        case AbsenceNoted() | AbsencePlanned() | AbsenceEnded():
            months = away(event.agenda_id, event.start, event.end)
            return (agenda(event.agenda_id), absence(event.absence_id), *months)
        case AbsenceSettled():
            return (agenda(event.agenda_id), absence(event.absence_id))
        case WaitingListJoined() | WaitingListLeft():
            whose = (appointment(event.appointment_id), person(event.person_id), account(event.account_id))
            return (agenda(event.visit.stretch.agenda_id), *whose)
        case EarlierSlotOffered():
            whose = (appointment(event.appointment_id), person(event.person_id), account(event.account_id))
            return (agenda(event.visit.stretch.agenda_id), slot(event.visit.stretch), earlier(event.offer_id), *whose)
        case FreedSlotClosed():
            return (agenda(event.visit.stretch.agenda_id), slot(event.visit.stretch))
        case _:
            assert_never(event)
    return (agenda(stretch.agenda_id), *hours(stretch), *ids)
