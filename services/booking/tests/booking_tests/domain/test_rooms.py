"""A doctor and a room: both are taken in one decision or neither, and two visits are never in one room."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from booking.application import handle_absences
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.agenda import Agenda, Motive
from booking.domain.commands import CancelAppointment, ExtendHold, HoldAnyOf, HoldSlot
from booking.domain.commands_absences import NoteAbsence
from booking.domain.commands_practice import ApproveRequest, BookVisit, ImportVisit, RequestVisit
from booking.domain.commands_waiting import AcceptEarlier, OfferFreed, Wait
from booking.domain.decide_absences import rooms_there
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    Event,
    HoldExpired,
    HoldReleased,
    SlotHeld,
)
from booking.domain.events_absences import HandOver, Move, Plan
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
)
from booking.domain.evolve import fold
from booking.domain.facts import SecondVisit, Visit
from booking.domain.rejections import HoldHasExpired, NoRoomFree, PersonBusy, SlotHeldByOthers, SlotTaken
from booking.domain.room import free_room
from booking.domain.states import Booked
from hypothesis import given
from hypothesis import strategies as st

from ..given import NINE, NOW, confirm, confirmed, held, hold_slot, minutes, move, rules, visit, when

BOTH = rules(rooms=("room-1", "room-2"))
ONE = rules(rooms=("room-1",))
TEN = NINE + minutes(60)


def elsewhere(start: Any = NINE, length: int = 15, *, room: str | None = "room-1", **more: Any) -> Visit:
    """A visit to a colleague of the practice."""
    return visit(start, length, agenda="agenda-2", practitioner="practitioner-2", room=room, **more)


def taken(room: str = "room-1", start: Any = NINE, **more: Any) -> AppointmentConfirmed:
    """A colleague's appointment in a room."""
    return confirmed(appointment=f"a-{room}", person=f"p-{room}", visit=elsewhere(start, room=room, **more), rules=BOTH)


def room_of(*events: Event) -> str | None:
    last = events[-1]
    assert isinstance(
        last,
        SlotHeld
        | AppointmentConfirmed
        | AppointmentMoved
        | AppointmentBookedByPractice
        | AppointmentBookedOverRules
        | AppointmentImported,
    )
    return last.visit.stretch.room_id


def test_a_hold_takes_the_first_of_its_rooms_that_is_free_in_the_written_order() -> None:
    assert when(hold_slot(rules=BOTH)) == (
        SlotHeld(NOW, "hold-new", "alice", visit(room="room-1"), BOTH, NOW + minutes(10)),
    )
    assert room_of(*when(hold_slot(rules=BOTH), taken("room-1"))) == "room-2"
    assert room_of(*when(hold_slot(rules=rules(rooms=("room-2", "room-1"))))) == "room-2"


def test_a_visit_that_needs_no_room_takes_none() -> None:
    assert room_of(*when(hold_slot(), taken("room-1"))) is None


def test_a_room_taken_or_held_for_another_practitioner_is_refused_and_nothing_is_held() -> None:
    for there in (taken(), held("bob", visit=elsewhere(), rules=BOTH)):
        with pytest.raises(NoRoomFree):
            when(hold_slot(rules=ONE), there)
    with pytest.raises(NoRoomFree):
        when(hold_slot(rules=BOTH), taken("room-1"), taken("room-2"))


def test_who_is_refused_a_room_keeps_the_hold_that_they_have() -> None:
    own = held("alice", visit=visit(TEN))
    with pytest.raises(NoRoomFree):
        when(hold_slot("alice", rules=ONE), own, taken())
    assert fold((own,)).live_holds(NOW)


def test_a_practitioner_who_is_not_free_is_the_reason_before_a_room_that_is_not() -> None:
    with pytest.raises(SlotTaken):
        when(hold_slot(rules=ONE), taken(), confirmed(appointment="b"))


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (elsewhere(NINE, 60), visit(NINE + minutes(30), 15)),
        (elsewhere(NINE + minutes(5), 5), visit(NINE, 60)),
        (elsewhere(NINE, 15, after=10), visit(NINE + minutes(20), 15)),
        (elsewhere(NINE, 15), visit(NINE + minutes(20), 15, before=10)),
    ],
)
def test_a_room_is_taken_for_the_whole_stretch_buffers_included(other: Visit, wanted: Visit) -> None:
    with pytest.raises(NoRoomFree):
        when(hold_slot(visit=wanted, rules=ONE), confirmed(visit=other))
    after = elsewhere(wanted.stretch.occupied_until)
    assert when(hold_slot(visit=wanted, rules=ONE), confirmed(visit=after))


