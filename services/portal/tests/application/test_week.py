"""Weeks as the calendar turns them."""

from __future__ import annotations

from datetime import date

import pytest
from portal.application.week import AHEAD_WEEKS_MAX, Week

TODAY = date(2026, 11, 26)


def test_the_week_asked_for_is_the_one_of_that_day() -> None:
    assert Week.asked("2026-12-05", TODAY) == Week(date(2026, 11, 30))


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2020-01-01", "9999-12-31", "2029-01-01"])
def test_anything_else_shows_this_week(text: str) -> None:
    assert Week.asked(text, TODAY) == Week(date(2026, 11, 23))


def test_only_days_that_are_not_over_are_shown() -> None:
    days = Week.of(TODAY).days_from(TODAY)
    assert days[0] == TODAY
    assert days[-1] == date(2026, 11, 29)


def test_the_arrows_stop_at_today_and_at_the_horizon() -> None:
    this = Week.of(TODAY)
    assert this.before(TODAY) is None
    assert this.after(TODAY) == this.plus(1)
    assert this.plus(1).before(TODAY) == this
    assert this.plus(AHEAD_WEEKS_MAX).after(TODAY) is None
