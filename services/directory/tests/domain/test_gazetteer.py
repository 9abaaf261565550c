"""Which commune an address or a word means."""

from directory.domain.gazetteer import Gazetteer
from directory.domain.territories import holidays_of


def test_a_code_decides(gazetteer: Gazetteer) -> None:
    found = gazetteer.resolve("49007", "49100", "Angers")
    assert found is not None
    assert (found.name, found.departement, found.zone) == ("Angers", "49", "Europe/Paris")


def test_without_a_commune_the_cedex_line_decides(gazetteer: Gazetteer) -> None:
    found = gazetteer.resolve("", "49000", "", "49000 ANGERS")
    assert found is not None
    assert found.code == "49007"


def test_a_cedex_code_is_no_place_but_its_city_is(gazetteer: Gazetteer) -> None:
    assert not gazetteer.at_postcode("49033")
    found = gazetteer.resolve("", "49033", "", "49033 ANGERS CEDEX 9")
    assert found is not None
    assert found.code == "49007"


def test_a_city_with_arrondissements_is_narrowed_by_the_postal_code(gazetteer: Gazetteer) -> None:
    found = gazetteer.resolve("75056", "75005", "Paris")
    assert found is not None
    assert found.code == "75105"


def test_both_codes_of_the_sixteenth_are_one_arrondissement(gazetteer: Gazetteer) -> None:
    assert {one.code for code in ("75016", "75116") for one in gazetteer.at_postcode(code)} == {"75116"}


def test_names_are_found_in_any_writing_largest_first(gazetteer: Gazetteer) -> None:
    assert gazetteer.named("st etienne")[0].code == "42218"
    assert gazetteer.named("L’Haÿ-les-Roses")[0].code == gazetteer.named("lhay les roses")[0].code == "94038"
    assert [one.code for one in gazetteer.named("Saint-Denis")[:2]] == ["97411", "93066"]


def test_an_unknown_place_is_none(gazetteer: Gazetteer) -> None:
    assert gazetteer.resolve("", "00999", "Zzzzville") is None


def test_overseas_keeps_its_own_time_and_holidays(gazetteer: Gazetteer) -> None:
    zones = {code: one.zone for code in ("97411", "97502", "98718", "98735") if (one := gazetteer.coded(code))}
    assert zones == {"97411": "Indian/Reunion", "97502": "America/Miquelon", "98718": "Pacific/Marquesas",
                     "98735": "Pacific/Tahiti"}  # fmt: skip
    assert (holidays_of("974"), holidays_of("67"), holidays_of("49")) == ("974", "67", "FR")


def test_most_people_live_where_the_gazetteer_knows_the_point(gazetteer: Gazetteer) -> None:
    angers = gazetteer.coded("49007")
    assert angers is not None
    assert angers.exact
    assert angers.point == (47.4738, -0.5477)
