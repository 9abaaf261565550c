"""The private events: what was decided, by which facts. Stored for ever, so a field is only ever added.

`linked_to`: the other hold, or appointment, of a two-step motive. Each of the two is said by events of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from booking.domain.events_absences import AbsenceEvent
from booking.domain.events_practice import AttendanceEvent, BookedByStaff, PatientEvent, RequestEvent
from booking.domain.events_waiting import WaitingEvent
from booking.domain.facts import Rules, Stretch, Visit


@dataclass(frozen=True, slots=True)
class SlotHeld:
    """The time is bound until `expires_at`, whether or not HoldExpired is ever recorded."""

    at: datetime
    hold_id: str
    account_id: str
    visit: Visit
    rules: Rules
    expires_at: datetime
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class HoldReleased:
    at: datetime
    hold_id: str
    account_id: str
    stretch: Stretch
    reason: Literal["released", "replaced"]
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class HoldExpired:
    """The sweeper's record of what the clock had already made true."""

    at: datetime
    hold_id: str
    account_id: str
    stretch: Stretch
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class HoldExtended:
    at: datetime
    hold_id: str
    account_id: str
    stretch: Stretch
    expires_at: datetime
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class HoldClaimed:
    """A visitor's hold became the account's. It repeats the hold's facts: the new account's boundary begins here."""

    at: datetime
    hold_id: str
    visitor_id: str
    account_id: str
    visit: Visit
    rules: Rules
    expires_at: datetime
    extended: bool
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class AppointmentConfirmed:
    """`sealed`: the answers and `consulted_before`, encrypted with the person's own key; None when nothing was said."""

    at: datetime
    appointment_id: str
    hold_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    sealed: str | None = None
    version: int = 1
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class AppointmentCancelled:
    """`sealed_reason`: what the person wrote, encrypted like the answers. `replaced_by`: the appointment instead."""

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    version: int
    by: Literal["patient", "practice", "absence"]
    sealed_reason: str | None = None
    replaced_by: str | None = None
    linked_to: str | None = None


@dataclass(frozen=True, slots=True)
class AppointmentMoved:
    """To `visit`, bound by the new offer's `rules`; `left` is the time that it frees.

    `offer_id`: the waiting list's offer that it accepts; then `cascade` counts how the offer came about.
    It repeats the appointment's facts: the boundary of the new time begins here.
    """

    at: datetime
    appointment_id: str
    person_id: str
    account_id: str
    visit: Visit
    rules: Rules
    left: Stretch
    version: int
    by: Literal["patient", "practice"]
    offer_id: str | None = None
    cascade: int = 0
    linked_to: str | None = None


HoldEvent = SlotHeld | HoldReleased | HoldExpired | HoldExtended | HoldClaimed
AppointmentEvent = AppointmentConfirmed | AppointmentMoved | AppointmentCancelled | BookedByStaff | AttendanceEvent
Event = HoldEvent | AppointmentEvent | PatientEvent | RequestEvent | AbsenceEvent | WaitingEvent
