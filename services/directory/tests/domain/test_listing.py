"""From lines to a practitioner."""

from collections.abc import Callable

import pytest
from directory.domain.gazetteer import Gazetteer
from directory.domain.listing import listed
from directory.domain.national_file import Activity, BadRow, Columns
from directory.domain.specialities import speciality_of


@pytest.fixture
def read(header: str, row: Callable[..., str]) -> Callable[..., Activity]:
    def make(changes: dict[int, str] | None = None) -> Activity:
        kept = Columns(header).read(row(changes))
        assert isinstance(kept, Activity)
        return kept

    return make


Read = Callable[..., Activity]


def test_a_line_becomes_a_page(read: Read, gazetteer: Gazetteer) -> None:
    found, remarks = listed([read()], gazetteer)
    assert (found.name, found.speciality, found.status, remarks) == ("Dr Jeanne Exemple", "dermatologue", "listed", [])
    (place,) = found.places
    assert (place.name, place.address) == ("Cabinet du Dr Jeanne Exemple", "12 Rue Imaginaire")
    assert (place.postcode, place.city, place.commune, place.phone) == ("49000", "Angers", "49007", "+33261910001")
    assert (place.zone, place.territory, place.point) == ("Europe/Paris", "FR", (47.4738, -0.5477))


def test_the_ids_depend_on_the_national_ones_alone(read: Read, gazetteer: Gazetteer) -> None:
    one, _ = listed([read()], gazetteer)
    other, _ = listed([read({7: "AUTRE", 40: ""})], gazetteer)
    assert (one.id, one.places[0].id) == (other.id, other.places[0].id)
    assert one.id == "72721e1b-1a10-504a-aa1d-dd427cba6383"


def test_several_skills_show_the_most_special_one(read: Read, gazetteer: Gazetteer) -> None:
    lines = [read({15: "SM26"}), read({15: "SM15"}), read({13: "C", 15: "SM54"})]
    found, _ = listed(lines, gazetteer)
    assert found.speciality == "dermatologue"
    assert len(found.places) == 1


def test_a_doctor_without_a_skill_is_a_general_practitioner(read: Read, gazetteer: Gazetteer) -> None:
    found, _ = listed([read({13: "", 15: ""})], gazetteer)
    assert found.speciality == "medecin-generaliste"


def test_a_biologist_takes_no_appointments(read: Read, gazetteer: Gazetteer) -> None:
    with pytest.raises(BadRow, match="no speciality"):
        listed([read({15: "SM63"})], gazetteer)


def test_two_places_stand_on_one_page(read: Read, gazetteer: Gazetteer) -> None:
    lines = [read(), read({23: "R2", 36: "49328", 35: "49400", 34: "49400 SAUMUR", 37: "Saumur"})]
    found, _ = listed(lines, gazetteer)
    assert sorted(place.city for place in found.places) == ["Angers", "Saumur"]


def test_without_the_new_key_of_a_structure_the_former_one_serves(read: Read, gazetteer: Gazetteer) -> None:
    one, _ = listed([read({23: "", 46: "0499399001-01"})], gazetteer)
    other, _ = listed([read({23: "", 46: "0499399001-02"})], gazetteer)
    none, _ = listed([read({23: "", 46: ""})], gazetteer)
    assert len({one.places[0].id, other.places[0].id, none.places[0].id}) == 3


def test_a_cedex_code_is_shown_as_the_postal_code_of_the_place(read: Read, gazetteer: Gazetteer) -> None:
    found, _ = listed([read({34: "49033 ANGERS CEDEX 9", 35: "49033", 36: "", 37: ""})], gazetteer)
    assert (found.places[0].postcode, found.places[0].city) == ("49000", "Angers")


def test_a_phone_that_is_none_is_left_out_and_said(read: Read, gazetteer: Gazetteer) -> None:
    found, remarks = listed([read({40: "61910109"})], gazetteer)
    assert found.places[0].phone is None
    assert remarks == ["the phone is no number that can be called; the row is kept without it"]


def test_the_second_phone_stands_in_for_a_wrong_first(read: Read, gazetteer: Gazetteer) -> None:
    found, remarks = listed([read({40: "61910109", 41: "0261910111"})], gazetteer)
    assert (found.places[0].phone, remarks) == ("+33261910111", [])


def test_a_line_whose_place_nobody_knows_is_refused(read: Read, gazetteer: Gazetteer) -> None:
    with pytest.raises(BadRow, match="no commune"):
        listed([read({34: "", 35: "00999", 36: "", 37: "Zzzzville"})], gazetteer)


@pytest.mark.parametrize(
    ("profession", "skills", "slug"),
    [("40", "", "dentiste"), ("40", "SCD01", "orthodontiste"), ("60", "SI01", "infirmier"), ("71", "", "osteopathe"),
     ("10", "SM43 SM42", "psychiatre"), ("50", "", "sage-femme"), ("10", "SM92", "psychiatre-enfant")],
)  # fmt: skip
def test_professions_and_skills_have_their_speciality(profession: str, skills: str, slug: str) -> None:
    found = speciality_of(profession, frozenset(skills.split()))
    assert found is not None
    assert found.slug == slug