def test_capacity_of_the_agenda_is_none_of_the_room() -> None:
    line = replace(ONE, capacity=3)
    first = held("bob", visit=visit(room="room-1"), rules=line)
    with pytest.raises(NoRoomFree):
        when(hold_slot(rules=line), first)
    assert room_of(*when(hold_slot(rules=replace(BOTH, capacity=3)), first)) == "room-2"


def test_a_room_is_kept_by_whoever_confirms() -> None:
    hold = held(visit=visit(room="room-2"), rules=BOTH)
    (event,) = when(confirm(), hold)
    assert room_of(event) == "room-2"
    (event,) = when(confirm(), held(visit=visit(room="room-1"), rules=ONE), taken("room-1", TEN))
    assert room_of(event) == "room-1"


@pytest.mark.parametrize("what", ["released", "expired", "over", "cancelled", "moved"])
def test_a_room_is_free_again_for_everybody_once_its_visit_is_gone(what: str) -> None:
    hold, there = held("bob", visit=elsewhere(), rules=BOTH), taken()
    stretch, at = elsewhere().stretch, NOW
    gone: tuple[Event, ...]
    match what:
        case "released":
            gone = (hold, HoldReleased(NOW, "hold-1", "bob", stretch, "released"))
        case "expired":
            gone = (hold, HoldExpired(NOW, "hold-1", "bob", stretch))
        case "over":
            gone, at = (hold,), NOW + minutes(10)
        case "cancelled":
            gone = (there, AppointmentCancelled(NOW, "a-room-1", "p-room-1", "bob", there.visit, 2, "patient"))
        case _:
            to = elsewhere(TEN, room="room-1")
            gone = (there, AppointmentMoved(NOW, "a-room-1", "p-room-1", "bob", to, BOTH, stretch, 2, "patient"))
    assert room_of(*when(hold_slot(at=at, rules=ONE), *gone)) == "room-1"


def test_a_visit_that_took_place_took_its_room() -> None:
    there = taken()
    honoured = AppointmentHonoured(NOW, "a-room-1", "p-room-1", "bob", there.visit, 2)
    with pytest.raises(NoRoomFree):
        when(hold_slot(rules=ONE), there, honoured)


def test_the_accounts_own_hold_makes_room_for_its_next_one() -> None:
    own = held("alice", visit=elsewhere(), rules=ONE)
    released, new = when(hold_slot("alice", rules=ONE), own)
    assert isinstance(released, HoldReleased)
    assert released.stretch.room_id == room_of(new) == "room-1"


def test_a_hold_whose_room_went_while_it_was_over_has_expired() -> None:
    mine = held(visit=visit(room="room-1"), rules=ONE)
    late = taken()
    late = replace(late, at=NOW + minutes(10))  # then the clock was set back, and the hold binds again
    for command in (confirm(at=NOW + minutes(9)), ExtendHold(NOW + minutes(9), "hold-1", "alice")):
        with pytest.raises(HoldHasExpired):
            when(command, mine, late)


def test_any_of_several_passes_over_those_without_a_room() -> None:
    choices = ((visit(), ONE), (visit(agenda="agenda-3"), rules(rooms=("room-3",))))
    (event,) = when(HoldAnyOf(NOW, "hold-new", "alice", choices), taken())
    assert room_of(event) == "room-3"
    with pytest.raises(NoRoomFree):
        when(HoldAnyOf(NOW, "hold-new", "alice", choices[:1]), taken())
    with pytest.raises(SlotHeldByOthers):  # when the first may be free is worth more than why it is not
        when(HoldAnyOf(NOW, "hold-new", "alice", choices), taken(), held("bob", visit=visit(agenda="agenda-3")))


def test_both_visits_of_a_two_step_motive_get_a_room_or_neither_is_held() -> None:
    pair = SecondVisit("motive-2", 7, 14, together=True)
    second = visit(NINE + timedelta(days=7), motive="motive-2")
    command = HoldSlot(NOW, "hold-1", "alice", visit(), replace(ONE, second=pair), ("hold-2", second, ONE))
    events = when(command)
    assert [room_of(event) for event in events] == ["room-1", "room-1"]
    with pytest.raises(NoRoomFree):
        when(command, taken("room-1", NINE + timedelta(days=7)))


