"""What a patient's mail program gets: readable with and without HTML, with a calendar entry, nothing smuggled in."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest
from icalendar import Calendar
from notification.application.invitation import Invitation, to_icalendar
from notification.application.mail import UnusableAddress, compose, html, plain_text
from notification.domain.appointment import Moved
from notification.domain.letter import Links, Motive, Subject
from notification.domain.letters import calendar_location, calendar_summary, cancellation, confirmation, move, reminder
from notification.domain.words import Language

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MOTIVE = Motive("Contrôle de grain de beauté", "30.00", "EUR", "Venir à jeun.\nSans maquillage.", 1440)
PORTAL = "https://portal.example"


@pytest.fixture
def subject(make_visit, make_practitioner) -> Subject:
    return Subject(make_visit(), make_practitioner(), "Paul Essai", MOTIVE, Links(PORTAL))


def sent(letter, calendar=None, **changes) -> EmailMessage:
    """The message as the other side reads it, after a journey as bytes."""
    fields = {
        "sender": Address("Rendezvous", addr_spec="rdv@example.org"),
        "to": "paul@example.org",
        "message_id": "m1@example.org",
        "date": NOW,
    }
    message = compose(letter, calendar=calendar, **fields | changes)
    raw = message.as_bytes()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    parsed = message_from_bytes(raw, policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def invitation(subject: Subject, method="REQUEST", **changes) -> str:
    visit = subject.visit
    fields = {
        "method": method, "appointment_id": visit.appointment_id, "version": visit.version, "start": visit.start,
        "end": visit.end, "zone": visit.zone, "stamped_at": NOW, "summary": calendar_summary(subject, "fr"),
        "location": calendar_location(subject), "position": (47.4738, -0.5478), "description": PORTAL,
        "url": PORTAL, "organizer": Address("Rendezvous", addr_spec="rdv@example.org"), "attendee": "paul@example.org",
    }  # fmt: skip
    return to_icalendar(Invitation(**fields | changes))


def test_a_confirmation_tells_all_that_is_needed_in_both_shapes(subject) -> None:
    letter = confirmation(subject, "fr")
    message = sent(letter)
    assert message["Subject"] == "Votre rendez-vous du jeudi 3 décembre à 10h20 avec le Dr Jeanne Lefèvre est confirmé"
    for shape in ("plain", "html"):
        text = message.get_body((shape,)).get_content()
        for wanted in (
            "jeudi 3 décembre 2026 à 10h20", "Dr Jeanne Lefèvre", "Paul Essai", "12 rue Imaginaire", "49000 Angers",
            "2e étage, code 1234", "30,00\N{NO-BREAK SPACE}€", "carte bancaire, chèque", "Venir à jeun.",
            "carte Vitale", "mercredi 2 décembre à 10h20", f"{PORTAL}/appointments/{subject.visit.appointment_id}",
            f"/appointments/{subject.visit.appointment_id}/cancel", f"{subject.visit.appointment_id}.ics",
            "openstreetmap.org",
        ):  # fmt: skip
            assert wanted in text, (shape, wanted)


def test_a_confirmation_in_english(subject) -> None:
    message = sent(confirmation(subject, "en"))
    assert message["Subject"] == (
        "Your appointment on Thursday 3 December at 10:20 with Dr Jeanne Lefèvre is confirmed"
    )
    assert message["Content-Language"] == "en"
    assert "€30.00" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize(
    ("language", "by", "line", "told"),
    [
        ("fr", "practice", "Votre rendez-vous avec le Dr Jeanne Lefèvre est déplacé au jeudi 3 décembre à 10h20",
         "Le cabinet a déplacé votre rendez-vous du mardi 1er décembre 2026 à 18h00. Voici le nouveau."),
        ("fr", "patient", "Votre rendez-vous avec le Dr Jeanne Lefèvre est déplacé au jeudi 3 décembre à 10h20",
         "Comme vous l'avez demandé, votre rendez-vous du mardi 1er décembre 2026 à 18h00 est déplacé. "
         "Voici le nouveau."),
        ("en", "practice", "Your appointment with Dr Jeanne Lefèvre has been moved to Thursday 3 December at 10:20",
         "The practice has moved your appointment on Tuesday 1 December 2026 at 18:00. Here is the new one."),
        ("en", "patient", "Your appointment with Dr Jeanne Lefèvre has been moved to Thursday 3 December at 10:20",
         "As you asked, your appointment on Tuesday 1 December 2026 at 18:00 has been moved. Here is the new one."),
    ],
)  # fmt: skip
def test_a_move_names_the_old_time_and_tells_all_of_the_new_one(
    subject, make_visit, language: Language, by: Any, line: str, told: str
) -> None:
    letter = move(subject, Moved(subject.visit, NOW, by, make_visit("2026-12-01T18:00").start), language)
    assert (letter.subject, letter.paragraphs) == (line, (told,))
    confirmed = confirmation(subject, language)
    assert (letter.facts, letter.actions, letter.closing) == (confirmed.facts, confirmed.actions, confirmed.closing)
    assert told in plain_text(letter)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_subject_and_no_calendar_entry_tells_motive_or_speciality(subject, language) -> None:
    letters = [confirmation(subject, language), reminder(subject, language)]
    letters += [cancellation(subject, by, language) for by in ("patient", "practice", "absence")]
    letters += [move(subject, Moved(subject.visit, NOW, by, NOW), language) for by in ("patient", "practice")]
    shown = [letter.subject for letter in letters] + [invitation(subject)]
    for text in shown:
        assert "dermato" not in text.lower()
        assert "grain" not in text.lower()


def test_the_calendar_entry_stands_in_the_message_and_as_a_file(subject) -> None:
    message = sent(confirmation(subject, "fr"), ("REQUEST", invitation(subject)))
    parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert [part.get_filename() for part in parts] == [None, "rendez-vous.ics"]
    for part in parts:
        assert part.get_param("method") == "REQUEST"
        assert part.get_content_charset() == "utf-8"
        assert part.get_payload(decode=True).startswith(b"BEGIN:VCALENDAR\r\n")
    assert message.get_content_type() == "multipart/mixed"


def test_the_calendar_keeps_its_identity_and_takes_out_what_is_cancelled(subject, make_visit) -> None:
    asked = Calendar.from_ical(invitation(subject)).walk("VEVENT")[0]
    withdrawn_text = invitation(subject, "CANCEL", version=2)
    withdrawn = Calendar.from_ical(withdrawn_text).walk("VEVENT")[0]
    assert asked["UID"] == withdrawn["UID"] == f"{subject.visit.appointment_id}@rendezvous.example"
    assert (asked["SEQUENCE"], withdrawn["SEQUENCE"]) == (0, 1)
    assert (asked["STATUS"], withdrawn["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert asked["ORGANIZER"] == withdrawn["ORGANIZER"]
    assert asked["ATTENDEE"] == withdrawn["ATTENDEE"] == "mailto:paul@example.org"
    assert "METHOD:CANCEL\r\n" in withdrawn_text
    assert asked["CLASS"] == "PRIVATE"


def test_the_calendar_shows_wall_time_at_the_place(subject, make_visit, make_practitioner) -> None:
    text = invitation(subject)
    assert "DTSTART;TZID=Europe/Paris:20261203T102000\r\n" in text
    assert Calendar.from_ical(text).walk("VEVENT")[0].decoded("DTSTART") == subject.visit.start
    assert "RRULE:FREQ=YEARLY" in text
    assert "UNTIL" not in text
    far = make_visit("2026-12-03T10:20", "Pacific/Noumea")
    away = invitation(subject, start=far.start, end=far.end, zone=far.zone)
    assert "DTSTART:20261202T232000Z\r\n" in away
    assert "VTIMEZONE" not in away


def test_the_hour_that_comes_twice_is_told_in_utc(subject) -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    text = invitation(subject, start=second, end=second + timedelta(minutes=15))
    assert "DTSTART:20261025T013000Z\r\n" in text


def test_calendar_lines_are_folded_at_75_octets_and_escaped(subject) -> None:
    text = invitation(subject, summary="é" * 100 + ", ; \\", description="a\nb")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    event = Calendar.from_ical(text).walk("VEVENT")[0]
    assert event["SUMMARY"] == "é" * 100 + ", ; \\"


def test_nobody_s_name_can_add_a_header_or_a_calendar_line(subject, make_practitioner) -> None:
    evil = "Eve\r\nBcc: thief@example.org\u2028X-Evil: 1\x00"
    wicked = Subject(
        subject.visit,
        make_practitioner(last_name=evil, title=evil),
        evil,
        Motive(evil, evil, evil, evil),
        subject.links,
    )
    message = sent(confirmation(wicked, "fr"), ("REQUEST", invitation(wicked, summary=evil, location=evil)))
    assert "Bcc" not in message
    assert "X-Evil" not in message
    calendar = message.get_payload()[-1].get_payload(decode=True).decode()
    assert not any(line.startswith(("Bcc", "X-Evil")) for line in calendar.splitlines())


@pytest.mark.parametrize(
    "address", ["a@example.org\r\nBcc: b@example.org", "nobody", "", "a@", "a b@example.org", "é@example.org"]
)
def test_an_address_that_is_none_is_refused(subject, address) -> None:
    with pytest.raises(UnusableAddress):
        sent(confirmation(subject, "fr"), to=address)


def test_what_people_wrote_is_escaped_in_html(subject, make_practitioner) -> None:
    wicked = Subject(subject.visit, make_practitioner(), "<script>alert(1)</script>", MOTIVE, subject.links)
    assert "<script>" not in html(confirmation(wicked, "fr"))
    assert "<script>alert(1)</script>" in plain_text(confirmation(wicked, "fr"))


def test_the_html_needs_no_picture_and_can_be_read_aloud(subject) -> None:
    seen = Seen()
    seen.feed(html(confirmation(subject, "fr")))
    assert {"img", "script", "link", "style"}.isdisjoint(tag for tag, _ in seen.tags)
    assert ("html", {"lang": "fr"}) in seen.tags
    assert [tag for tag, _ in seen.tags].count("h1") == 1
    assert all(attributes.get("scope") == "row" for tag, attributes in seen.tags if tag == "th")
    assert all(attributes["href"].startswith("https://") for tag, attributes in seen.tags if tag == "a")


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
