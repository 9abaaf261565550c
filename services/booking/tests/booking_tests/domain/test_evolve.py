"""Bookkeeping: what each event makes of what was known, for who reads all of a story and for who reads its end only."""

from dataclasses import replace
from typing import Literal

import pytest
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
from booking.domain.events_absences import AbsenceEnded, AbsenceNoted, AbsencePlanned, AbsenceSettled, Cancel, Keep
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    BookedByStaff,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
    RequestApproved,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.evolve import fold
from booking.domain.states import (
    Booked,
    Cancelled,
    Expired,
    Held,
    Honoured,
    Known,
    Missed,
    Released,
    Step,
    Used,
    state_of,
)
from booking.domain.states_practice import Absence, Approved, Earlier, Ended, Patient, Pending

from ..given import NINE, NOW, minutes, rules, visit

VISIT, LATER, RULES = visit(), visit(NINE + minutes(60)), rules(cancel_until_minutes=60)
SOON, END = NOW + minutes(1), NOW + minutes(10)
WHOSE = ("a-1", "anna", "alice")
SEALED = "1.c2VhbGVk"
HELD = SlotHeld(NOW, "hold-1", "alice", VISIT, RULES, END, "hold-2")
CONFIRMED = AppointmentConfirmed(NOW, "a-1", "hold-1", "anna", "alice", VISIT, RULES, SEALED, linked_to="a-2")
MOVED = AppointmentMoved(SOON, *WHOSE, LATER, RULES, VISIT.stretch, 2, "patient", linked_to="a-2")
AWAY = ("absence-1", "agenda-1", NINE, NINE + minutes(60))


def test_a_hold_is_held_with_the_facts_that_decided() -> None:
    held = Held("hold-1", "alice", VISIT, RULES, NOW, END, extended=False, linked_to="hold-2")
    assert fold([HELD]).holds == {"hold-1": held}


def test_an_extension_moves_the_end_and_is_remembered() -> None:
    extended = HoldExtended(SOON, "hold-1", "alice", VISIT.stretch, END + minutes(10), "hold-2")
    held = Held("hold-1", "alice", VISIT, RULES, NOW, END + minutes(10), extended=True, linked_to="hold-2")
    assert fold([HELD, extended]).holds == {"hold-1": held}
    assert fold([extended]) == Known()
    ended = [HELD, HoldExpired(SOON, "hold-1", "alice", VISIT.stretch)]
    assert fold([*ended, extended]) == fold(ended)


@pytest.mark.parametrize("extended", [True, False])
def test_a_claimed_hold_is_the_new_accounts_and_keeps_its_end_and_how_long_it_stands(extended: bool) -> None:
    claimed = HoldClaimed(SOON, "hold-1", "alice", "bob", VISIT, RULES, END, extended, "hold-2")
    for given, since in (([HELD, claimed], NOW), ([claimed], SOON)):
        assert fold(given).holds == {"hold-1": Held("hold-1", "bob", VISIT, RULES, since, END, extended, "hold-2")}


def test_a_hold_that_ended_says_how_and_whose_it_was() -> None:
    let_go = HoldReleased(SOON, "hold-1", "alice", VISIT.stretch, "replaced")
    assert fold([HELD, let_go]).holds == {"hold-1": Released("hold-1", "alice", "replaced")}
    expired = HoldExpired(END, "hold-1", "alice", VISIT.stretch)
    assert fold([HELD, expired]).holds == {"hold-1": Expired("hold-1", "alice")}
    assert fold([HELD, CONFIRMED]).holds == {"hold-1": Used("hold-1", "alice", "a-1")}


def test_one_hold_changes_no_other() -> None:
    other = replace(HELD, hold_id="hold-9", account_id="bob")
    known = fold([HELD, other, HoldExpired(END, "hold-1", "alice", VISIT.stretch)])
    assert known.live_holds(NOW) == (Held("hold-9", "bob", VISIT, RULES, NOW, END, linked_to="hold-2"),)
    assert known.live_holds(END - minutes(1))
    assert not known.live_holds(END)


def test_a_confirmed_appointment_has_the_facts_of_its_hold_and_begins_its_history() -> None:
    history = (Step(NOW, "confirmed", 1, "patient"),)
    booked = Booked(*WHOSE, VISIT, RULES, 1, history, SEALED, "a-2")
    assert fold([CONFIRMED]).appointments == {"a-1": booked}
    assert state_of(booked) == "confirmed"