def test_a_move_takes_a_room_at_the_new_time_and_frees_the_one_that_it_leaves() -> None:
    mine = confirmed(visit=visit(room="room-1"), rules=ONE)
    (moved,) = when(move(visit(TEN), rules=BOTH), mine, taken("room-1", TEN))
    assert isinstance(moved, AppointmentMoved)
    assert (moved.visit.stretch.room_id, moved.left.room_id) == ("room-2", "room-1")
    assert room_of(*when(hold_slot(visit=elsewhere(room=None), rules=ONE), mine, moved)) == "room-1"
    with pytest.raises(NoRoomFree):
        when(move(visit(TEN), rules=ONE), mine, taken("room-1", TEN))


def test_a_move_onto_a_time_that_overlaps_its_own_keeps_its_room() -> None:
    mine = confirmed(visit=visit(NINE, 30, room="room-1"), rules=ONE)
    assert room_of(*when(move(visit(NINE + minutes(15), 30), rules=ONE), mine)) == "room-1"


def test_a_move_to_where_it_is_changes_nothing_not_even_the_room() -> None:
    assert when(move(visit(), rules=BOTH), confirmed(visit=visit(room="room-2"), rules=BOTH)) == ()


def book(sealed: str | None = None) -> BookVisit:
    return BookVisit(NOW, "new", "anna", "alice", visit(), BOTH, sealed)


def test_staff_get_a_room_as_well_and_overrule_everything_but_that() -> None:
    assert when(book()) == (AppointmentBookedByPractice(NOW, "new", "anna", "alice", visit(room="room-1"), BOTH),)
    there = confirmed(appointment="b", visit=visit(room="room-1"), rules=BOTH)
    with pytest.raises(SlotTaken):
        when(book(), there)
    over = when(book("1.c2VhbGVk"), there)
    assert isinstance(over[0], AppointmentBookedOverRules)
    assert room_of(*over) == "room-2"
    for sealed in (None, "1.c2VhbGVk"):
        with pytest.raises(NoRoomFree):
            when(book(sealed), taken("room-1"), taken("room-2"))


def test_a_request_takes_a_room_once_it_is_approved_and_none_before() -> None:
    asked = when(RequestVisit(NOW, "request-1", "anna", "alice", visit(), BOTH))
    staff = Staff("practitioner-1")
    approve = ApproveRequest(NOW, "request-1", staff, "new", visit(), BOTH)
    assert room_of(*when(approve, *asked, taken("room-1"))) == "room-2"
    with pytest.raises(NoRoomFree):
        when(approve, *asked, taken("room-1"), taken("room-2"))
    assert room_of(*when(hold_slot("bob", visit=elsewhere(room=None), rules=ONE), *asked)) == "room-1"


def test_what_a_practice_imports_takes_a_room_or_is_refused() -> None:
    row = ImportVisit(NOW, "new", "anna", "alice", visit(), ONE)
    assert room_of(*when(row)) == "room-1"
    with pytest.raises(NoRoomFree):
        when(row, taken())


def test_whoever_accepts_an_earlier_time_gets_a_room_there_or_stays() -> None:
    late = confirmed("alice", visit=visit(NINE + timedelta(days=10), room="room-1"), person="anna", rules=BOTH)
    given = [late, *when(Wait(NOW, "appointment-1", (Patient("alice"),), True), late)]
    given += when(OfferFreed(NOW, "gone.2", visit(), 0, ("offer-1",)), *given)
    accept = AcceptEarlier(NOW, "offer-1", (Patient("alice"),))
    assert room_of(*when(accept, *given, taken("room-1"))) == "room-2"
    with pytest.raises(NoRoomFree):
        when(accept, *given, taken("room-1"), taken("room-2"))


def settled(plan: Plan, *others: Event, colleague: Agenda | None = None) -> tuple[Event, ...]:
    """What becomes of an appointment in a room under `plan`."""
    mine = confirmed(visit=visit(room="room-1"), rules=ONE)
    known = fold((mine, *when(NoteAbsence(NOW, "absence-1", "agenda-1", NINE, TEN, plan), mine)))
    booked = known.appointments["appointment-1"]
    assert isinstance(booked, Booked)
    task = handle_absences.settle("absence-1", booked, plan, "new", colleague)
    note = NoteAbsence(NOW, "absence-1", "agenda-1", NINE, TEN, plan)
    return when(task.command(NOW), mine, *when(note, mine), *others)


