"""Tags: whoever overlaps shares an hour, and nothing but ids and hours is ever in a tag."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import get_args

import pytest
from booking.domain import tags
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    Event,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_absences import AbsenceEnded, AbsenceNoted, AbsencePlanned, AbsenceSettled, Keep
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
    RequestApproved,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from hypothesis import given
from hypothesis import strategies as st

from ..given import NINE, NOW, confirmed, held, minutes, rules, visit

VISIT, RULES = visit(), rules()
WHOSE = ("a-1", "anna", "alice", VISIT)
ASKED = ("request-1", "anna", "alice", VISIT)
AWAY = (NOW, "absence-1", "agenda-1", NINE, NINE + minutes(60))

AGENDA = {"agenda:agenda-1"}
HELD = {"agenda:agenda-1", "hour:agenda-1:2027-03-02T09", "hold:hold-1", "account:alice"}
THEIRS = {"appointment:a-1", "person:anna", "account:alice"}
BOOKED = THEIRS | {"agenda:agenda-1", "hour:agenda-1:2027-03-02T09"}
REQUEST = {"agenda:agenda-1", "request:request-1", "person:anna", "account:alice"}
ABSENCE = {"agenda:agenda-1", "absence:absence-1"}
OTHER_HOLD, OTHER_VISIT = {"hold:hold-2"}, {"appointment:a-2"}

TABLE: list[tuple[Event, set[str]]] = [
    (SlotHeld(NOW, "hold-1", "alice", VISIT, RULES, NOW), HELD),
    (SlotHeld(NOW, "hold-1", "alice", VISIT, RULES, NOW, "hold-2"), HELD | OTHER_HOLD),
    (HoldReleased(NOW, "hold-1", "alice", VISIT.stretch, "released"), HELD),
    (HoldReleased(NOW, "hold-1", "alice", VISIT.stretch, "replaced", "hold-2"), HELD | OTHER_HOLD),
    (HoldExpired(NOW, "hold-1", "alice", VISIT.stretch, "hold-2"), HELD | OTHER_HOLD),
    (HoldExtended(NOW, "hold-1", "alice", VISIT.stretch, NINE, "hold-2"), HELD | OTHER_HOLD),
    (HoldClaimed(NOW, "hold-1", "visitor", "alice", VISIT, RULES, NOW, False), HELD | {"account:visitor"}),
    (
        HoldClaimed(NOW, "hold-1", "visitor", "alice", VISIT, RULES, NOW, False, "hold-2"),
        HELD | OTHER_HOLD | {"account:visitor"},
    ),
    (AppointmentConfirmed(NOW, "a-1", "hold-1", "anna", "alice", VISIT, RULES), BOOKED | {"hold:hold-1"}),
    (
        AppointmentConfirmed(NOW, "a-1", "hold-1", "anna", "alice", VISIT, RULES, linked_to="a-2"),
        BOOKED | OTHER_VISIT | {"hold:hold-1"},
    ),
    (AppointmentCancelled(NOW, *WHOSE, 2, "patient"), BOOKED),
    (AppointmentCancelled(NOW, *WHOSE, 2, "patient", linked_to="a-2"), BOOKED | OTHER_VISIT),
    (AppointmentMoved(NOW, *WHOSE, RULES, visit(NINE - minutes(120)).stretch, 2, "patient"),
     BOOKED | {"hour:agenda-1:2027-03-02T07"}),
    (AppointmentMoved(NOW, *WHOSE, RULES, visit(NINE + minutes(15)).stretch, 2, "patient", "offer-1", 1, "a-2"),
     BOOKED | OTHER_VISIT | {"earlier:offer-1"}),
    (AppointmentBookedByPractice(NOW, *WHOSE, RULES), BOOKED),
    (AppointmentBookedOverRules(NOW, *WHOSE, RULES, ("slot",), "1.c2VhbGVk"), BOOKED),
    (AppointmentImported(NOW, *WHOSE, RULES), BOOKED),
    (AppointmentHonoured(NOW, *WHOSE, 2), BOOKED),
    (AppointmentMissed(NOW, *WHOSE, 2, False), BOOKED),
    (PatientMarkedKnown(NOW, "anna", "practitioner-1"), {"person:anna"}),
    (PatientUnmarkedKnown(NOW, "anna", "practitioner-1"), {"person:anna"}),
    (OnlineBookingStopped(NOW, "anna", "place-1"), {"person:anna"}),
    (OnlineBookingResumed(NOW, "anna", "place-1"), {"person:anna"}),
    (AppointmentRequested(NOW, *ASKED, RULES), REQUEST),
    (RequestApproved(NOW, *ASKED, "a-1"), REQUEST),
    (RequestEnded(NOW, *ASKED, "patient"), REQUEST),
    (AbsenceNoted(*AWAY, Keep()), ABSENCE | {"away:agenda-1:2027-03"}),
    (AbsencePlanned(*AWAY, Keep()), ABSENCE | {"away:agenda-1:2027-03"}),
    (AbsenceEnded(*AWAY), ABSENCE | {"away:agenda-1:2027-03"}),
    (AbsenceSettled(NOW, "absence-1", "agenda-1", Keep(), ()), ABSENCE),
    (WaitingListJoined(NOW, *WHOSE), AGENDA | THEIRS),
    (WaitingListLeft(NOW, *WHOSE), AGENDA | THEIRS),
    (
        EarlierSlotOffered(NOW, "offer-1", "a-9.2", *WHOSE, RULES, 0, NINE),
        AGENDA | THEIRS | {"slot:agenda-1:2027-03-02T09:00", "earlier:offer-1"},
    ),
    (FreedSlotClosed(NOW, "a-9.2", VISIT, 1), AGENDA | {"slot:agenda-1:2027-03-02T09:00"}),
]  # fmt: skip


@pytest.mark.parametrize(("event", "expected"), TABLE, ids=lambda each: type(each).__name__)
def test_an_event_is_found_by_all_that_it_concerns_each_named_once(event: Event, expected: set[str]) -> None:
    found = tags.of(event)
    assert set(found) == expected
    assert len(found) == len(expected)


def test_the_table_has_every_kind_of_event() -> None:
    assert {type(event) for event, _ in TABLE} == set(get_args(Event))


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


def utc(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (utc(2027, 3, 2), utc(2027, 3, 30), ["2027-03"]),
        (utc(2027, 3, 31, 23), utc(2027, 4, 1), ["2027-03", "2027-04"]),
        (utc(2027, 9, 1), utc(2027, 10, 1), ["2027-09", "2027-10"]),
        (utc(2027, 11, 15), utc(2028, 2, 1), ["2027-11", "2027-12", "2028-01", "2028-02"]),
        (utc(2027, 12, 1), utc(2027, 12, 2), ["2027-12"]),
        (utc(2027, 12, 31), utc(2029, 1, 1), [
            "2027-12", *(f"2028-{month:02}" for month in range(1, 13)), "2029-01",
        ]),
    ],
)  # fmt: skip
def test_an_absence_is_found_in_each_month_that_it_touches_over_the_ends_of_years(
    start: datetime, end: datetime, months: list[str]
) -> None:
    found = tags.away("agenda-1", start, end)
    assert list(found) == [f"away:agenda-1:{month}" for month in months]


def test_a_limited_visit_is_looked_for_in_its_own_hours_first_and_in_each_hour_once() -> None:
    wanted = visit(datetime(2027, 3, 2, 20, 0, tzinfo=UTC), 60)
    around = tags.around(wanted, rules(max_per_day=3))
    assert around[0] == "hour:agenda-1:2027-03-02T20"
    assert len(set(around)) == len(around) == 24 + 1  # the hours of the day, and the month


def test_a_crowd_meets_at_the_first_hour_of_what_it_wants() -> None:
    assert tags.first_hour(("agenda:agenda-1", *tags.hours(visit(NINE, 120).stretch))) == "hour:agenda-1:2027-03-02T09"
    assert tags.first_hour(("agenda:agenda-1", "account:alice")) is None


def test_a_hold_and_its_confirmation_share_what_they_are_looked_for_by() -> None:
    assert set(tags.of(held())) & set(tags.of(confirmed("alice", "hold-1"))) >= {"hold:hold-1", "account:alice"}


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
