"""After the visit: honoured, excused, missed; corrections are new facts; every state meets every command."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from booking.domain.actors import Patient, Staff
from booking.domain.commands import CancelAppointment, Command
from booking.domain.commands_practice import Outcome, RecordAttendance
from booking.domain.commands_waiting import Wait
from booking.domain.events import AppointmentCancelled, AppointmentMoved, Event
from booking.domain.events_practice import AppointmentHonoured, AppointmentMissed
from booking.domain.events_waiting import WaitingListJoined
from booking.domain.evolve import fold
from booking.domain.rejections import (
    AlreadyOver,
    NoSuchAppointment,
    NotBegun,
    ReasonMissing,
    Rejection,
    SlotTaken,
    WasCancelled,
)
from booking.domain.states import Honoured, Missed

from ..given import NINE, NOW, confirmed, hold_slot, minutes, move, visit, when

STAFF = Staff(None, frozenset({"place-1"}))
BOOKED = confirmed()
WHOSE = ("appointment-1", "bea", "bob", BOOKED.visit)


def record(outcome: Outcome, at: datetime = NINE, *, reasoned: bool = False, staff: Staff = STAFF) -> RecordAttendance:
    return RecordAttendance(at, "appointment-1", staff, outcome, reasoned, "1.c2VhbGVk" if reasoned else None)


def test_a_visit_was_honoured() -> None:
    assert when(record("honoured"), BOOKED) == (AppointmentHonoured(NINE, *WHOSE, 2),)


@pytest.mark.parametrize(("outcome", "excused"), [("excused", True), ("missed", False)])
def test_a_visit_was_missed_with_or_without_an_excuse(outcome: Outcome, excused: bool) -> None:
    assert when(record(outcome), BOOKED) == (AppointmentMissed(NINE, *WHOSE, 2, excused),)


def test_how_a_visit_went_is_said_from_its_start_on() -> None:
    with pytest.raises(NotBegun) as refused:
        when(record("honoured", NINE - minutes(1)), BOOKED)
    assert refused.value.start == NINE


def test_a_correction_is_a_new_fact_with_its_reason() -> None:
    missed = when(record("missed"), BOOKED)
    with pytest.raises(ReasonMissing):
        when(record("honoured"), BOOKED, *missed)
    (corrected,) = when(record("honoured", reasoned=True), BOOKED, *missed)
    assert corrected == AppointmentHonoured(NINE, *WHOSE, 3, True, "1.c2VhbGVk")
    known = fold((BOOKED, *missed, corrected))
    now = known.appointments["appointment-1"]
    assert isinstance(now, Honoured)
    assert [(step.event, step.version) for step in now.history] == [("confirmed", 1), ("missed", 2), ("honoured", 3)]


def test_an_absence_may_be_excused_afterwards() -> None:
    missed = when(record("missed"), BOOKED)
    (excused,) = when(record("excused", reasoned=True), BOOKED, *missed)
    now = fold((BOOKED, *missed, excused)).appointments["appointment-1"]
    assert isinstance(now, Missed)
    assert now.excused


@pytest.mark.parametrize("staff", [Staff("practitioner-2"), Staff(None, frozenset({"place-2"})), Staff(None)])
def test_a_visit_to_another_practice_is_not_there(staff: Staff) -> None:
    with pytest.raises(NoSuchAppointment):
        when(record("honoured", staff=staff), BOOKED)
    with pytest.raises(NoSuchAppointment):
        when(record("honoured", staff=staff))


def test_what_became_of_a_visit_frees_none_of_its_time() -> None:
    for outcome in ("honoured", "excused", "missed"):
        after = when(record(outcome), BOOKED)
        with pytest.raises(SlotTaken):
            when(hold_slot(at=NINE, visit=visit(NINE + minutes(10))), BOOKED, *after)


STATES: dict[str, tuple[Event, ...]] = {
    "booked": (BOOKED,),
    "cancelled": (BOOKED, AppointmentCancelled(NOW, *WHOSE, 2, "patient")),
    "honoured": (BOOKED, AppointmentHonoured(NINE, *WHOSE, 2)),
    "excused": (BOOKED, AppointmentMissed(NINE, *WHOSE, 2, True)),
    "missed": (BOOKED, AppointmentMissed(NINE, *WHOSE, 2, False)),
}
COMMANDS: dict[str, Callable[[], Command]] = {
    "cancel early": lambda: CancelAppointment(NOW, "appointment-1", (Patient("bob"),)),
    "cancel late": lambda: CancelAppointment(NINE, "appointment-1", (STAFF,)),
    "move early": lambda: move(visit(NINE + minutes(60))),
    "move late": lambda: move(visit(NINE + minutes(60)), NINE, STAFF),
    "wait": lambda: Wait(NOW - timedelta(days=7), "appointment-1", (Patient("bob"),), True),
    "wait no more": lambda: Wait(NOW, "appointment-1", (Patient("bob"),), False),
    "honour early": lambda: record("honoured", NOW),
    "honour": lambda: record("honoured"),
    "excuse": lambda: record("excused"),
    "miss": lambda: record("missed"),
    "honour with reason": lambda: record("honoured", reasoned=True),
    "excuse with reason": lambda: record("excused", reasoned=True),
    "miss with reason": lambda: record("missed", reasoned=True),
}
C, H, M = AppointmentCancelled, AppointmentHonoured, AppointmentMissed
V, W = AppointmentMoved, WaitingListJoined
OVER, GONE, WHY, SOON = AlreadyOver, WasCancelled, ReasonMissing, NotBegun
# None: already so, no event.
TABLE: dict[str, tuple[type[Event] | type[Rejection] | None, ...]] = {
    #                      booked  cancelled  honoured  excused  missed
    "cancel early":       (C,      None,      OVER,     OVER,    OVER),
    "cancel late":        (OVER,   None,      OVER,     OVER,    OVER),
    "move early":         (V,      GONE,      OVER,     OVER,    OVER),
    "move late":          (OVER,   GONE,      OVER,     OVER,    OVER),
    "wait":               (W,      GONE,      OVER,     OVER,    OVER),
    "wait no more":       (None,   GONE,      OVER,     OVER,    OVER),
    "honour early":       (SOON,   GONE,      None,     WHY,     WHY),
    "honour":             (H,      GONE,      None,     WHY,     WHY),
    "excuse":             (M,      GONE,      WHY,      None,    WHY),
    "miss":               (M,      GONE,      WHY,      WHY,     None),
    "honour with reason": (H,      GONE,      None,     H,       H),
    "excuse with reason": (M,      GONE,      M,        None,    M),
    "miss with reason":   (M,      GONE,      M,        M,       None),
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_meets_every_command_as_the_table_says(state: str, command: str) -> None:
    wanted, command_ = TABLE[command][list(STATES).index(state)], COMMANDS[command]()
    if wanted is not None and issubclass(wanted, Rejection):
        with pytest.raises(wanted):
            when(command_, *STATES[state])
    else:
        assert [type(event) for event in when(command_, *STATES[state])] == ([] if wanted is None else [wanted])


def test_who_corrects_to_missed_says_why_too() -> None:
    honoured = when(record("honoured"), BOOKED)
    missed = AppointmentMissed(NINE, *WHOSE, 3, False, True, "1.c2VhbGVk")
    assert when(record("missed", reasoned=True), BOOKED, *honoured) == (missed,)
