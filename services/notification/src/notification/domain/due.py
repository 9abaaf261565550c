"""A message whose time has come, and what is decided before anybody is asked for an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from booking_events.directory import PractitionerState

from notification.domain.appointment import Appointment, Offer, Visit
from notification.domain.local_time import in_civil_hours
from notification.domain.outcome import Dropped, Failed, Postponed, TryLater, Unknown
from notification.domain.planning import Channel, Kind

ATTEMPTS_AT_A_BAD_RECORD_MAX = 5
KEY_KNOWN_FOR = timedelta(hours=12)
"""How long a gateway is trusted to know a repeat: providers keep their keys for a day."""


@dataclass(frozen=True, slots=True)
class Due:
    """`reason` is why an earlier attempt did not succeed.

    `open_since`: since then an SMS may be out; it goes again only as it was, to a gateway that knows it by its key.
    """

    message_id: str
    kind: Kind
    channel: Channel
    useful_until: datetime
    reason: str | None
    open_since: datetime | None
    appointment: Appointment
    practitioner: PractitionerState | None
    offer: Offer | None = None

    @property
    def visit(self) -> Visit:
        """What it tells of: the appointment as it stands, or as it would be at the time that is offered."""
        visit = self.appointment.visit
        return self.offer.instead_of(visit) if self.offer else visit


def not_now(due: Due, now: datetime) -> Dropped | Failed | Unknown | Postponed | None:
    """Why a message is not sent at this time; None when it may be."""
    if due.open_since is not None and now >= due.open_since + KEY_KNOWN_FOR:
        return Unknown(due.reason or "sms_silence")
    if now >= due.useful_until:
        return Failed(due.reason) if due.reason else Dropped("too_late")
    if due.channel == "sms":
        civil = in_civil_hours(now, due.appointment.visit.local_zone)
        if civil >= due.useful_until:
            return Dropped("too_late")
        if civil > now:
            return Postponed(civil)
    return None


def after_an_error(attempts: int, error: str) -> TryLater | Failed:
    """What follows when a message could not be written (`error`: the kind of it): a few tries, then the end."""
    reason = f"error:{error}"
    return Failed(reason) if attempts >= ATTEMPTS_AT_A_BAD_RECORD_MAX else TryLater(reason)
