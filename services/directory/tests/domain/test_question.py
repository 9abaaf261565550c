"""What a line of words means, without a database."""

import pytest
from directory.domain.dictionary import Dictionary
from directory.domain.gazetteer import Gazetteer
from directory.domain.question import Meaning, understand, windows

DICTIONARY = Dictionary()
NAMES = frozenset(("martin", "jean", "delatour", "paris", "lefevre", "marie"))


def meant(question: str, gazetteer: Gazetteer, where: str = "") -> Meaning:
    return understand(question, where, NAMES & windows(question), DICTIONARY, gazetteer)


@pytest.mark.parametrize(
    ("question", "specialities", "spot", "names"),
    [
        ("dermato angers", ["dermatologue"], "Angers", ()),
        ("angers dermato", ["dermatologue"], "Angers", ()),
        ("dr martin", [], None, ("martin",)),
        ("cardiologue martin paris", ["cardiologue"], "Paris", ("martin",)),
        ("paris", [], "Paris", ()),
        ("de la tour", [], None, ("de", "la", "tour")),
        ("marie", [], None, ("marie",)),
        ("dermatologue à angers", ["dermatologue"], "Angers", ()),
        ("cardiologue 49", ["cardiologue"], "Angers", ()),
        ("dentiste lyon 3", ["dentiste"], "Lyon 3e Arrondissement", ()),
        ("ostéo enfants", ["osteopathe"], None, ()),
        ("dermatologue grain de beauté", ["dermatologue"], None, ()),
        ("ped", [], None, ("ped",)),
        ("derm", ["dermatologue"], None, ()),
        ("ostheopathe", ["osteopathe"], None, ()),
        ("", [], None, ()),
    ],
)
def test_words_are_a_speciality_a_place_or_a_name(
    gazetteer: Gazetteer, question: str, specialities: list[str], spot: str | None, names: tuple[str, ...]
) -> None:
    found = meant(question, gazetteer)
    assert [one.slug for one in found.specialities] == specialities
    assert (found.spot.label if found.spot else None) == spot
    assert found.names == names


@pytest.mark.parametrize(
    ("where", "label"),
    [
        ("49000 Angers", "Angers"),
        ("angrs", "Angers"),
        ("Angers (49)", "Angers"),
        ("renn", "Rennes"),
        ("75116", "Paris 16e Arrondissement"),
    ],
)
def test_the_second_box_takes_towns_as_people_write_them(gazetteer: Gazetteer, where: str, label: str) -> None:
    spot = meant("", gazetteer, where).spot
    assert spot is not None
    assert spot.label == label


def test_a_place_that_is_not_known_is_said_so(gazetteer: Gazetteer) -> None:
    found = meant("dermato", gazetteer, " Zzzzville ")
    assert (found.spot, found.unknown_place) == (None, "Zzzzville")


def test_nobody_is_found_by_a_phone_number(gazetteer: Gazetteer) -> None:
    assert meant("02 61 91 00 01", gazetteer).hopeless
    assert meant("+33 2 61 91 00 01", gazetteer).hopeless
    assert meant("99700000120", gazetteer).national_id == "899700000120"
    assert meant("99700000121", gazetteer).hopeless  # its Luhn key is wrong
