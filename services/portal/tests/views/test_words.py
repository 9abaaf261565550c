"""Every message stands in both languages, is used somewhere, and nothing used is missing."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest
from portal.views.words import LANGUAGES, load, load_all, read

SOURCES = Path(str(files("portal")))
TEMPLATES = sorted((SOURCES / "views" / "templates").glob("*.html"))
# Keys that are put together: the part that stands in the source, and what may follow.
FAMILIES = (
    *(
        "home.how.",
        "often.",
        "language.",
        "steps.",
        "results.sort.",
        "sector.",
        "payment.",
        "profile.way.",
        "relation.",
    ),
    *(
        "state.",
        "field.",
        "problem.",
        "earlier.problem.",
        "move.problem.",
        "check.problem.",
        "ask.problem.",
        "request.",
    ),
)
_CALL = re.compile(r"""\b(?:t|words|self)(?:\.count)?\(\s*["']([a-z][\w.-]*)["']\s*[,)]""")
_FLASH = re.compile(r"""\bflash\(["']([\w.-]+)["']""")


def used() -> set[str]:
    texts = [file.read_text() for file in (*TEMPLATES, *SOURCES.rglob("*.py"))]
    return {key for text in texts for pattern in (_CALL, _FLASH) for key in pattern.findall(text)}


def placeholders(form: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(form) if name}


def test_both_languages_have_the_same_messages() -> None:
    french, english = (load(language).messages for language in LANGUAGES)
    assert french.keys() == english.keys()
    assert {key: len(forms) for key, forms in french.items()} == {key: len(forms) for key, forms in english.items()}


def test_both_languages_fill_in_the_same_values() -> None:
    french, english = (load(language).messages for language in LANGUAGES)
    different = [
        key
        for key in french
        if set.union(*map(placeholders, french[key])) != set.union(*map(placeholders, english[key]))
    ]
    assert different == []


def test_every_message_that_a_page_asks_for_exists() -> None:
    assert len(used()) > 150
    assert used() - load("fr").messages.keys() == set()


def test_no_message_is_left_over() -> None:
    spare = load("fr").messages.keys() - used()
    assert sorted(key for key in spare if not key.startswith(FAMILIES)) == []


def test_the_two_languages_are_not_the_same_text() -> None:
    french, english = (load(language).messages for language in LANGUAGES)
    same = {key for key in french if french[key] == english[key] and re.search(r"[a-z]{4}", french[key][0])}
    assert same <= {
        *("language.fr", "language.en", "site.name", "steps.3", "steps.4", "steps.5", "check.patient", "check.when"),
        *("results.sort.distance", "minutes", "questions.title", "relation.parent", "often.dentist", "times.back"),
    }


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "a"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "a"\nmsgstr "b"\n',
        'msgid "a"\nmsgid_plural "a"\nmsgstr[0] "one"\nmsgstr[1] ""\n',
    ],
)
def test_a_message_without_a_translation_stops_the_start(entry: str) -> None:
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    with pytest.raises(ValueError, match="no translation"):
        read("fr", (header + entry).encode())


def test_numbers_take_the_form_of_their_language() -> None:
    words = load_all()
    assert words["fr"].count("held.left", 0) == "Encore 0 minute pour terminer"
    assert words["en"].count("held.left", 0) == "0 minutes left to finish"
    assert words["fr"].count("held.left", 2) == "Encore 2 minutes pour terminer"
    assert words["en"].count("held.left", 1) == "1 minute left to finish"
