"""The calendar file of an appointment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from portal.application.shapes import Appointment, Motive, Place, Profile
from portal.views.appointments import Shown, agenda_of
from portal.views.calendar import calendar_file
from portal.views.words import load_all

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def shown(state: str = "confirmed", days: float = 3, cancel_until_minutes: int = 0) -> Shown:
    start = NOW + timedelta(days=days)
    place = Place(id="pl", name="Maison, de santé; « Élan » " + "é" * 60, address="1 Rue Fictive", city="Angers")
    return Shown(
        Appointment(
            id="ap-1",
            agenda_id="ag",
            practitioner_id="pr",
            place_id="pl",
            start=start,
            end=start + timedelta(minutes=15),
            motive_id="m",
            person_id="p",
            state=state,
            version=2,
        ),
        Profile(id="pr", status="registered", name="Dr Jeanne Exemple", places=(place,)),
        Motive(id="m", name="Un motif secret", minutes=15, cancel_until_minutes=cancel_until_minutes),
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("state", "days", "may"), [("confirmed", 5, True), ("confirmed", 4.99, False), ("cancelled", 9, False)]
)
def test_waiting_is_for_appointments_to_come_at_least_five_days_off(state: str, days: float, may: bool) -> None:
    assert shown(state, days).may_wait is may


def lines(file: bytes) -> list[str]:
    return file.decode().replace("\r\n ", "").split("\r\n")


def test_it_is_a_copy_of_the_one_sent_by_mail() -> None:
    found = lines(calendar_file(shown(), load_all()["fr"], "https://rdv.example/appointments/ap-1", NOW))
    assert found[0] == "BEGIN:VCALENDAR"
    assert "METHOD:PUBLISH" in found
    assert "UID:ap-1@rendezvous.example" in found
    assert "SEQUENCE:1" in found
    assert "DTSTART:20261127T090000Z" in found
    assert "DTEND:20261127T091500Z" in found
    assert "SUMMARY:Rendez-vous avec Dr Jeanne Exemple" in found
    assert "STATUS:CONFIRMED" in found
    assert not any(line.startswith("ATTENDEE") for line in found)


def test_commas_and_semicolons_are_escaped_and_long_lines_folded_between_characters() -> None:
    file = calendar_file(shown(), load_all()["fr"], "https://rdv.example/appointments/ap-1", NOW)
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    location = next(line for line in lines(file) if line.startswith("LOCATION:"))
    assert location.startswith("LOCATION:Maison\\, de santé\\; « Élan »")
    assert location.endswith("é\\, 1 Rue Fictive\\, Angers")


def test_the_motive_is_nobody_elses_business() -> None:
    assert "motif secret" not in calendar_file(shown(), load_all()["fr"], "https://rdv.example", NOW).decode()


def test_a_cancelled_one_says_so() -> None:
    assert "STATUS:CANCELLED" in lines(calendar_file(shown("cancelled"), load_all()["en"], "https://x.example", NOW))


@pytest.mark.parametrize(
    ("state", "days", "minutes", "may"),
    [
        ("confirmed", 3, 1440, True),
        ("confirmed", 0.5, 1440, False),
        ("confirmed", -1, 0, False),
        ("cancelled", 3, 0, False),
    ],
)
def test_cancelling_is_offered_until_the_deadline(state: str, days: float, minutes: int, may: bool) -> None:
    assert shown(state, days, minutes).may_cancel is may


def test_what_is_to_come_stands_soonest_first_and_the_rest_latest_first() -> None:
    found = [shown(days=9), shown(days=2), shown(days=-9), shown("cancelled", days=4), shown(days=-2)]
    agenda = agenda_of(found)
    assert agenda.to_come == (found[1], found[0])
    assert agenda.over == (found[3], found[4], found[2])