def test_an_absence_moves_an_appointment_to_a_day_with_a_room() -> None:
    assert room_of(*settled(Move(7))) == "room-1"
    with pytest.raises(NoRoomFree):
        settled(Move(7), taken("room-1", NINE + timedelta(days=7)))


def colleague(*rooms: str, place: str = "place-1", motive: str = "motive-1") -> Agenda:
    told = Motive(motive, "dermatologie", 15, ("in_person",), "everyone", rooms=rooms)
    return Agenda("agenda-2", 1, "practitioner-2", place, "Europe/Paris", (told,))


def test_who_is_handed_over_takes_one_of_the_colleagues_rooms() -> None:
    events = settled(HandOver("agenda-2"), colleague=colleague("room-3"))
    assert room_of(*events) == "room-3"
    new = events[-1]
    assert isinstance(new, AppointmentBookedByPractice)
    assert new.rules.rooms == ("room-3",)
    there = confirmed(appointment="c", visit=visit(agenda="agenda-3", room="room-3"))
    with pytest.raises(NoRoomFree):
        settled(HandOver("agenda-2"), there, colleague=colleague("room-3"))


def test_a_colleague_without_that_motive_takes_the_visit_in_the_same_rooms_if_they_are_of_the_same_place() -> None:
    mine = confirmed(visit=visit(room="room-1"), rules=BOTH)
    booked = fold((mine,)).appointments["appointment-1"]
    assert isinstance(booked, Booked)
    plan = HandOver("agenda-2")
    assert rooms_there(plan, booked, colleague(motive="other")) == ("room-1", "room-2")
    assert rooms_there(plan, booked, colleague(motive="other", place="place-2")) == ()


def test_a_patient_is_still_in_one_place_only() -> None:
    with pytest.raises(PersonBusy):
        when(confirm(), held(visit=visit(room="room-2"), rules=BOTH), replace(taken(), person_id="anna"))


def test_a_cancelled_visit_says_which_room_it_leaves() -> None:
    mine = confirmed(visit=visit(room="room-1"), rules=ONE)
    (event,) = when(CancelAppointment(NOW, "appointment-1", (Patient("bob"),)), mine)
    assert isinstance(event, AppointmentCancelled)
    assert event.visit.stretch.room_id == "room-1"


cells = st.tuples(st.integers(0, 20), st.integers(1, 6), st.integers(0, 2), st.sampled_from(("room-1", "room-2")))


@given(cells, st.lists(cells, max_size=6))
def test_the_room_chosen_is_the_first_that_is_empty_at_every_minute(
    mine: tuple[int, int, int, str], others: list[tuple[int, int, int, str]]
) -> None:
    def laid(cell: tuple[int, int, int, str]) -> Visit:
        return elsewhere(NINE + minutes(5 * cell[0]), 5 * cell[1], room=cell[3], before=5 * cell[2])

    wanted, there = laid(mine).stretch.of_agenda(), [laid(each).stretch for each in others]
    count = (wanted.occupied_until - wanted.occupied_from) // minutes(1)
    at = [wanted.occupied_from + minutes(passed) for passed in range(count)]
    empty = [
        room
        for room in BOTH.rooms
        if not any(o.room_id == room and o.occupied_from <= t < o.occupied_until for o in there for t in at)
    ]
    chosen = free_room(wanted, BOTH, there)
    assert (chosen is None) == (not empty)
    assert chosen is None or chosen.room_id == empty[0]


def test_a_visit_that_has_its_room_is_tried_in_no_other() -> None:
    mine = visit(room="room-2").stretch
    assert free_room(mine, BOTH, []) == mine
    assert free_room(mine, BOTH, [elsewhere(room="room-2").stretch]) is None


def test_who_wants_one_of_several_rooms_meets_their_own_agenda_and_each_room() -> None:
    assert set(tags.around(visit(), BOTH)) == {
        "hour:agenda-1:2027-03-02T09",
        "room:room-1:2027-03-02T09",
        "room:room-2:2027-03-02T09",
        "away:agenda-1:2027-03",
    }
