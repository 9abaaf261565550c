"""An appointment as a calendar file (RFC 5545): a copy to keep, under the same UID as the one sent by e-mail."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.views.appointments import Shown
from portal.views.words import Words

_OCTETS_MAX = 75


def calendar_file(shown: Shown, words: Words, link: str, now: datetime) -> bytes:
    """One VEVENT in UTC. The motive stays out of it: calendars are shared and shown on locked screens."""
    appointment = shown.appointment
    who = shown.profile.name if shown.profile else ""
    place = shown.place
    where = ", ".join(part for part in (place.name, place.one_line) if part) if place else ""
    summary = words("ics.summary", name=who) if who else words("ics.summary-plain")
    status = "CONFIRMED" if appointment.state == "confirmed" else "CANCELLED"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//RDV Sante//Portal 1.0//FR",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{appointment.id}@rendezvous.example",
        f"SEQUENCE:{appointment.version - 1}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(appointment.start)}",
        f"DTEND:{_utc(appointment.end)}",
        f"SUMMARY:{_text(summary)}",
        *([f"LOCATION:{_text(where)}"] if where else []),
        f"DESCRIPTION:{_text(words('ics.description', link=link))}",
        f"URL:{link}",
        f"STATUS:{status}",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """Lines of at most 75 octets, never cut inside a character."""
    lines, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _OCTETS_MAX:
            lines.append(" ")
            size = 1
        lines[-1] += character
        size += octets
    return "\r\n".join(lines)
