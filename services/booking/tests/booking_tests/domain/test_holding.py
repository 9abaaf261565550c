"""Holding a slot: room, notice, horizon, one live hold per account."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from booking.domain.events import AppointmentCancelled, HoldExpired, HoldReleased, SlotHeld
from booking.domain.rejections import BeyondHorizon, NoticeTooShort, SlotHeldByOthers, SlotTaken

from ..given import NINE, NOW, confirmed, held, hold_slot, minutes, rules, visit, when


def test_a_free_slot_is_held_for_ten_minutes_with_the_facts_that_decided() -> None:
    command = hold_slot()
    assert when(command) == (SlotHeld(NOW, "hold-new", "alice", command.visit, command.rules, NOW + minutes(10)),)


def test_a_hold_never_outlives_the_start_of_its_visit() -> None:
    (event,) = when(hold_slot(at=NINE - minutes(4)))
    assert isinstance(event, SlotHeld)
    assert event.expires_at == NINE


def test_a_slot_held_by_another_is_refused_and_says_when_to_try_again() -> None:
    with pytest.raises(SlotHeldByOthers) as refused:
        when(hold_slot("bob"), held("alice"))
    assert refused.value.retry_at == NOW + minutes(10)


def test_a_booked_slot_is_refused_as_taken() -> None:
    with pytest.raises(SlotTaken):
        when(hold_slot(), confirmed())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (visit(NINE, 60), visit(NINE + minutes(30), 15)),
        (visit(NINE + minutes(30), 15), visit(NINE, 60)),
        (visit(NINE, 30), visit(NINE - minutes(25), 30)),
        (visit(NINE, 15, after=10), visit(NINE + minutes(20), 15)),
        (visit(NINE, 15, after=5), visit(NINE + minutes(20), 15, before=5)),
    ],
)
def test_overlaps_of_unequal_length_are_refused_buffers_included(first: object, second: object) -> None:
    with pytest.raises(SlotTaken):
        when(hold_slot(visit=second), confirmed(visit=first))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (visit(NINE, 15), visit(NINE + minutes(15), 30)),
        (visit(NINE, 15), visit(NINE - minutes(30), 30)),
        (visit(NINE, 15, after=5), visit(NINE + minutes(25), 15, before=5)),
        (visit(NINE, 15), visit(NINE, 15, agenda="agenda-2")),
    ],
)
def test_touching_visits_and_other_agendas_pass(first: object, second: object) -> None:
    assert when(hold_slot(visit=second), confirmed(visit=first))


def test_capacity_counts_the_visits_at_once_and_not_the_overlaps() -> None:
    one_after_the_other = (
        confirmed(appointment="a", visit=visit(NINE, 30)),
        confirmed(appointment="b", visit=visit(NINE + minutes(30), 30)),
    )
    assert when(hold_slot(visit=visit(NINE, 60), rules=rules(capacity=2)), *one_after_the_other)
    at_once = (*one_after_the_other, confirmed(appointment="c", visit=visit(NINE + minutes(45), 15)))
    with pytest.raises(SlotTaken):
        when(hold_slot(visit=visit(NINE, 60), rules=rules(capacity=2)), *at_once)


def test_holds_and_visits_fill_the_capacity_together() -> None:
    with pytest.raises(SlotHeldByOthers):
        when(hold_slot(rules=rules(capacity=2)), confirmed(), held("carol"))


def test_an_expired_hold_binds_nobody_even_if_nothing_recorded_it() -> None:
    assert when(hold_slot("bob", at=NOW + minutes(10)), held("alice"))
    with pytest.raises(SlotHeldByOthers):
        when(hold_slot("bob", at=NOW + minutes(10) - timedelta(microseconds=1)), held("alice"))


def test_a_new_hold_replaces_the_accounts_old_one_in_the_same_decision() -> None:
    old = held("alice", visit=visit(NINE + minutes(60)))
    released, new = when(hold_slot("alice"), old)
    assert released == HoldReleased(NOW, "hold-1", "alice", old.visit.stretch, "replaced")
    assert isinstance(new, SlotHeld)


def test_the_accounts_own_hold_is_not_in_its_way() -> None:
    assert len(when(hold_slot("alice"), held("alice"))) == 2


def test_a_hold_that_ended_is_not_replaced_again() -> None:
    old = held("alice", visit=visit(NINE + minutes(60)))
    stretch = old.visit.stretch
    assert len(when(hold_slot("alice"), old, HoldReleased(NOW, "hold-1", "alice", stretch, "released"))) == 1
    assert len(when(hold_slot("alice"), old, HoldExpired(NOW, "hold-1", "alice", stretch))) == 1
    assert len(when(hold_slot("alice", at=NOW + minutes(11)), old)) == 1


def test_a_visit_sooner_than_the_notice_is_refused() -> None:
    assert when(hold_slot(at=NINE - minutes(60), rules=rules(notice_minutes=60)))
    with pytest.raises(NoticeTooShort):
        when(hold_slot(at=NINE - minutes(59), rules=rules(notice_minutes=60)))


def test_a_visit_that_has_begun_cannot_be_held() -> None:
    with pytest.raises(NoticeTooShort):
        when(hold_slot(at=NINE))


def test_the_horizon_counts_dates_of_the_place() -> None:
    late = datetime(2027, 3, 2, 23, 30, tzinfo=UTC)  # already 3 March in Paris
    assert when(hold_slot(visit=visit(late), rules=rules(horizon_days=2)))
    with pytest.raises(BeyondHorizon):
        when(hold_slot(visit=visit(late), rules=rules(horizon_days=1)))


def test_a_cancelled_visit_frees_its_time() -> None:
    booked = confirmed()
    cancelled = AppointmentCancelled(NOW, booked.appointment_id, "bea", "bob", booked.visit, 2, "patient")
    assert when(hold_slot(), booked, cancelled)
    other = replace(booked, appointment_id="appointment-2")
    with pytest.raises(SlotTaken):
        when(hold_slot(), booked, other, cancelled)
