"""An import's decisions, without a database."""

import io
from collections.abc import Callable
from datetime import date

import pytest
from directory.application.importing import Counts, Person, decide, edition_of, lines_of, people_of
from directory.domain.gazetteer import Gazetteer
from directory.domain.national_file import WrongFile

Row = Callable[..., str]


def read(content: bytes) -> tuple[list[tuple[str, int, bytes, str]], Counts, list[tuple[int, str]]]:
    counts, reports = Counts(), list[tuple[int, str]]()
    return list(lines_of(io.BytesIO(content), counts, lambda *said: reports.append(said))), counts, reports


def test_the_sample_is_read_to_its_end_with_every_bad_line_named(sample: bytes) -> None:
    lines, counts, reports = read(sample)
    assert counts.read >= 300
    assert counts.kept == len(lines) == counts.read - counts.rejected - counts.left_out.total()
    assert sorted(reason for _, reason in reports) == [
        "55 columns instead of 56",
        "57 columns instead of 56",
        "an RPPS number has 11 digits",
        "the RPPS number fails its Luhn key",
        "the name is empty",
        "the national identifier is not the type followed by the identifier",
        "the type of identifier is none of 0, 3, 5, 8",
    ]
    text = sample.splitlines()
    assert all(b"PAUL" in text[line - 1] for line, _ in reports)
    assert len(counts.left_out) == 6


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("code", ["utf-8", "cp1252"])
def test_marks_line_ends_and_encodings_do_not_matter(header: str, row: Row, mark: bytes, end: str, code: str) -> None:
    text = end.join((header, row({7: "Lefèvre"}), ""))
    lines, counts, reports = read((mark if code == "utf-8" else b"") + text.encode(code))
    assert (counts.kept, reports) == (1, [])
    assert "|Lefèvre|" in lines[0][3]


def test_the_last_line_needs_no_line_end(header: str, row: Row) -> None:
    assert read(f"{header}\n{row()}".encode())[1].kept == 1


def test_bytes_that_are_no_text_and_endless_lines_are_refused_and_the_rest_is_read(header: str, row: Row) -> None:
    bad = b"8|\x81\x8d|", b"8|\x00|", b"x" * 200_000
    content = b"\n".join((header.encode(), *bad, row().encode(), b""))
    _, counts, reports = read(content)
    assert (counts.kept, counts.rejected) == (1, 3)
    assert [reason for _, reason in reports] == [
        "neither UTF-8 nor Windows-1252",
        "a NUL character",
        "the line is longer than 64 KB",
    ]
    assert [line for line, _ in reports] == [2, 3, 4]


def test_an_empty_file_and_another_file_are_refused() -> None:
    for content in (b"", b"a;b;c\n1;2;3\n"):
        with pytest.raises(WrongFile):
            read(content)


def test_the_edition_is_in_the_name() -> None:
    assert edition_of("PS_LibreAcces_Personne_activite_202611230000.txt") == date(2026, 11, 23)
    assert edition_of("PS_LibreAcces_Personne_activite_202699990000.txt") is None
    assert edition_of("file.txt") is None


def people(gazetteer: Gazetteer, header: str, *lines: str) -> list[Person]:
    kept, counts, _ = read("\n".join((header, *lines)).encode())
    rows = [{"national_id": n, "line": line, "fields": fields, "person_hash": h} for n, line, h, fields in kept]
    return people_of(rows, gazetteer, counts, lambda *_: None)


def test_who_is_new_is_listed_who_differs_is_changed_who_does_not_is_left(
    gazetteer: Gazetteer, header: str, row: Row
) -> None:
    (before,) = people(gazetteer, header, row())
    first = decide([before], {}, Counts())
    assert [fact.ce_type for fact in first.facts] == ["rendezvous.directory.PractitionerListed.v1"]
    known = {before.practitioner.id: before.practitioner}
    # Another fax number: the lines differ, the page does not.
    same = decide(people(gazetteer, header, row({40: "02 61 91 00 01"})), known, Counts())
    assert (same.saved, same.facts, same.same) == ([], [], [before.practitioner.id])
    moved = decide(people(gazetteer, header, row({28: "14"})), known, Counts())
    assert [fact.ce_type for fact in moved.facts] == ["rendezvous.directory.PractitionerProfileChanged.v1"]
    assert moved.saved[0].places[0].address == "14 Rue Imaginaire"
