"""The calendar entry of an appointment (RFC 5545, RFC 5546): one identity for life, a growing sequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vGeo, vRecur, vText

from notification.domain.words import one_line

UID_DOMAIN = "rendezvous.example"
"""Part of every UID: never to be changed, or calendars would keep entries that nobody can cancel."""

_PARIS = "Europe/Paris"
Method = Literal["REQUEST", "CANCEL"]
Half = TimezoneDaylight | TimezoneStandard


@dataclass(frozen=True, slots=True)
class Invitation:
    """REQUEST puts the entry into the calendar or replaces it, CANCEL takes it out. No motive and no speciality in it.

    `start`, `end`, `stamped_at`: UTC; `position`: WGS 84 (lat, lon); `organizer` sends it to `attendee`.
    """

    method: Method
    appointment_id: str
    version: int
    start: datetime
    end: datetime
    zone: str
    stamped_at: datetime
    summary: str
    location: str
    position: tuple[float, float] | None
    description: str
    url: str
    organizer: Address
    attendee: str


def uid_of(appointment_id: str) -> str:
    """The iCalendar UID of an appointment, whatever its version."""
    return f"{appointment_id}@{UID_DOMAIN}"


def to_icalendar(invitation: Invitation) -> str:
    """The iCalendar object: CRLF line ends, lines folded at 75 octets, text escaped."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Rendezvous//Rendezvous//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", invitation.method)
    if invitation.zone == _PARIS:
        calendar.add_component(_paris())
    calendar.add_component(_event(invitation))
    return str(calendar.to_ical(), "utf-8")


def _event(invitation: Invitation) -> Event:
    event = Event()
    event.add("uid", uid_of(invitation.appointment_id))
    event.add("sequence", invitation.version - 1)
    event.add("dtstamp", invitation.stamped_at.astimezone(UTC).replace(microsecond=0))
    _add_time(event, "dtstart", invitation.start, invitation.zone)
    _add_time(event, "dtend", invitation.end, invitation.zone)
    event.add("summary", one_line(invitation.summary))
    if invitation.location:
        event.add("location", one_line(invitation.location))
    if invitation.position is not None:
        event.add("geo", vGeo(invitation.position))
    event.add("description", invitation.description)
    event.add("organizer", _organizer(invitation.organizer), encode=False)
    event.add("attendee", _attendee(invitation.attendee), encode=False)
    event.add("status", "CANCELLED" if invitation.method == "CANCEL" else "CONFIRMED")
    event.add("transp", "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("url", invitation.url)
    return event


def _add_time(event: Event, name: str, at: datetime, zone: str) -> None:
    """Wall time with the zone written out for Paris; UTC, which every calendar understands, elsewhere and in the hour
    that comes twice."""
    wall = at.astimezone(ZoneInfo(_PARIS))
    twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    if zone != _PARIS or twice:
        event.add(name, at.astimezone(UTC))
    else:
        event.add(name, wall.replace(tzinfo=None), parameters={"TZID": _PARIS})


def _organizer(address: Address) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{address.addr_spec}")
    if address.display_name:
        organizer.params["CN"] = vText(address.display_name)
    return organizer


def _attendee(address: str) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{address}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    attendee.params["RSVP"] = vText("FALSE")
    return attendee


def _paris() -> Timezone:
    """The rules of the European Union since 1996, by hand: short, and without an end."""
    zone = Timezone()
    zone.add("tzid", _PARIS)
    summer, winter = timedelta(hours=2), timedelta(hours=1)
    # Local times without a zone, as RFC 5545 wants the onsets of a zone's rules.
    march, october = datetime(1981, 3, 29, 2), datetime(1996, 10, 27, 3)  # noqa: DTZ001
    zone.add_component(_half(TimezoneDaylight(), march, winter, summer, "CEST"))
    zone.add_component(_half(TimezoneStandard(), october, summer, winter, "CET"))
    return zone


def _half(half: Half, onset: datetime, before: timedelta, after: timedelta, name: str) -> Half:
    half.add("dtstart", onset)
    half.add("tzoffsetfrom", before)
    half.add("tzoffsetto", after)
    half.add("tzname", name)
    half.add("rrule", vRecur(freq="YEARLY", bymonth=onset.month, byday="-1SU"))
    return half
