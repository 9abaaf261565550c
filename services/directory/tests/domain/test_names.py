"""Names in capitals become readable; nothing is made up."""

import pytest
from directory.domain.names import street, written


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("LEFEVRE", "Lefevre"),
        ("LE FEVRE", "Le Fevre"),
        ("DE LA TOUR", "de la Tour"),
        ("DU PONT", "du Pont"),
        ("D'ANGELO", "D'Angelo"),
        ("O’BRIEN", "O'Brien"),
        ("MARTIN-DUPONT", "Martin-Dupont"),
        ("VAN DER BERG", "van der Berg"),
        ("BEN ALI", "Ben Ali"),
        ("MCDONALD", "McDonald"),
        ("MARIE-CLAIRE", "Marie-Claire"),
        ("DE", "De"),
        ("Lefèvre", "Lefèvre"),
        ("de Réals", "de Réals"),
        ("", ""),
    ],
)
def test_a_name_in_capitals_is_shown_as_people_write_it_without_inventing_accents(given: str, shown: str) -> None:
    assert written(given) == shown


def test_small_words_of_a_street_stay_small() -> None:
    assert street("RUE DE L'INVENTION") == "Rue de l'Invention"
    assert street("AVENUE JEAN JAURES") == "Avenue Jean Jaures"
    assert street("Rue Imaginaire") == "Rue Imaginaire"
