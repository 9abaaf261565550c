"""Every trap of the national file that the design lists stands in the sample, and is handled there."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from directory.application.importing import Counts, lines_of, people_of
from directory.domain.gazetteer import Gazetteer
from directory.domain.practitioner import Practitioner

HEADER_DRIFT = (("Code civilité d'exercice", "Code civilité exercice"), ("(coord. structure)", "(coord. Structure)"))


@pytest.fixture(scope="session")
def rows(sample: bytes) -> list[list[str]]:
    return [line.decode("utf-8", "replace").split("|") for line in sample.splitlines()[1:]]


@pytest.fixture(scope="session")
def read(sample: bytes, gazetteer: Gazetteer) -> tuple[dict[str, list[Practitioner]], Counts, list[tuple[int, str]]]:
    """Who is read from the sample, by last name; the counts; the reports."""
    counts, reports = Counts(), list[tuple[int, str]]()

    def report(line: int, reason: str) -> None:
        reports.append((line, reason))

    kept = sorted(lines_of(io.BytesIO(sample), counts, report))
    staged = [{"national_id": n, "line": line, "fields": text, "person_hash": h} for n, line, h, text in kept]
    people: dict[str, list[Practitioner]] = {}
    for person in people_of(staged, gazetteer, counts, report):
        people.setdefault(person.practitioner.last_name, []).append(person.practitioner)
    return people, counts, reports


def only(people: dict[str, list[Practitioner]], last: str) -> Practitioner:
    (found,) = people[last]
    return found


def test_there_are_three_hundred_rows_and_more_with_56_columns_and_a_closing_bar(rows: list[list[str]]) -> None:
    assert len(rows) >= 300
    assert sum(len(row) == 57 and row[-1] == "" for row in rows) >= len(rows) - 3


def test_every_person_and_number_is_invented(rows: list[list[str]]) -> None:
    blocks = ("019900", "026191", "035301", "046571", "053649", "063998")
    for row in rows:
        assert row[1].startswith("997") or row[0] != "8"
        for phone in (row[40], row[41]):
            digits = "".join(letter for letter in phone.replace("(0)", "") if letter.isdigit())
            national = "0" + digits.removeprefix("00").removeprefix("33").removeprefix("0")
            fiction = national.startswith(blocks)
            relic = len(digits) in (0, 8)
            overseas = row[7] == "OUTREMER" and digits == "0692123456"  # a pattern of digits, from the design's page
            abroad = digits == "442079460000"  # kept for fiction by Ofcom
            assert fiction or relic or overseas or abroad, phone


TRAPS: dict[str, tuple[Callable[[list[str]], bool], Callable[[Any], object]]] = {
    "capitals without accents become written names": (
        lambda row: row[7] == "LEFEVRE",
        lambda people: len(people["Lefevre"]) >= 3,
    ),
    "mixed case with accents is left as it came": (
        lambda row: row[7] == "Lefèvre" and row[0] == "0",
        lambda people: only(people, "Lefèvre").first_name == "Jérôme",
    ),
    "particles stay small": (lambda row: row[7] == "DE LA TOUR", lambda people: len(people["de la Tour"]) == 3),
    "apostrophes keep both capitals": (lambda row: row[7] == "O'BRIEN", lambda people: people["O'Brien"]),
    "the other apostrophe is the same": (lambda row: row[7] == "O’BRIEN", lambda people: len(people["O'Brien"]) == 4),
    "an elided particle": (lambda row: row[7] == "D'ANGELO", lambda people: people["D'Angelo"]),
    "hyphens in both names": (
        lambda row: row[8] == "MARIE-CLAIRE",
        lambda people: "Marie-Claire" in {one.first_name for one in people["Dupont"]},
    ),
    "no commune: the line of the letter-box tells the town": (
        lambda row: row[7] == "SANSCOMMUNE" and not row[36] and not row[37],
        lambda people: only(people, "Sanscommune").places[0].commune == "49007",
    ),
    "neither commune nor postal code": (
        lambda row: row[7] == "SANSCODE" and not row[35] and not row[36],
        lambda people: only(people, "Sanscode").places[0].postcode == "49000",
    ),
    "a CEDEX code is no postal code of a place": (
        lambda row: row[34] == "49033 ANGERS CEDEX 9" and not row[36],
        lambda people: only(people, "Cedex").places[0].postcode == "49000",
    ),
    "a CEDEX code beside a commune": (
        lambda row: row[35] == "49033" and row[36] == "49007",
        lambda people: only(people, "Cedexcode").places[0].postcode == "49000",
    ),
    "75116 is the sixteenth arrondissement": (
        lambda row: row[35] == "75116",
        lambda people: only(people, "Seizieme").places[0].commune == "75116",
    ),
    "the code of all Paris is narrowed": (
        lambda row: row[36] == "75056",
        lambda people: only(people, "Parisentier").places[0].commune == "75105",
    ),
    "an abbreviated saint": (
        lambda row: row[34] == "42000 ST ETIENNE",
        lambda people: only(people, "Saintes").places[0].city == "Saint-Étienne",
    ),
    "phones in every writing": (
        lambda row: row[40] == "+33(0)261910106",
        lambda people: sum(one.places[0].phone is not None for one in people["Telephone"]) == 9,
    ),
    "an eight-digit relic is left out, the second number stands in": (
        lambda row: row[40] == "61910110" and row[41] == "0261910111",
        lambda people: "+33261910111" in {one.places[0].phone for one in people["Telephone"]},
    ),
    "a number of La Réunion": (
        lambda row: row[40] == "0692123456",
        lambda people: only(people, "Outremer").places[0].phone == "+262692123456",
    ),
    "several rows for one person: one page, two places": (
        lambda row: row[7] == "DEUXSAVOIRS",
        lambda people: len(only(people, "Deuxsavoirs").places) == 2,
    ),
    "several skills: the most special one": (
        lambda row: row[7] == "DEUXSAVOIRS" and row[15] == "SM26",
        lambda people: only(people, "Deuxsavoirs").speciality == "dermatologue",
    ),
    "a doctor without a skill is a general practitioner": (
        lambda row: row[7] == "SANSSAVOIR" and not row[15],
        lambda people: only(people, "Sanssavoir").speciality == "medecin-generaliste",
    ),
    "salaried in a health centre: kept": (lambda row: row[48] == "SA05", lambda people: people["Centre"]),
    "salaried in a hospital: left out": (lambda row: row[48] == "SA01", lambda people: "Salarie" not in people),
    "a pharmacy: left out": (lambda row: row[48] == "SA33", lambda people: "Officine" not in people),
    "a biologist takes no appointments": (lambda row: row[15] == "SM63", lambda people: "Biologiste" not in people),
    "no structure at all": (
        lambda row: row[7] == "SANSLIEU" and not row[23],
        lambda people: "Sanslieu" not in people,
    ),
    "no address at all": (lambda row: row[7] == "SANSADRESSE", lambda people: "Sansadresse" not in people),
    "a student": (lambda row: row[11] == "E", lambda people: "Etudiant" not in people),
    "abroad": (lambda row: row[38] == "99132", lambda people: "Etranger" not in people),
    "a role in a structure is no practitioner": (lambda row: row[0] == "3", lambda people: "Role" not in people),
    "quotation marks are letters like others": (
        lambda row: '"' in row[7],
        lambda people: any('"' in last for last in people),
    ),
    "the old miss": (lambda row: row[5] == "MLLE", lambda people: only(people, "Demoiselle").title == ""),
    "a professor": (lambda row: row[3] == "PR", lambda people: only(people, "Professeur").title == "Pr"),
    "a repeated house number": (
        lambda row: row[29] == "B",
        lambda people: only(people, "Repetition").places[0].address.startswith("12 b "),
    ),
    "a locality without a number": (
        lambda row: row[30] == "LD",
        lambda people: only(people, "Lieudit").places[0].address == "Lieu-dit le Moulin Fictif",
    ),
    "Corsica has letters in its codes": (
        lambda row: row[36] == "2A004" and row[1].startswith("2A"),
        lambda people: only(people, "Bénard").places[0].departement == "2A",
    ),
    "overseas keeps its own time": (
        lambda row: row[36] == "98735",
        lambda people: "Pacific/Tahiti" in {p.zone for some in people.values() for one in some for p in one.places},
    ),
    "a former identifier instead of the structure's": (
        lambda row: not row[23] and row[46] == "0499399001-01",
        lambda people: only(people, "Lefèvre").places[0].id,
    ),
    "one line in Windows' code": (
        lambda row: "�" in row[7],
        lambda people: only(people, "Ligérien").first_name == "Noël",
    ),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_in_the_sample_and_handled(rows: list[list[str]], read: Any, trap: str) -> None:
    there, handled = TRAPS[trap]
    assert any(there(row) for row in rows if len(row) == 57)
    assert handled(read[0])


def test_bad_rows_are_named_by_line_and_reason(read: Any) -> None:
    _, counts, reports = read
    assert counts.rejected == 7
    assert len({line for line, _ in reports}) == len(reports) == 11
    assert all(line > 1 and reason for line, reason in reports)


@pytest.mark.parametrize(("now", "then"), HEADER_DRIFT)
def test_a_header_may_be_worded_otherwise(sample: bytes, now: str, then: str) -> None:
    header, rest = sample.split(b"\n", 1)
    counts = Counts()
    drifted = header.decode().replace(now, then).encode() + b"\n" + rest
    assert len(list(lines_of(io.BytesIO(drifted), counts, lambda *_: None))) == counts.kept == 426


def test_a_person_whose_rows_are_far_apart_is_one_person(rows: list[list[str]], read: Any) -> None:
    at = [number for number, row in enumerate(rows) if row[2] == "899700000120" and row[7] == "EXEMPLE"]
    assert at[-1] - at[0] > 300
    assert len(only(read[0], "Exemple").places) == 2
