"""Any of several: one is chosen by a rule, and nobody is refused while one is free."""

import pytest
from booking.domain.commands import HoldAnyOf
from booking.domain.events import HoldReleased, SlotHeld
from booking.domain.facts import Visit
from booking.domain.rejections import BeyondHorizon, NoticeTooShort, SlotHeldByOthers, SlotTaken

from ..given import NINE, NOW, confirmed, held, minutes, rules, visit, when

FIRST, SECOND, THIRD = (visit(agenda=f"agenda-{n}") for n in (1, 2, 3))


def any_of(*wanted: Visit) -> HoldAnyOf:
    return HoldAnyOf(NOW, "hold-new", "alice", tuple((each, rules()) for each in wanted))


def chosen(*events: object) -> Visit:
    held_ = events[-1]
    assert isinstance(held_, SlotHeld)
    return held_.visit


def test_the_first_named_of_those_at_one_time_is_chosen() -> None:
    (event,) = when(any_of(SECOND, FIRST, THIRD))
    assert event == SlotHeld(NOW, "hold-new", "alice", SECOND, rules(), NOW + minutes(10))


def test_the_earliest_is_chosen_whatever_the_order() -> None:
    later = visit(NINE + minutes(15), agenda="agenda-3")
    assert chosen(*when(any_of(later, SECOND))) == SECOND


def test_what_is_taken_or_held_is_passed_over() -> None:
    assert chosen(*when(any_of(FIRST, SECOND, THIRD), confirmed(visit=FIRST), held("bob", visit=SECOND))) == THIRD


def test_each_choice_keeps_its_own_rules() -> None:
    choices = ((FIRST, rules(notice_minutes=10_000)), (SECOND, rules(capacity=2)))
    command = HoldAnyOf(NOW, "hold-new", "alice", choices)
    (event,) = when(command, confirmed(visit=SECOND))
    assert isinstance(event, SlotHeld)
    assert (event.visit, event.rules) == choices[1]


def test_when_none_is_free_it_is_said_when_the_first_may_be() -> None:
    early = held("carol", "hold-2", NOW - minutes(3), visit=THIRD)
    with pytest.raises(SlotHeldByOthers) as refused:
        when(any_of(FIRST, SECOND, THIRD), confirmed(visit=FIRST), held("bob", visit=SECOND), early)
    assert refused.value.retry_at == NOW + minutes(7)


def test_when_none_can_ever_be_it_is_refused_as_the_earliest_is() -> None:
    with pytest.raises(SlotTaken):
        when(any_of(FIRST, SECOND), confirmed(visit=FIRST), confirmed(appointment="b", visit=SECOND))
    too_soon, too_far = (FIRST, rules(notice_minutes=10_000)), (visit(NINE + minutes(60)), rules(horizon_days=0))
    with pytest.raises(NoticeTooShort):
        when(HoldAnyOf(NOW, "hold-new", "alice", (too_far, too_soon)))
    with pytest.raises(BeyondHorizon):
        when(HoldAnyOf(NOW, "hold-new", "alice", (too_far,)))


def test_the_accounts_own_hold_is_replaced_as_ever() -> None:
    own = held("alice", visit=FIRST)
    released, taken = when(any_of(FIRST, SECOND), own)
    assert released == HoldReleased(NOW, "hold-1", "alice", FIRST.stretch, "replaced")
    assert chosen(taken) == FIRST
