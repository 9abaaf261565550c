"""Dates, times, distances and prices as one writes them in the reader's language, in the zone of the place."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal

from portal.application.shapes import Money

_LOCALES = {"fr": "fr_FR", "en": "en_GB"}
# Languages of the directory for which Babel has no name: English, French.
_UNNAMED = {"ber": ("Berber", "berbère"), "fsl": ("French Sign Language", "langue des signes française")}
_FALLBACK_ZONE = "Europe/Paris"


class Formats:
    """For one language."""

    def __init__(self, language: str) -> None:
        self._locale = _LOCALES[language]
        self._french = language == "fr"

    def time(self, at: datetime, zone: str) -> str:
        """`10:20`."""
        return format_datetime(local(at, zone), "HH:mm", locale=self._locale)

    def day(self, at: datetime | date, zone: str = _FALLBACK_ZONE) -> str:
        """`jeudi 3 décembre`, with the year where it is not the obvious one."""
        return format_date(_date(at, zone), "EEEE d MMMM", locale=self._locale)

    def full_day(self, at: datetime | date, zone: str = _FALLBACK_ZONE) -> str:
        """`jeudi 3 décembre 2026`."""
        return format_date(_date(at, zone), "EEEE d MMMM y", locale=self._locale)

    def short_day(self, at: datetime | date, zone: str = _FALLBACK_ZONE) -> str:
        """`3 déc.`"""
        return format_date(_date(at, zone), "d MMM", locale=self._locale)

    def weekday(self, day: date) -> str:
        return format_date(day, "EEEE", locale=self._locale)

    def date(self, day: date) -> str:
        """`3 décembre 2026`."""
        return format_date(day, "d MMMM y", locale=self._locale)

    def moment(self, at: datetime, zone: str) -> str:
        """`jeudi 3 décembre à 10:20`."""
        joint = " à " if self._french else " at "
        return f"{self.day(at, zone)}{joint}{self.time(at, zone)}"

    def day_number(self, at: datetime, zone: str) -> str:
        return format_date(_date(at, zone), "d", locale=self._locale)

    def month(self, at: datetime, zone: str) -> str:
        """`déc.`"""
        return format_date(_date(at, zone), "MMM", locale=self._locale)

    def language(self, code: str) -> str:
        """`anglais` for `en`; what is no code of a language stays as it is."""
        name = Locale.parse(self._locale).languages.get(code) or _UNNAMED.get(code, (code, code))[self._french]
        return str(name)

    def distance(self, metres: float) -> str:
        if metres < 950:
            return f"{format_decimal(max(50, round(metres / 50) * 50), locale=self._locale)} m"
        kilometres = metres / 1000
        return f"{format_decimal(round(kilometres, 1 if kilometres < 10 else 0), locale=self._locale)} km"

    def money(self, money: Money) -> str:
        """`30 €`, `30,50 €`; what is no number stays as it is."""
        try:
            amount = Decimal(money.amount)
        except InvalidOperation:
            return money.amount
        pattern = "#,##0 ¤" if self._french and amount == amount.to_integral() else None
        return format_currency(amount, money.currency, pattern, locale=self._locale, currency_digits=pattern is None)


def local(at: datetime, zone: str) -> datetime:
    """The instant as clocks at the place show it."""
    try:
        return at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return at.astimezone(ZoneInfo(_FALLBACK_ZONE))


def _date(at: datetime | date, zone: str) -> date:
    return local(at, zone).date() if isinstance(at, datetime) else at


def phone(number: str) -> str:
    """A French number in pairs; another as it is."""
    if number.startswith("+33") and len(number) == 12 and number[1:].isdigit():
        national = "0" + number[3:]
        return " ".join(national[n : n + 2] for n in range(0, 10, 2))
    return number
