"""The report on waiting lists finds what is unfair: it counts by itself."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from booking.application.fairness import Fairness
from booking.application.ports import Record
from booking.domain.events import AppointmentCancelled, AppointmentMoved, Event
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft

from ..given import NINE, NOW, rules, visit

LATE, FREED = visit(NINE + timedelta(days=10)), visit()


def log(*offered: int, waiting: int = 7) -> list[Event]:
    """So many join in order, a visit is cancelled, and these are offered its time."""
    joined = [WaitingListJoined(NOW, f"a-{n}", f"p-{n}", "x", LATE) for n in range(waiting)]
    gone = AppointmentCancelled(NOW, "gone", "p", "x", FREED, 2, "patient")
    offers = [
        EarlierSlotOffered(NOW, f"offer-{n}", "gone.2", f"a-{n}", f"p-{n}", "x", FREED, rules(), 0, NINE)
        for n in offered
    ]
    return [*joined, gone, *offers, FreedSlotClosed(NOW, "gone.2", FREED, len(offers))]


def report(events: list[Event]) -> Fairness:
    fairness = Fairness()
    fairness.add(Record(event, uuid.uuid4(), n, NOW, b"", b"", {}) for n, event in enumerate(events, 1))
    return fairness


def test_the_first_five_in_order_are_fair_and_so_is_nobody() -> None:
    assert report(log(0, 1, 2, 3, 4)).summary() == {"freed": 1, "offers": 5, "taken": 0, "unfair": 0}
    assert report(log()).summary()["unfair"] == 0
    assert report(log(0, 1, waiting=2)).summary()["unfair"] == 0


@pytest.mark.parametrize("offered", [(1, 2, 3, 4, 5), (1, 0, 2, 3, 4), (0, 1, 2, 3), (6,), (0, 0, 1, 2, 3)])
def test_passing_over_somebody_or_asking_twice_is_unfair(offered: tuple[int, ...]) -> None:
    assert report(log(*offered)).summary()["unfair"] == 1


def test_asking_again_for_the_same_time_is_unfair() -> None:
    again = [
        AppointmentCancelled(NOW, "other", "p", "x", FREED, 2, "patient"),
        EarlierSlotOffered(NOW, "offer-x", "other.2", "a-0", "p-0", "x", FREED, rules(), 0, NINE),
        FreedSlotClosed(NOW, "other.2", FREED, 1),
    ]
    assert report([*log(0, 1, 2, 3, 4), *again]).summary()["unfair"] == 1


def test_who_took_it_is_told_with_the_time_that_they_needed() -> None:
    at = NOW + timedelta(minutes=3)
    moved = AppointmentMoved(at, "a-1", "p-1", "x", FREED, rules(), LATE.stretch, 2, "patient", "offer-1", 1)
    fairness = report([*log(0, 1, 2, 3, 4), moved])
    assert fairness.summary()["taken"] == 1
    assert (fairness.closed[0].taken_by, fairness.closed[0].taken_seconds) == ("a-1", 180.0)
    assert fairness.items()[0]["queue"] == tuple(f"a-{n}" for n in range(7))


def test_who_waits_for_something_earlier_is_not_entitled() -> None:
    events = log(1, 2, 3, 4, 5)
    events[0] = replace(events[0], visit=visit(NINE - timedelta(days=1)))  # type: ignore[type-var]
    assert report(events).summary()["unfair"] == 0


def test_who_could_not_have_gone_there_is_not_passed_over() -> None:
    events = log(1, 2, 3, 4, 5)
    events[-1] = replace(events[-1], unable=("a-0",))  # type: ignore[type-var]
    assert report(events).summary()["unfair"] == 0


def test_who_joined_again_is_last_in_line() -> None:
    left = WaitingListLeft(NOW, "a-0", "p-0", "x", LATE)
    events = log(1, 2, 0, waiting=3)
    gone = next(n for n, event in enumerate(events) if isinstance(event, AppointmentCancelled))
    for at in (gone, gone + 1):  # before the time is freed, and before it is offered
        again = [*events[:at], left, events[0], *events[at:]]
        assert report(again).summary()["unfair"] == 0
