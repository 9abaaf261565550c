"""Which messages an appointment calls for, and when each is due (`booking-rules.md`, "Messages").

Days are calendar days at the place: "more than 7 days ahead" means that the date seven days before the visit is after
the date of the booking. Nothing here knows what time it is: a rule starts from when it was booked, moved or cancelled;
a move counts as a booking of the new time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, assert_never, get_args
from zoneinfo import ZoneInfo

from booking_events.notification import Kind as ToldKind

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
from notification.domain.local_time import at_local, in_civil_hours

Channel = Literal["email", "sms"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Kind = Literal[ToldKind, "offer", "request"]

WEEK = timedelta(days=7)
EMAIL_FROM = time(14)
EMAIL_WINDOW_MINUTES = 120
SMS_FROM = time(13)
SMS_WINDOW_MINUTES = 60
SMS_AFTER_BOOKING = timedelta(minutes=10)
SAME_DAY_SMS_FROM = time(13)
SMS_WITHIN = timedelta(hours=48)
CANCELLATION_USEFUL = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Planned:
    """One message: due at an instant, and of no use to anybody from another on."""

    kind: Kind
    channel: Channel
    due_at: datetime
    useful_until: datetime
    offer_id: str | None = None


def plan(appointment: Appointment) -> tuple[Planned, ...]:
    """The messages that the newest news of an appointment calls for; those planned before it are to be dropped."""
    match appointment:
        case Confirmed(visit, at):
            confirmation = () if appointment.known_before else (_confirmation(visit, at),)
            return (*confirmation, *_email_reminders(visit, at), *_sms_reminder(visit, at))
        case Moved(visit, at):
            told = tuple(_change("move", appointment, _useful_until(visit, at)))
            by_sms = any(message.channel == "sms" for message in told)
            return (*told, *_email_reminders(visit, at), *_sms_reminder(visit, at, just_told=by_sms))
        case Cancelled():
            useful_until = appointment.at + CANCELLATION_USEFUL
            return () if appointment.replaced else tuple(_change("cancellation", appointment, useful_until))
        case Requested(visit, at):
            return (Planned("request", "email", at, visit.start),) if at < visit.start else ()
        case Declined():
            return (Planned("request", "email", appointment.at, appointment.at + CANCELLATION_USEFUL),)
        case Withdrawn():
            return ()
        case _:
            assert_never(appointment)


def plan_offer(offer: Offer) -> tuple[Planned, ...]:
    """The messages that an offer of an earlier time calls for; none is of use once it has expired."""
    if offer.expires_at <= offer.at:
        return ()
    email = Planned("offer", "email", offer.at, offer.expires_at, offer.offer_id)
    sms = offer_sms(offer) if offer.start - offer.at <= SMS_WITHIN else None
    return (email, sms) if sms else (email,)


def offer_sms(offer: Offer) -> Planned | None:
    """The SMS that tells of an offer; None when no civil hour is left before it expires."""
    due_at = in_civil_hours(offer.at, ZoneInfo(offer.zone))
    return Planned("offer", "sms", due_at, offer.expires_at, offer.offer_id) if due_at < offer.expires_at else None


def change_sms(kind: Kind, appointment: Appointment) -> Planned | None:
    """The SMS that tells of a move or a cancellation, where the practice made it; None for every other message.

    None also when no civil hour is left before the visit.
    """
    if kind not in ("move", "cancellation") or not isinstance(appointment, Moved | Cancelled):
        return None
    if appointment.by == "patient":
        return None
    visit = appointment.visit
    due_at = in_civil_hours(appointment.at, visit.local_zone)
    return Planned(kind, "sms", due_at, visit.start) if due_at < visit.start else None


def _confirmation(visit: Visit, at: datetime) -> Planned:
    return Planned("confirmation", "email", at, _useful_until(visit, at))


def _useful_until(visit: Visit, at: datetime) -> datetime:
    return max(visit.end, at + timedelta(hours=1))


def _email_reminders(visit: Visit, at: datetime) -> Iterator[Planned]:
    day_before = visit.local_day - timedelta(days=1)
    day_window = at_local(day_before, EMAIL_FROM, visit.local_zone)
    if _is_far(visit, at):
        week_before = visit.local_day - WEEK
        yield Planned("reminder_week", "email", _email_time(visit, "reminder_week", week_before), day_window)
    # Booked once the window has opened: the confirmation has just said all that the reminder would say.
    if at < day_window:
        yield Planned("reminder_day", "email", _email_time(visit, "reminder_day", day_before), visit.start)


def _sms_reminder(visit: Visit, at: datetime, *, just_told: bool = False) -> Iterator[Planned]:
    """`just_told`: another SMS says at once what a reminder ten minutes later would."""
    due_at = _sms_time(visit, at, just_told=just_told)
    if due_at is not None and due_at < visit.start:
        yield Planned("reminder_sms", "sms", due_at, visit.start)


def _sms_time(visit: Visit, at: datetime, *, just_told: bool) -> datetime | None:
    zone = visit.local_zone
    booked = at.astimezone(zone)
    days_ahead = (visit.local_day - booked.date()).days
    if _is_far(visit, at):
        return _spread(visit, "reminder_sms", visit.local_day - timedelta(days=2), SMS_FROM, SMS_WINDOW_MINUTES)
    if days_ahead > 1:
        return _spread(visit, "reminder_sms", visit.local_day - timedelta(days=1), SMS_FROM, SMS_WINDOW_MINUTES)
    if not just_told and (days_ahead == 1 or (days_ahead == 0 and booked.time() >= SAME_DAY_SMS_FROM)):
        return in_civil_hours(at + SMS_AFTER_BOOKING, zone)
    return None


def _change(kind: Kind, changed: Moved | Cancelled, useful_until: datetime) -> Iterator[Planned]:
    yield Planned(kind, "email", changed.at, useful_until)
    # Whoever was to come soon must not come in vain; whoever is to come soon now must know it.
    soonest = min(changed.visit.start, changed.previous_start) if isinstance(changed, Moved) else changed.visit.start
    sms = change_sms(kind, changed)
    if sms is not None and soonest - changed.at <= SMS_WITHIN:
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