BY_STAFF: list[BookedByStaff] = [
    AppointmentBookedByPractice(NOW, *WHOSE, VISIT, RULES),
    AppointmentBookedOverRules(NOW, *WHOSE, VISIT, RULES, ("slot",), SEALED),
    AppointmentImported(NOW, *WHOSE, VISIT, RULES),
]


@pytest.mark.parametrize("event", BY_STAFF, ids=lambda each: type(each).__name__)
def test_what_staff_booked_is_booked_by_the_practice(event: BookedByStaff) -> None:
    booked = Booked(*WHOSE, VISIT, RULES, 1, (Step(NOW, "confirmed", 1, "practice"),), sealed=None)
    assert fold([event]).appointments == {"a-1": booked}


@pytest.mark.parametrize("by", ["patient", "practice"])
def test_a_moved_appointment_keeps_its_answers_and_its_history(by: Literal["patient", "practice"]) -> None:
    moved = replace(MOVED, by=by)
    step = Step(SOON, "moved", 2, by)
    whole = Booked(*WHOSE, LATER, RULES, 2, (Step(NOW, "confirmed", 1, "patient"), step), SEALED, "a-2")
    assert fold([CONFIRMED, moved]).appointments == {"a-1": whole}
    # A boundary that begins at the new time.
    assert fold([moved]).appointments == {"a-1": replace(whole, history=(step,), sealed=None)}


def test_a_cancelled_appointment_keeps_its_answers_and_its_history_and_no_longer_stands() -> None:
    cancelled = AppointmentCancelled(SOON, *WHOSE, VISIT, 2, "practice")
    step = Step(SOON, "cancelled", 2, "practice")
    whole = Cancelled(*WHOSE, VISIT, 2, (Step(NOW, "confirmed", 1, "patient"), step), SEALED)
    known = fold([CONFIRMED, cancelled])
    assert known.appointments == {"a-1": whole}
    assert (known.standing(), known.booked(), state_of(whole)) == ((), (), "cancelled")
    assert fold([cancelled]).appointments == {"a-1": replace(whole, history=(step,), sealed=None)}


def test_an_honoured_visit_stands_and_makes_its_patient_known_to_its_practitioner_only() -> None:
    honoured = AppointmentHonoured(NINE, *WHOSE, VISIT, 2)
    step = Step(NINE, "honoured", 2, "practice")
    whole = Honoured(*WHOSE, VISIT, 2, (Step(NOW, "confirmed", 1, "patient"), step), SEALED)
    known = fold([CONFIRMED, honoured])
    assert known.appointments == {"a-1": whole}
    assert (known.standing(), known.booked(), state_of(whole)) == ((whole,), (), "honoured")
    asked = [("practitioner-1", "anna"), ("practitioner-2", "anna"), ("practitioner-1", "alice")]
    assert [known.knows(*each) for each in asked] == [True, False, False]
    assert fold([honoured]).appointments == {"a-1": replace(whole, history=(step,), sealed=None)}


@pytest.mark.parametrize(("excused", "name"), [(True, "excused"), (False, "missed")])
def test_a_missed_visit_says_whether_it_was_excused(excused: bool, name: Literal["excused", "missed"]) -> None:
    missed = AppointmentMissed(NINE, *WHOSE, VISIT, 2, excused)
    step = Step(NINE, name, 2, "practice")
    whole = Missed(*WHOSE, VISIT, 2, (Step(NOW, "confirmed", 1, "patient"), step), SEALED, excused)
    known = fold([CONFIRMED, missed])
    assert known.appointments == {"a-1": whole}
    assert (known.standing(), known.booked(), state_of(whole)) == ((whole,), (), "missed")
    assert not known.knows("practitioner-1", "anna")
    assert fold([missed]).appointments == {"a-1": replace(whole, history=(step,), sealed=None)}


def test_what_practices_say_of_a_person_is_kept_in_order_once_and_apart() -> None:
    said: list[Event] = [
        *(PatientMarkedKnown(NOW, "anna", f"practitioner-{n}") for n in (2, 1, 2)),
        *(OnlineBookingStopped(NOW, "anna", f"place-{n}") for n in (2, 1, 2)),
        PatientMarkedKnown(NOW, "bea", "practitioner-3"),
    ]
    anna = Patient("anna", ("practitioner-1", "practitioner-2"), ("place-1", "place-2"))
    assert fold(said).patients == {"anna": anna, "bea": Patient("bea", ("practitioner-3",))}
    taken_back = [PatientUnmarkedKnown(SOON, "anna", "practitioner-1"), OnlineBookingResumed(SOON, "anna", "place-2")]
    assert fold([*said, *taken_back]).patient("anna") == Patient("anna", ("practitioner-2",), ("place-1",))
    assert fold(taken_back).patient("anna") == Patient("anna") == Known().patient("anna")


