"""Dates, distances and prices in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime

from portal.application.shapes import Money, NextAvailable
from portal.views.formats import Formats, phone
from portal.views.motives import next_path, times_path
from portal.views.results import Question

AT = datetime(2026, 12, 3, 9, 20, tzinfo=UTC)
FR, EN = Formats("fr"), Formats("en")


def test_a_moment_is_told_in_the_zone_of_the_place() -> None:
    assert FR.moment(AT, "Europe/Paris") == "jeudi 3 décembre à 10:20"
    assert EN.moment(AT, "Europe/Paris") == "Thursday 3 December at 10:20"
    assert FR.moment(AT, "Indian/Reunion") == "jeudi 3 décembre à 13:20"


def test_distances_are_as_exact_as_anybody_needs() -> None:
    assert FR.distance(12) == "50 m"
    assert FR.distance(840) == "850 m"
    assert FR.distance(2_840) == "2,8 km"
    assert EN.distance(12_400) == "12 km"


def test_prices_are_written_as_at_the_counter() -> None:
    assert FR.money(Money(amount="30.00")).replace("\u00a0", " ") == "30 €"
    assert FR.money(Money(amount="30.50")).replace("\u00a0", " ") == "30,50 €"
    assert EN.money(Money(amount="30.50")) == "€30.50"
    assert FR.money(Money(amount="on request")) == "on request"


def test_languages_have_names_even_those_that_babel_does_not_know() -> None:
    assert FR.language("es") == "espagnol"
    assert FR.language("fsl") == "langue des signes française"
    assert EN.language("ber") == "Berber"
    assert EN.language("xx-none") == "xx-none"


def test_french_numbers_are_read_in_pairs() -> None:
    assert phone("+33261910001") == "02 61 91 00 01"
    assert phone("+442079460000") == "+442079460000"
    assert phone("06 39 98 12 34") == "06 39 98 12 34"


def test_the_way_to_the_next_free_time_leads_to_its_week() -> None:
    following = NextAvailable(start=AT, agenda_id="a 1", motive_id="m/1", mode="video")
    assert next_path("p/1", following, "Europe/Paris") == (
        "/practitioners/p%2F1/times?agenda=a+1&motive=m%2F1&mode=video&week=2026-12-03"
    )
    assert next_path("p", NextAvailable(start=AT), "Europe/Paris") == "/practitioners/p"
    assert "week" not in times_path("p", "a", "m", "video")


def test_a_question_survives_its_address_and_ignores_what_is_none() -> None:
    asked = {"q": "  dermato   logue ", "where": "angers", "sort": "price", "mode": "video", "sector": "9", "x": "y"}
    question = Question.asked(asked)
    assert question == Question(q="dermato logue", where="angers", video=True)
    assert question.for_directory() == {"q": "dermato logue", "where": "angers", "mode": "video", "limit": "20"}
    assert question.sorted_by("earliest") == "/search?q=dermato+logue&where=angers&sort=earliest&mode=video"
    assert question.unfiltered == "/search?q=dermato+logue&where=angers"
    assert date(2026, 12, 3) == AT.date()
