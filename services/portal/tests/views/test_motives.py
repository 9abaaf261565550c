"""What may be booked, as one calendar for each motive and place."""

from __future__ import annotations

from portal.application.shapes import Agenda, Motive, Place, Profile
from portal.views.motives import bookable_first, choices, siblings

PLACES = (Place(id="far", city="Saumur"), Place(id="near", city="Angers"))
PROFILE = Profile(id="pr", status="registered", name="Dr Jeanne Exemple", places=PLACES)
SHORT = Motive(id="short", name="Suivi", minutes=15)
BOTH = Motive(id="short", name="Suivi", minutes=15, modes=("in_person", "video"))
STAFF = Motive(id="staff", name="Interne", minutes=15, booking="staff")
MORNING, AFTERNOON = (Agenda(id=id_, practitioner_id="pr", place_id="near") for id_ in ("am", "pm"))
ELSEWHERE = Agenda(id="else", practitioner_id="pr", place_id="far")
ALL = [(MORNING, [SHORT, STAFF]), (AFTERNOON, [BOTH]), (ELSEWHERE, [SHORT])]


def test_a_motive_of_two_agendas_at_one_place_is_one_choice_with_every_mode() -> None:
    found = choices(PROFILE, ALL)
    assert [(one.motive.id, one.place.city if one.place else "") for one in found] == [
        ("short", "Angers"),
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
    assert siblings("am", "staff", "in_person", ALL) == []
    assert siblings("gone", "short", "in_person", ALL) == []


def test_an_agenda_by_video_only_has_no_place() -> None:
    agenda = Agenda(id="v", practitioner_id="pr")
    assert choices(PROFILE, [(agenda, [BOTH])])[0].place is None


def test_places_where_one_can_book_come_first() -> None:
    assert [place.id for place in bookable_first(PLACES, choices(PROFILE, ALL[:2]))] == ["near", "far"]