def test_a_request_waits_until_it_is_approved_or_ends() -> None:
    whose = ("request-1", "anna", "alice", VISIT)
    asked = AppointmentRequested(NOW, *whose, RULES, SEALED)
    assert fold([asked]).requests == {"request-1": Pending(*whose, RULES, SEALED)}
    approved = RequestApproved(SOON, "request-1", "anna", "alice", LATER, "a-1")
    wished, given = (
        Approved("request-1", "anna", "alice", LATER, "a-1", visit.stretch.start) for visit in (VISIT, LATER)
    )
    assert fold([asked, approved]).requests == {"request-1": wished}
    assert fold([approved]).requests == {"request-1": given}
    ended = RequestEnded(SOON, *whose, "practice", SEALED)
    declined = Ended(*whose, "practice", SEALED)
    assert fold([asked, ended]).requests == fold([ended]).requests == {"request-1": declined}


def test_an_absence_is_planned_settled_and_lifted() -> None:
    noted = AbsenceNoted(NOW, *AWAY, Cancel())
    absence = Absence(*AWAY, Cancel())
    assert fold([noted]).absences == {"absence-1": absence}
    settled = AbsenceSettled(SOON, "absence-1", "agenda-1", Cancel(), ("a-1",))
    assert fold([noted, settled]).absences == {"absence-1": replace(absence, settled=True, left=("a-1",))}
    planned = AbsencePlanned(SOON, *AWAY, Keep())
    assert fold([noted, settled, planned]).absences == {"absence-1": Absence(*AWAY, Keep())}
    ended = AbsenceEnded(SOON, *AWAY)
    assert fold([noted, ended]).absences == {"absence-1": replace(absence, lifted=True)}
    assert fold([settled, ended]) == Known()


def test_whoever_waits_is_listed_in_order_of_joining_and_who_joins_again_is_last() -> None:
    def joined(id_: str) -> WaitingListJoined:
        return WaitingListJoined(NOW, id_, "anna", "alice", VISIT)

    known = fold([joined("a-1"), joined("a-2"), WaitingListLeft(SOON, "a-1", "anna", "alice", VISIT)])
    assert dict(known.waiting) == {"a-1": False, "a-2": True}
    assert [known.waits(id_) for id_ in ("a-1", "a-2", "a-3")] == [False, True, False]
    assert list(fold([joined("a-1"), joined("a-2"), joined("a-1")]).waiting) == ["a-2", "a-1"]


def test_what_was_offered_is_taken_by_a_move_that_accepts_it_and_by_no_other() -> None:
    offered = EarlierSlotOffered(NOW, "offer-1", "gone.2", *WHOSE, VISIT, RULES, 1, END)
    earlier = Earlier("offer-1", "a-1", VISIT, RULES, 1, END)
    assert fold([offered]).earlier == {"offer-1": earlier}
    assert fold([offered, MOVED]).earlier == {"offer-1": earlier}
    assert fold([offered, replace(MOVED, offer_id="offer-1")]).earlier == {"offer-1": replace(earlier, taken=True)}
    assert fold([replace(MOVED, offer_id="offer-1")]).earlier == {}


def test_who_moved_waits_no_more() -> None:
    joined = WaitingListJoined(NOW, *WHOSE, VISIT)
    assert dict(fold([joined, MOVED]).waiting) == {"a-1": False}
    assert dict(fold([replace(joined, appointment_id="a-2"), MOVED]).waiting) == {"a-2": True}


def test_what_was_freed_is_closed_with_as_many_offers_as_were_made() -> None:
    closed = [FreedSlotClosed(NOW, "gone.2", VISIT, 3), FreedSlotClosed(NOW, "gone.4", VISIT, 0)]
    assert dict(fold(closed).freed) == {"gone.2": 3, "gone.4": 0}


def test_a_story_goes_on_from_what_was_known() -> None:
    assert fold([MOVED], fold([CONFIRMED])) == fold([CONFIRMED, MOVED])
