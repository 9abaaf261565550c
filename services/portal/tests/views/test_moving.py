"""When moving is offered, and where the buttons of its calendar lead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from portal.application.refusals import Refused
from portal.application.shapes import Appointment, Motive
from portal.entrypoints.moving import MoveWish
from portal.views.appointments import Shown
from portal.views.refusals import sentence
from portal.views.words import LANGUAGES, load_all

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def appointment(days: float = 3, state: str = "confirmed") -> Appointment:
    start = NOW + timedelta(days=days)
    return Appointment(
        id="a/1",
        agenda_id="ag",
        practitioner_id="pr",
        start=start,
        end=start + timedelta(minutes=15),
        motive_id="m",
        person_id="p",
        state=state,
        version=2,
    )


def shown(days: float, cancel: int, move: int | None, state: str = "confirmed") -> Shown:
    motive = Motive(id="m", name="Suivi", minutes=15, cancel_until_minutes=cancel, move_until_minutes=move)
    return Shown(appointment(days, state), None, motive, None, NOW)


@pytest.mark.parametrize(
    ("days", "cancel", "move", "state", "may"),
    [
        (3, 1440, None, "confirmed", True),
        (0.5, 1440, None, "confirmed", False),
        (0.5, 1440, 60, "confirmed", True),
        (3, 0, 5 * 1440, "confirmed", False),
        (-0.001, 0, 0, "confirmed", False),
        (3, 0, None, "cancelled", False),
    ],
)
def test_moving_is_offered_until_its_own_deadline_or_that_of_cancelling(
    days: float, cancel: int, move: int | None, state: str, may: bool
) -> None:
    assert shown(days, cancel, move, state).may_move is may


def test_a_motive_that_is_no_longer_known_is_not_moved_online() -> None:
    assert not Shown(appointment(), None, None, None, NOW).may_move


def test_what_only_the_practice_books_is_moved_by_it_and_waits_for_no_earlier_time() -> None:
    asked = Motive(id="m", name="Chirurgie", minutes=45, booking="staff")
    one = Shown(appointment(days=9), None, asked, None, NOW)
    assert (one.may_move, one.may_wait, one.may_cancel) == (False, False, True)
    assert Shown(appointment(days=9), None, None, None, NOW).may_wait


def test_the_calendar_of_a_move_stays_with_its_appointment_and_carries_the_version_that_was_seen() -> None:
    wish = MoveWish.of(appointment())
    assert wish.path("2026-12-01") == "/appointments/a%2F1/move?week=2026-12-01"
    assert wish.path() == "/appointments/a%2F1/move"
    assert wish.action == "/appointments/a%2F1/move/check"
    assert wish.fields == {"version": "2"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "slug",
    [
        *("slot-taken", "slot-held", "person-busy", "visit-too-close", "second-visit-unfit"),
        *("too-late", "appointment-cancelled", "appointment-changed"),
    ],
)
def test_a_refused_move_is_said_in_words_of_its_own(slug: str, language: str) -> None:
    refusal = Refused(409, slug, "the words of the service")
    words = load_all()[language]
    text = sentence(words, refusal, "move.problem")
    assert text not in ("the words of the service", sentence(words, refusal))
