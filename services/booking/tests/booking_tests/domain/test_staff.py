"""Staff book without an offer: bound by what is in the way, unless they override it with a reason."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from booking.domain.commands import ClaimHold
from booking.domain.commands_practice import BookVisit
from booking.domain.events import Event
from booking.domain.events_practice import AppointmentBookedByPractice, AppointmentBookedOverRules
from booking.domain.facts import Visit
from booking.domain.rejections import (
    AlreadyOver,
    BeyondHorizon,
    HoldHasExpired,
    LimitReached,
    PersonBusy,
    Rejection,
    SlotHeldByOthers,
    SlotTaken,
)

from ..given import NINE, NOW, confirm, confirmed, held, hold_slot, minutes, rules, visit, when

WHY = "1.c2VhbGVk"


def book(sealed_override: str | None = None, **more: Any) -> BookVisit:
    return BookVisit(
        more.get("at", NOW), "new", "anna", "alice", more.get("visit", visit()), more.get("rules", rules()),
        sealed_override,
    )  # fmt: skip


SAME_DAY = confirmed(person="anna", visit=visit(NINE + minutes(60)))


def test_staff_book_what_is_free_whatever_binds_patients_only() -> None:
    for only_patients in (
        {},
        {"min_days_between": 6},
        {"notice_minutes": 9_999},
        {"horizon_days": 0},
        {"booking": "known_patients"},
    ):
        command = book(rules=rules(**only_patients))
        assert when(command, SAME_DAY) == (
            AppointmentBookedByPractice(NOW, "new", "anna", "alice", visit(), command.rules),
        )


IN_THE_WAY: dict[str, tuple[type[Rejection], str, tuple[Event, ...], dict[str, Any]]] = {
    "an appointment": (SlotTaken, "slot", (confirmed(),), {}),
    "a hold": (SlotHeldByOthers, "slot", (held("bob"),), {}),
    "another visit of the patient": (PersonBusy, "person", (confirmed(person="anna", visit=visit(agenda="b")),), {}),
    "the limit": (
        LimitReached, "limit", (confirmed(person="anna", visit=visit(NINE + minutes(60))),),
        {"rules": rules(max_future_per_patient=1)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("obstacle", IN_THE_WAY)
def test_what_is_in_the_way_binds_staff_until_they_say_why_not(obstacle: str) -> None:
    refusal, name, given, more = IN_THE_WAY[obstacle]
    with pytest.raises(refusal):
        when(book(**more), *given)
    command = book(WHY, **more)
    assert when(command, *given) == (
        AppointmentBookedOverRules(NOW, "new", "anna", "alice", visit(), command.rules, (name,), WHY),  # type: ignore[arg-type] # it is one of them
    )


def test_an_override_names_both_the_time_and_the_patient() -> None:
    (event,) = when(book(WHY), confirmed(person="anna"))
    assert isinstance(event, AppointmentBookedOverRules)
    assert event.overridden == ("slot", "person")


def test_an_override_that_overrides_nothing_is_an_ordinary_booking() -> None:
    (event,) = when(book(WHY))
    assert isinstance(event, AppointmentBookedByPractice)


@pytest.mark.parametrize(
    ("refusal", "start"), [(AlreadyOver, NOW), (BeyondHorizon, NOW + timedelta(days=3 * 366, minutes=5))]
)
def test_nobody_books_the_past_or_another_age_override_or_not(refusal: type[Rejection], start: Any) -> None:
    for sealed in (None, WHY):
        with pytest.raises(refusal):
            when(book(sealed, visit=visit(start)))


def test_what_staff_booked_is_taken_for_everybody() -> None:
    given = when(book())
    with pytest.raises(SlotTaken):
        when(hold_slot(), *given)
    with pytest.raises(PersonBusy):
        when(confirm(), held(visit=visit(agenda="agenda-2")), *given)


def test_a_patient_whose_hold_was_booked_over_is_told_that_it_ended() -> None:
    hold = held("bob")
    over = when(book(WHY), hold)
    with pytest.raises(HoldHasExpired):
        when(confirm("bob", person="bea"), hold, *over)


def test_signing_up_does_not_make_a_hold_younger_than_what_was_booked_over_it() -> None:
    hold = held("visitor")
    given = [hold, *when(book(WHY, at=NOW + minutes(1)), hold)]
    given += when(ClaimHold(NOW + minutes(2), "hold-1", "visitor", "bob"), *given)
    with pytest.raises(HoldHasExpired):
        when(confirm("bob", person="bea", at=NOW + minutes(3)), *given)


@pytest.mark.parametrize("elsewhere", [visit(NINE + minutes(60)), visit(agenda="agenda-2")])
def test_a_hold_that_shares_its_time_rightly_ends_by_nothing_that_staff_book_elsewhere(elsewhere: Visit) -> None:
    """A line of two takes whom a hold of one at a time would not: the hold came first, and is sure of its time."""
    line = confirmed("carol", "h", person="carl", rules=rules(capacity=2))
    staff = replace(book(visit=elsewhere), person_id="somebody")
    given = [held("bob"), line]
    assert when(confirm("bob", person="bea"), *given, *when(staff, *given))


def test_staff_book_three_years_ahead_and_no_more() -> None:
    last = NOW + timedelta(days=3 * 366)
    assert when(book(visit=visit(last)))
    with pytest.raises(BeyondHorizon):
        when(book(visit=visit(last + minutes(5))))


def test_staff_take_the_room_that_a_hold_has_left_free() -> None:
    theirs = held("bob", visit=visit(agenda="agenda-2", room="room-1"))
    (event,) = when(book(rules=rules(rooms=("room-1", "room-2"))), theirs)
    assert isinstance(event, AppointmentBookedByPractice)
    assert event.visit.stretch.room_id == "room-2"
