"""Dates, times and names as each language writes them."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Literal

from babel.dates import format_date
from babel.numbers import format_currency
from booking_events.directory import PractitionerState

Language = Literal["fr", "en"]

_DOCTORS = {"dr": "Dr", "docteur": "Dr", "doctor": "Dr", "pr": "Pr", "professeur": "Pr", "professor": "Pr"}


def language_of(locale: str | None) -> Language:
    """The language to write in: French unless the person chose English."""
    return "en" if (locale or "").lower().startswith("en") else "fr"


def one_line(text: str) -> str:
    """`text` without line ends or control characters, so that it can stand in a header or a link's label."""
    visible = (" " if unicodedata.category(character) in ("Cc", "Zl", "Zp") else character for character in text)
    return " ".join("".join(visible).split())


def long_date(day: date, language: Language, *, with_year: bool = True) -> str:
    """`jeudi 3 décembre 2026`, `mardi 1er décembre`; `Thursday 3 December 2026`."""
    number = "1er" if day.day == 1 and language == "fr" else str(day.day)
    words = f"{format_date(day, 'EEEE', language)} {number} {format_date(day, 'MMMM', language)}"
    return f"{words} {day.year}" if with_year else words


def short_date(day: date, language: Language, *, with_weekday: bool = True) -> str:
    """`jeu. 03/12`; `Thu 3 Dec`: short enough for an SMS."""
    words = f"{day:%d/%m}" if language == "fr" else f"{day.day} {format_date(day, 'MMM', 'en')}"
    return f"{format_date(day, 'EEE', language)} {words}" if with_weekday else words


def clock_time(at: datetime, language: Language) -> str:
    """`10h20`; `10:20`."""
    return f"{at:%H}h{at:%M}" if language == "fr" else f"{at:%H}:{at:%M}"


def moment(at: datetime, language: Language, *, with_year: bool = False) -> str:
    """`jeudi 3 décembre à 10h20`; `Thursday 3 December at 10:20`."""
    joined = "à" if language == "fr" else "at"
    return f"{long_date(at.date(), language, with_year=with_year)} {joined} {clock_time(at, language)}"


def full_name(practitioner: PractitionerState) -> str:
    """`Dr Jeanne Exemple`; the title stays as the directory has it when it is none of a doctor's."""
    return one_line(f"{_title(practitioner)} {practitioner.first_name} {practitioner.last_name}")


def short_name(practitioner: PractitionerState) -> str:
    """`Dr Exemple`; without a title, first and last name."""
    title = _title(practitioner)
    return one_line(f"{title} {practitioner.last_name}") if title else full_name(practitioner)


def with_article(name: str, language: Language) -> str:
    """`le Dr Jeanne Exemple` where French wants the article."""
    return f"le {name}" if language == "fr" and name.startswith(("Dr ", "Pr ")) else name


def money(amount: str, currency: str, language: Language) -> str:
    """`30,00 €`; `€30.00`; the amount as it was when it is not a number."""
    try:
        return str(format_currency(Decimal(amount), currency, locale=language))
    except InvalidOperation:
        return one_line(f"{amount} {currency}")


def _title(practitioner: PractitionerState) -> str:
    title = one_line(practitioner.title)
    return _DOCTORS.get(title.lower().rstrip("."), title)
