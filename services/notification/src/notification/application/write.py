"""A due message in full: the e-mail with its calendar entry, or the text of the SMS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage

from booking_events.directory import PractitionerState

from notification.application.invitation import Invitation, to_icalendar
from notification.application.mail import compose
from notification.application.ports import Contact
from notification.domain import letters
from notification.domain.appointment import Cancelled, Declined, Moved, Requested
from notification.domain.due import Due
from notification.domain.letter import Letter, Links, Motive, Subject
from notification.domain.sms_text import Told, cancellation_sms_text, move_sms_text, offer_sms_text, reminder_sms


@dataclass(frozen=True, slots=True)
class Stationery:
    """`sender`: what e-mails come from; `portal`: the public address that links lead to."""

    sender: Address
    portal: str

    @property
    def links(self) -> Links:
        """The pages that messages lead to."""
        return Links(self.portal)


def email(
    due: Due,
    practitioner: PractitionerState,
    contact: Contact,
    motive: Motive | None,
    stationery: Stationery,
    now: datetime,
) -> EmailMessage:
    """Raises `UnusableAddress`. The Message-ID is always the same for one message."""
    to = contact.email or ""
    subject = Subject(due.visit, practitioner, contact.patient, motive, stationery.links)
    letter = _letter(due, subject, contact)
    calendar = _calendar(due, subject, contact, stationery, now)
    return compose(
        letter,
        sender=stationery.sender,
        to=to,
        message_id=f"{due.message_id}@{stationery.sender.domain}",
        date=now,
        calendar=calendar,
    )


def sms(due: Due, told: Told, companions: Sequence[Told], contact: Contact, stationery: Stationery) -> str:
    """One GSM-7 part."""
    links = stationery.links
    if isinstance(due.appointment, Cancelled):
        return cancellation_sms_text(told, links.practitioner(told.visit), contact.language)
    link = links.appointment(told.visit)
    if due.offer is not None:
        return offer_sms_text(told, due.offer, link, contact.language)
    if due.kind == "move" and isinstance(due.appointment, Moved):
        return move_sms_text(told, due.appointment, link, contact.language)
    return reminder_sms([told, *companions], link, links.appointments(), contact.language)


def _letter(due: Due, subject: Subject, contact: Contact) -> Letter:
    if isinstance(due.appointment, Cancelled):
        return letters.cancellation(subject, due.appointment.by, contact.language)
    if isinstance(due.appointment, Requested):
        return letters.received(subject, contact.language)
    if isinstance(due.appointment, Declined):
        return letters.declined(subject, contact.language, lapsed=due.appointment.lapsed)
    if due.offer is not None:
        return letters.offer(subject, due.offer, due.appointment.visit, contact.language)
    if due.kind == "move" and isinstance(due.appointment, Moved):
        return letters.move(subject, due.appointment, contact.language)
    if due.kind == "confirmation":
        return letters.confirmation(subject, contact.language)
    return letters.reminder(subject, contact.language)


def _calendar(
    due: Due, subject: Subject, contact: Contact, stationery: Stationery, now: datetime
) -> tuple[str, str] | None:
    """The entry goes with what changes a calendar; a reminder changes nothing."""
    if due.kind not in ("confirmation", "move", "cancellation"):
        return None
    visit, place = subject.visit, subject.place
    cancelled = isinstance(due.appointment, Cancelled)
    link = stationery.links.appointment(visit)
    invitation = Invitation(
        method="CANCEL" if cancelled else "REQUEST",
        appointment_id=visit.appointment_id,
        version=visit.version,
        start=visit.start,
        end=visit.end,
        zone=visit.zone,
        stamped_at=now,
        summary=letters.calendar_summary(subject, contact.language),
        location=letters.calendar_location(subject),
        position=(place.position.lat, place.position.lon) if place and place.position else None,
        description=link,
        url=link,
        organizer=stationery.sender,
        attendee=contact.email or "",
    )
    return invitation.method, to_icalendar(invitation)
