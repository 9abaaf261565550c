"""Which messages an appointment calls for, and when each is due (`booking-rules.md`, "Messages").

Days are calendar days at the place: "more than 7 days ahead" means that the date seven days before the visit is after
the date of the booking. Nothing here knows what time it is: a rule starts from when it was booked or cancelled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, assert_never

from booking_events.notification import Kind

from notification.domain.appointment import Appointment, Cancelled, Confirmed, Visit
from notification.domain.local_time import at_local, in_civil_hours

Channel = Literal["email", "sms"]

WEEK = timedelta(days=7)
EMAIL_FROM = time(14)
EMAIL_WINDOW_MINUTES = 120
SMS_FROM = time(13)
SMS_WINDOW_MINUTES = 60
SMS_AFTER_BOOKING = timedelta(minutes=10)
SAME_DAY_SMS_FROM = time(13)
SMS_ON_CANCELLATION_WITHIN = timedelta(hours=48)
CANCELLATION_USEFUL = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Planned:
    """One message: due at an instant, and of no use to anybody from another on."""

    kind: Kind
    channel: Channel
    due_at: datetime
    useful_until: datetime


def plan(appointment: Appointment) -> tuple[Planned, ...]:
    """The messages that the newest news of an appointment calls for; those planned before it are to be dropped."""
    match appointment:
        case Confirmed(visit, at):
            confirmation = () if appointment.known_before else (_confirmation(visit, at),)
            return (*confirmation, *_email_reminders(visit, at), *_sms_reminder(visit, at))
        case Cancelled():
            return () if appointment.replaced else tuple(_cancellation(appointment))
        case _:
            assert_never(appointment)


def cancellation_sms(cancelled: Cancelled) -> Planned | None:
    """The SMS of a cancellation that the patient did not ask for; None when no civil hour is left before the visit."""
    due_at = in_civil_hours(cancelled.at, cancelled.visit.local_zone)
    if due_at >= cancelled.visit.start:
        return None
    return Planned("cancellation", "sms", due_at, cancelled.visit.start)


def _confirmation(visit: Visit, at: datetime) -> Planned:
    return Planned("confirmation", "email", at, max(visit.end, at + timedelta(hours=1)))


def _email_reminders(visit: Visit, at: datetime) -> Iterator[Planned]:
    day_before = visit.local_day - timedelta(days=1)
    day_window = at_local(day_before, EMAIL_FROM, visit.local_zone)
    if _is_far(visit, at):
        week_before = visit.local_day - WEEK
        yield Planned("reminder_week", "email", _email_time(visit, "reminder_week", week_before), day_window)
    # Booked once the window has opened: the confirmation has just said all that the reminder would say.
    if at < day_window:
        yield Planned("reminder_day", "email", _email_time(visit, "reminder_day", day_before), visit.start)


def _sms_reminder(visit: Visit, at: datetime) -> Iterator[Planned]:
    due_at = _sms_time(visit, at)
    if due_at is not None and due_at < visit.start:
        yield Planned("reminder_sms", "sms", due_at, visit.start)


def _sms_time(visit: Visit, at: datetime) -> datetime | None:
    zone = visit.local_zone
    booked = at.astimezone(zone)
    days_ahead = (visit.local_day - booked.date()).days
    if _is_far(visit, at):
        return _spread(visit, "reminder_sms", visit.local_day - timedelta(days=2), SMS_FROM, SMS_WINDOW_MINUTES)
    if days_ahead > 1:
        return _spread(visit, "reminder_sms", visit.local_day - timedelta(days=1), SMS_FROM, SMS_WINDOW_MINUTES)
    if days_ahead == 1 or (days_ahead == 0 and booked.time() >= SAME_DAY_SMS_FROM):
        return in_civil_hours(at + SMS_AFTER_BOOKING, zone)
    return None


def _cancellation(cancelled: Cancelled) -> Iterator[Planned]:
    yield Planned("cancellation", "email", cancelled.at, cancelled.at + CANCELLATION_USEFUL)
    asked_for = cancelled.by == "patient"
    if not asked_for and cancelled.visit.start - cancelled.at <= SMS_ON_CANCELLATION_WITHIN:
        sms = cancellation_sms(cancelled)
        if sms is not None:
            yield sms


def _is_far(visit: Visit, at: datetime) -> bool:
    return visit.local_day - at.astimezone(visit.local_zone).date() > WEEK


def _email_time(visit: Visit, kind: Kind, day: date) -> datetime:
    return _spread(visit, kind, day, EMAIL_FROM, EMAIL_WINDOW_MINUTES)


def _spread(visit: Visit, kind: Kind, day: date, start: time, minutes: int) -> datetime:
    """A minute of the window, always the same for one message: a town's reminders do not leave all at once."""
    digest = hashlib.sha256(f"{visit.appointment_id} {kind}".encode()).digest()
    offset = int.from_bytes(digest[:4]) % minutes
    return at_local(day, start, visit.local_zone) + timedelta(minutes=offset)
