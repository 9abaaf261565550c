"""What may be booked, as one calendar for each motive and place."""

from __future__ import annotations

from portal.application.shapes import Agenda, Motive, Place, Profile
from portal.views.motives import ask_path, bookable_first, choices, siblings

PLACES = (Place(id="far", city="Saumur"), Place(id="near", city="Angers"))
PROFILE = Profile(id="pr", status="registered", name="Dr Jeanne Exemple", places=PLACES)
SHORT = Motive(id="short", name="Suivi", minutes=15)
BOTH = Motive(id="short", name="Suivi", minutes=15, modes=("in_person", "video"))
ASKED = Motive(id="asked", name="Chirurgie", minutes=45, booking="staff", on_request=True)
INSIDE = Motive(id="inside", name="Réunion", minutes=30, booking="staff")
MORNING, AFTERNOON = (Agenda(id=id_, practitioner_id="pr", place_id="near") for id_ in ("am", "pm"))
ELSEWHERE = Agenda(id="else", practitioner_id="pr", place_id="far")
ALL = [(MORNING, [SHORT, ASKED, INSIDE]), (AFTERNOON, [BOTH]), (ELSEWHERE, [SHORT])]


def test_a_motive_of_two_agendas_at_one_place_is_one_choice_with_every_mode() -> None:
    found = choices(PROFILE, ALL)
    assert [(one.motive.id, one.place.city if one.place else "") for one in found] == [
        ("short", "Angers"),
        ("asked", "Angers"),
        ("short", "Saumur"),
    ]
    assert [way.mode for way in found[0].ways] == ["in_person", "video"]
    assert "agenda=am" in found[0].ways[0].path
    assert "agenda=pm" in found[0].ways[1].path


def test_its_free_times_are_those_of_both_agendas() -> None:
    assert [agenda.id for agenda, _ in siblings("pm", "short", "in_person", ALL)] == ["pm", "am"]
    assert [agenda.id for agenda, _ in siblings("pm", "short", "video", ALL)] == ["pm"]


def test_what_the_agenda_does_not_take_has_no_times() -> None:
    assert siblings("am", "short", "video", ALL) == []
    assert siblings("gone", "short", "in_person", ALL) == []


def test_a_motive_of_staff_that_nobody_may_ask_for_is_not_shown() -> None:
    assert siblings("am", "inside", "in_person", ALL) == []


def test_what_is_booked_in_one_agenda_and_asked_for_in_another_is_two_choices_and_two_calendars() -> None:
    both = [(MORNING, [ASKED]), (AFTERNOON, [ASKED.model_copy(update={"booking": "everyone", "on_request": False})])]
    assert [one.motive.on_request for one in choices(PROFILE, both)] == [True, False]
    assert [[agenda.id for agenda, _ in siblings(id_, "asked", "in_person", both)] for id_ in ("am", "pm")] == [
        ["am"], ["pm"],
    ]  # fmt: skip


def test_a_time_to_ask_for_is_named_in_the_address_of_its_page() -> None:
    path = ask_path("p/r", "ag", "asked", "video", "2026-12-01T09:00:00+01:00")
    assert path == "/practitioners/p%2Fr/ask?agenda=ag&motive=asked&mode=video&start=2026-12-01T09%3A00%3A00%2B01%3A00"


def test_an_agenda_by_video_only_has_no_place() -> None:
    agenda = Agenda(id="v", practitioner_id="pr")
    assert choices(PROFILE, [(agenda, [BOTH])])[0].place is None


def test_places_where_one_can_book_come_first() -> None:
    assert [place.id for place in bookable_first(PLACES, choices(PROFILE, ALL[:2]))] == ["near", "far"]
