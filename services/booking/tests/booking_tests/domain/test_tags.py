"""Tags: whoever overlaps shares an hour, and nothing but ids and hours is ever in a tag."""

from dataclasses import replace
from datetime import UTC, datetime

from booking.domain import tags
from booking.domain.events import AppointmentMoved, HoldClaimed, HoldReleased
from hypothesis import given
from hypothesis import strategies as st

from ..given import NINE, NOW, confirmed, held, minutes, rules, visit


def test_the_hours_are_all_those_that_the_occupied_time_touches() -> None:
    assert tags.hours(visit(NINE, 60).stretch) == ("hour:agenda-1:2027-03-02T09",)
    assert tags.hours(visit(NINE, 60, before=5, after=5).stretch) == tuple(
        f"hour:agenda-1:2027-03-02T{hour}" for hour in ("08", "09", "10")
    )
    over_midnight = visit(datetime(2027, 3, 2, 23, 50, tzinfo=UTC), 20).stretch
    assert tags.hours(over_midnight) == ("hour:agenda-1:2027-03-02T23", "hour:agenda-1:2027-03-03T00")


def test_a_visit_in_a_room_touches_the_hours_of_the_room_as_well() -> None:
    in_a_room = visit(NINE, 60, after=5, room="room-1")
    agenda, room = ("hour:agenda-1", "room:room-1")
    hours = {f"{name}:2027-03-02T{hour}" for name in (agenda, room) for hour in ("09", "10")}
    assert set(tags.hours(in_a_room.stretch)) == hours
    released = HoldReleased(NOW, "hold-1", "alice", in_a_room.stretch, "released")
    for event in (held(visit=in_a_room), released, confirmed(visit=in_a_room)):
        assert hours <= set(tags.of(event))


def test_whoever_wants_a_room_reads_the_hours_of_each_that_would_do_and_later_only_of_the_one_it_has() -> None:
    choice = rules(rooms=("room-1", "room-2"))
    rooms = {"room:room-1:2027-03-02T09", "room:room-2:2027-03-02T09"}
    assert rooms <= set(tags.around(visit(), choice))
    assert rooms & set(tags.around(visit(room="room-2"), choice)) == {"room:room-2:2027-03-02T09"}


def test_a_move_carries_the_hours_of_the_room_that_it_leaves_and_of_the_one_that_it_takes() -> None:
    left, to = visit(room="room-1"), visit(NINE + minutes(120), room="room-2")
    moved = AppointmentMoved(NOW, "appointment-1", "bea", "bob", to, rules(), left.stretch, 2, "patient")
    assert {"room:room-1:2027-03-02T09", "room:room-2:2027-03-02T11"} <= set(tags.of(moved))


def test_a_hold_carries_agenda_hours_hold_and_account() -> None:
    assert set(tags.of(held())) == {
        "agenda:agenda-1", "hour:agenda-1:2027-03-02T09", "hold:hold-1", "account:alice",
    }  # fmt: skip


def test_a_claim_carries_both_accounts() -> None:
    claimed = HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(), rules(), NOW, extended=False)
    assert {"account:visitor", "account:alice", "hold:hold-1"} <= set(tags.of(claimed))


def test_an_appointment_carries_its_person_as_well() -> None:
    assert {"appointment:appointment-1", "person:bea", "account:bob", "hold:hold-0"} <= set(tags.of(confirmed()))


five = st.integers(0, 24 * 12).map(lambda cells: cells * 5)


@given(five, five, st.integers(1, 36), st.integers(1, 36), st.integers(0, 6), st.integers(0, 6))
def test_two_stretches_that_want_one_instant_share_an_hour(
    at: int, other_at: int, length: int, other_length: int, before: int, after: int
) -> None:
    one = visit(NINE + minutes(at), length * 5, before=before * 5).stretch
    other = visit(NINE + minutes(other_at), other_length * 5, after=after * 5).stretch
    if one.occupies_with(other):
        assert set(tags.hours(one)) & set(tags.hours(other))
    elsewhere = replace(other, agenda_id="agenda-2", room_id="room-1")
    if elsewhere.shares_room_with(replace(one, room_id="room-1")):
        assert set(tags.room("room-1", one)) & set(tags.hours(elsewhere))
