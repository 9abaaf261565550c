"""Under which keys names meet."""

import pytest
from directory.domain.spelling import edits, keys_of, name_parts, shorter, sound


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("dupond", "dupont"), ("gauthier", "gautier"), ("nguien", "nguyen"), ("tibault", "thibault"),
        ("benali", "benalli"), ("schmit", "schmitt"), ("philippe", "filipe"), ("lemaitre", "lemetre"),
        ("mathieu", "matthieu"), ("moreau", "moro"),
    ],
)  # fmt: skip
def test_names_that_sound_alike_share_a_key(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("martin", "moreau"), ("petit", "petrov"), ("durand", "dupond")])
def test_names_that_sound_otherwise_do_not(one: str, other: str) -> None:
    assert sound(one) != sound(other)


@pytest.mark.parametrize(
    ("left", "right", "apart"),
    [("lefevre", "lefebvre", 1), ("martin", "matrin", 1), ("martin", "martin", 0), ("a", "", 1), ("ab", "cd", 2)],
)
def test_an_edit_is_a_letter_more_less_other_or_swapped(left: str, right: str, apart: int) -> None:
    assert edits(left, right) == edits(right, left) == apart


def test_short_names_have_no_approximate_keys() -> None:
    assert keys_of("ali") == [("ali", 0)]
    assert shorter("ali") == set()
    assert ("lefevr", 2) in keys_of("lefevre")


def test_a_double_name_is_found_by_each_of_its_parts() -> None:
    assert name_parts("dupont martin") == ("dupontmartin", "dupont", "martin")
    assert name_parts("de la tour") == ("delatour", "tour")
    assert name_parts("") == ()
