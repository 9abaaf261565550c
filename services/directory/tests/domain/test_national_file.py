"""Reading one line of the national directory."""

from collections.abc import Callable

import pytest
from directory.domain.identity import luhn_holds
from directory.domain.national_file import Activity, BadRow, Columns, LeftOut, WrongFile, column_key

Row = Callable[..., str]


def test_a_good_line_is_kept_whole(header: str, row: Row) -> None:
    kept = Columns(header).read(row())
    assert isinstance(kept, Activity)
    assert (kept.national_id, kept.last_name, kept.first_name) == ("899700000120", "EXEMPLE", "JEANNE")
    assert (kept.skill, kept.street, kept.commune, kept.phone) == ("SM15", "IMAGINAIRE", "49007", "0261910001")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Code Département (structure)", "Code département (coord. structure)"),
        ("Libellé voie (coord. Structure)", "Libellé Voie (coord. structure)"),
        ("Nom d'exercice", "Nom exercice"),
    ],
)
def test_the_wording_of_a_header_may_drift(old: str, new: str) -> None:
    assert column_key(old) == column_key(new)


def test_the_edition_of_2021_with_52_columns_is_read(header: str, row: Row) -> None:
    narrow = "|".join(header.split("|")[:52]) + "|"
    kept = Columns(narrow).read("|".join(row().split("|")[:52]) + "|")
    assert isinstance(kept, Activity)


def test_columns_may_stand_in_another_order(header: str, row: Row) -> None:
    turned = ["|".join(reversed(line.rstrip("|").split("|"))) for line in (header, row()[:-1] + "x")]
    kept = Columns(turned[0] + "|").read(turned[1] + "|")
    assert isinstance(kept, Activity)
    assert kept.last_name == "EXEMPLE"


def test_another_file_is_refused_by_the_columns_it_lacks() -> None:
    with pytest.raises(WrongFile, match="identification_nationale_pp"):
        Columns("nom;prenom;ville\n")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({1: "99700000121", 2: "899700000121"}, "Luhn"),
        ({1: "9970001", 2: "89970001"}, "11 digits"),
        ({2: "899700000138"}, "national identifier"),
        ({0: "7"}, "type of identifier"),
        ({0: "0", 1: "12", 2: "012"}, "ADELI"),
        ({7: ""}, "name is empty"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused_with_its_reason(
    header: str, row: Row, changes: dict[int, str], reason: str
) -> None:
    with pytest.raises(BadRow, match=reason) as refused:
        Columns(header).read(row(changes))
    assert "EXEMPLE" not in str(refused.value)


def test_a_line_with_a_column_too_few_or_too_many_is_refused(header: str, row: Row) -> None:
    for line in (row().rsplit("|", 2)[0], row() + "more|"):
        with pytest.raises(BadRow, match="columns instead of 56"):
            Columns(header).read(line)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({17: "S", 48: "SA01"}, "not a practice"),
        ({48: "SA33"}, "not a practice"),
        ({17: "B"}, "not a practice"),
        ({9: "21"}, "professions"),
        ({11: "E"}, "students"),
        ({38: "99132"}, "abroad"),
        ({0: "3", 1: "490000001/1", 2: "3490000001/1"}, "role"),
        ({34: "", 35: "", 36: "", 37: ""}, "no place"),
    ],
)
def test_a_sound_line_that_is_not_for_patients_is_left_out(
    header: str, row: Row, changes: dict[int, str], why: str
) -> None:
    kept = Columns(header).read(row(changes))
    assert isinstance(kept, LeftOut)
    assert why in kept.why


def test_a_salaried_doctor_of_a_health_centre_is_kept(header: str, row: Row) -> None:
    assert isinstance(Columns(header).read(row({17: "S", 48: "SA05"})), Activity)


def test_the_luhn_key_of_the_fictive_number_of_the_agency_holds_and_that_of_its_example_fails() -> None:
    assert luhn_holds("99700218896")
    assert not luhn_holds("10003461033")
