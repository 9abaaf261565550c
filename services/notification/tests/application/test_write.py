"""A due message in full: always the same identity, whatever is asked and whenever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Any

import pytest
from notification.application import write
from notification.application.ports import Contact
from notification.domain.appointment import Cancelled, Confirmed, Declined, Moved, Requested
from notification.domain.due import Due
from notification.domain.letter import Motive
from notification.domain.sms_text import Told

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
STATIONERY = write.Stationery(Address("Rendezvous", addr_spec="rdv@rendezvous.example"), "https://rdv.example")
CONTACT = Contact("Paul Essai", "paul@patients.example", "+33639980001", "fr")


def due(kind: str, appointment: Any, practitioner: Any) -> Due:
    return Due("m1", kind, "email", NOW + timedelta(days=9), None, None, appointment, practitioner)  # type: ignore[arg-type]


def test_tried_again_a_message_has_the_same_message_id(make_visit: Any, make_practitioner: Any) -> None:
    practitioner = make_practitioner()
    one = due("confirmation", Confirmed(make_visit(), NOW), practitioner)
    first = write.email(one, practitioner, CONTACT, None, STATIONERY, NOW)
    again = write.email(one, practitioner, CONTACT, None, STATIONERY, NOW + timedelta(hours=1))
    assert first["Message-ID"] == again["Message-ID"] == "<m1@rendezvous.example>"


def test_only_what_changes_a_calendar_carries_an_entry(make_visit: Any, make_practitioner: Any) -> None:
    practitioner, methods = make_practitioner(), {}
    cases = {
        "confirmation": Confirmed(make_visit(), NOW),
        "reminder_week": Confirmed(make_visit(), NOW),
        "reminder_day": Confirmed(make_visit(), NOW),
        "move": Moved(make_visit(version=2), NOW, "practice", NOW),
        "cancellation": Cancelled(make_visit(version=2), NOW, "patient"),
    }
    for kind, appointment in cases.items():
        message = write.email(due(kind, appointment, practitioner), practitioner, CONTACT, None, STATIONERY, NOW)
        parts = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        methods[kind] = [part.get_param("method") for part in parts]
    assert methods == {
        "confirmation": ["REQUEST", "REQUEST"],
        "reminder_week": [],
        "reminder_day": [],
        "move": ["REQUEST", "REQUEST"],
        "cancellation": ["CANCEL", "CANCEL"],
    }


@pytest.mark.parametrize(
    ("language", "line", "wanted"),
    [
        ("fr", "Un créneau plus tôt s'est libéré avec le Dr Jeanne Lefèvre : mercredi 2 décembre à 16h40",
         ("jeudi 3 décembre 2026 à 10h20", "jusqu'au lundi 23 novembre à 12h00", "mercredi 2 décembre 2026 à 16h40")),
        ("en", "An earlier time is free with Dr Jeanne Lefèvre: Wednesday 2 December at 16:40",
         ("Thursday 3 December 2026 at 10:20", "until Monday 23 November at 12:00", "2 December 2026 at 16:40")),
    ],
)  # fmt: skip
def test_an_offer_tells_the_time_until_when_and_where_to_accept_it(
    make_visit: Any, make_practitioner: Any, make_offer: Any, language: Any, line: str, wanted: tuple[str, ...]
) -> None:
    visit, practitioner = make_visit(), make_practitioner()
    offered = replace(
        due("offer", Confirmed(visit, NOW), practitioner), offer=make_offer(visit, "2026-12-02T16:40", NOW)
    )
    motive = Motive("Contrôle de grain de beauté")
    contact = replace(CONTACT, language=language)
    message = write.email(offered, practitioner, contact, motive, STATIONERY, NOW)
    assert message["Subject"] == line
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    for part in (*wanted, f"https://rdv.example/appointments/{visit.appointment_id}\n", "12 rue Imaginaire"):
        assert part in text
    assert "grain" not in text
    assert not [part for part in message.walk() if part.get_content_type() == "text/calendar"]


@pytest.mark.parametrize(
    ("language", "lapsed", "line", "wanted"),
    [
        ("fr", False, "Votre demande de rendez-vous du {} n'a pas été acceptée", "ne peut pas vous recevoir"),
        ("fr", True, "Votre demande de rendez-vous du {} est restée sans réponse", "Le cabinet n'a pas répondu"),
        ("en", False, "Your request for an appointment on {} was not accepted", "The practice cannot see you"),
        ("en", True, "Your request for an appointment on {} was not answered", "The practice had not answered"),
    ],
)  # fmt: skip
def test_a_request_that_came_to_nothing_is_told_without_motive_or_speciality(
    make_visit: Any, make_practitioner: Any, language: Any, lapsed: bool, line: str, wanted: str
) -> None:
    visit, practitioner = make_visit(), make_practitioner()
    motive, contact = Motive("Contrôle de grain de beauté"), replace(CONTACT, language=language)
    declined = due("request", Declined(visit, NOW, lapsed=lapsed), practitioner)
    message = write.email(declined, practitioner, contact, motive, STATIONERY, NOW)
    when = {
        "fr": "jeudi 3 décembre à 10h20 avec le Dr Jeanne Lefèvre",
        "en": "Thursday 3 December at 10:20 with Dr Jeanne Lefèvre",
    }
    assert message["Subject"] == line.format(when[language])
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert wanted in text
    assert f"https://rdv.example/requests/{visit.appointment_id}" in text
    assert f"https://rdv.example/practitioners/{visit.practitioner_id}" in text
    assert "grain" not in text
    assert not [part for part in message.walk() if part.get_content_type() == "text/calendar"]


@pytest.mark.parametrize(
    ("language", "line", "wanted"),
    [
        ("fr", "Votre demande de rendez-vous du jeudi 3 décembre à 10h20 avec le Dr Jeanne Lefèvre est bien reçue",
         ("aucun rendez-vous n'est pris", "au plus tard le jeudi 3 décembre 2026 à 10h20", "votre demande prend fin")),
        ("en", "Your request for an appointment on Thursday 3 December at 10:20 with Dr Jeanne Lefèvre was received",
         ("no appointment has been made", "will answer by Thursday 3 December 2026 at 10:20", "your request ends")),
    ],
)  # fmt: skip
def test_a_request_that_was_received_is_told_with_the_time_of_the_answer_and_without_motive_or_speciality(
    make_visit: Any, make_practitioner: Any, language: Any, line: str, wanted: tuple[str, ...]
) -> None:
    practitioner, motive = make_practitioner(), Motive("Contrôle de grain de beauté")
    requested, contact = due("request", Requested(make_visit(), NOW), practitioner), replace(CONTACT, language=language)
    message = write.email(requested, practitioner, contact, motive, STATIONERY, NOW)
    assert message["Subject"] == line
    body = message.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    for part in (*wanted, "12 rue Imaginaire", f"https://rdv.example/requests/{requested.visit.appointment_id}"):
        assert part in text
    assert "grain" not in text
    assert "https://rdv.example/appointments" not in text
    assert not [part for part in message.walk() if part.get_content_type() == "text/calendar"]


def test_the_reminder_of_a_moved_appointment_speaks_of_the_new_time_only(
    make_visit: Any, make_practitioner: Any
) -> None:
    moved, practitioner = Moved(make_visit(version=2), NOW, "practice", NOW), make_practitioner()
    message = write.email(due("reminder_day", moved, practitioner), practitioner, CONTACT, None, STATIONERY, NOW)
    assert message["Subject"].startswith("Rappel : votre rendez-vous du jeudi 3 décembre à 10h20")
    told = Told(moved.visit, practitioner)
    text = write.sms(due("reminder_sms", moved, practitioner), told, [], CONTACT, STATIONERY)
    assert text.startswith("Rappel : RDV jeu. 03/12 à 10h20")
