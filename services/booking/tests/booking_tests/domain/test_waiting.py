"""The waiting list: who may wait, who is offered what was freed, and the first to accept moves."""

from dataclasses import replace
from datetime import timedelta

import pytest
from booking.application import handle_waiting
from booking.domain import tags
from booking.domain.actors import Patient, Staff
from booking.domain.commands_waiting import AcceptEarlier, OfferFreed, Wait
from booking.domain.decide_waiting import FIRST
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, AppointmentMoved, Event
from booking.domain.events_practice import OnlineBookingStopped
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.evolve import fold
from booking.domain.facts import Visit
from booking.domain.rejections import (
    AlreadyOver,
    AppointmentChanged,
    BookingStopped,
    EarlierSlotExpired,
    NoSuchAppointment,
    NoSuchEarlierSlot,
    PersonBusy,
    SlotHeldByOthers,
    SlotTaken,
    TooLate,
    TooNearToWait,
    WasCancelled,
)

from ..given import NINE, NOW, confirmed, held, minutes, rules, visit, when

LATE = NINE + timedelta(days=10)
FREED = visit()
IDS = tuple(f"offer-{n}" for n in range(FIRST))
SOON = NOW + timedelta(hours=2)


def booked(number: int = 1, at: Visit | None = None) -> AppointmentConfirmed:
    who = str(number)
    return confirmed(
        f"account-{who}", f"h-{who}", appointment=f"a-{who}", person=f"p-{who}",
        visit=at or visit(LATE + minutes(15 * number)),
    )  # fmt: skip


def joined(given: AppointmentConfirmed) -> WaitingListJoined:
    return WaitingListJoined(NOW, given.appointment_id, given.person_id, given.account_id, given.visit)


def waiting(*numbers: int) -> list[Event]:
    visits = [booked(number) for number in numbers]
    return [*visits, *(joined(each) for each in visits)]


def offer(freed_id: str = "gone.2", *, cascade: int = 0, at: Visit = FREED) -> OfferFreed:
    return OfferFreed(NOW, freed_id, at, cascade, IDS)


def offered_to(*given: Event, command: OfferFreed | None = None) -> list[str]:
    *offers, closed = when(command or offer(), *given)
    assert isinstance(closed, FreedSlotClosed)
    assert closed.offered == len(offers)
    return [each.appointment_id for each in offers if isinstance(each, EarlierSlotOffered)]


def accept(number: int = 1, offer_id: str = "offer-0", at=NOW) -> AcceptEarlier:  # type: ignore[no-untyped-def]
    return AcceptEarlier(at, offer_id, (Patient(f"account-{number}"),))


def wait(number: int = 1, waits: bool = True, at=NOW) -> Wait:  # type: ignore[no-untyped-def]
    return Wait(at, f"a-{number}", (Patient(f"account-{number}"),), waits)


def test_a_patient_joins_from_five_days_ahead_and_leaves_again() -> None:
    given = booked()
    assert when(wait(), given) == (joined(given),)
    assert when(wait(), given, joined(given)) == ()
    (left,) = when(wait(waits=False), given, joined(given))
    assert left == WaitingListLeft(NOW, "a-1", "p-1", "account-1", given.visit)
    assert when(wait(waits=False), given) == ()
    five_days = given.visit.stretch.start - timedelta(days=5)
    assert when(wait(at=five_days), given)
    with pytest.raises(TooNearToWait) as refused:
        when(wait(at=five_days + minutes(1)), given)
    assert refused.value.days == 5


def test_only_the_patients_side_waits_and_only_for_a_visit_to_come() -> None:
    given = booked()
    for actor in (Patient("mallory"), Staff("practitioner-1")):
        with pytest.raises(NoSuchAppointment):
            when(Wait(NOW, "a-1", (actor,), True), given)
    with pytest.raises(AlreadyOver):
        when(wait(at=given.visit.stretch.start), given)
    with pytest.raises(WasCancelled):
        when(wait(), given, AppointmentCancelled(NOW, "a-1", "p-1", "account-1", given.visit, 2, "patient"))


def test_what_was_freed_is_offered_to_the_first_five_in_order_of_joining() -> None:
    given = waiting(3, 1, 4, 2, 7, 6, 5)
    assert offered_to(*given) == ["a-3", "a-1", "a-4", "a-2", "a-7"]
    (first, *_) = when(offer(), *given)
    assert first == EarlierSlotOffered(
        NOW, "offer-0", "gone.2", "a-3", "p-3", "account-3", FREED, rules(), 0, SOON
    )  # fmt: skip


def test_a_freed_time_is_offered_once_and_nobody_is_asked_twice_for_one_time() -> None:
    given = waiting(1, 2, 3, 4, 5, 6, 7)
    first = when(offer(), *given)
    assert when(offer(), *given, *first) == ()
    assert offered_to(*given, *first, command=offer("gone-again.4")) == ["a-6", "a-7"]


def test_only_who_could_go_there_is_asked_and_the_others_are_named() -> None:
    """The week of the freed time has its two visits of the motive: only who leaves one of them finds room in it."""
    weekly = rules(max_per_week=2)
    held_there = [
        confirmed(f"account-{n}", f"h-{n}", appointment=f"a-{n}", person=f"p-{n}", rules=weekly, visit=visit(at))
        for n, at in ((1, LATE), (2, NINE + timedelta(days=2)), (3, NINE + timedelta(days=3)))
    ]
    given: list[Event] = [*held_there, *(joined(each) for each in held_there)]
    assert offered_to(*given) == ["a-2", "a-3"]
    closed = when(offer(), *given)[-1]
    assert closed == FreedSlotClosed(NOW, "gone.2", FREED, 2, ("a-1",))


def test_what_would_count_against_a_limit_is_read_before_a_time_is_offered() -> None:
    (booked_weekly,) = fold([replace(booked(), rules=rules(max_per_week=2))]).booked()
    about = handle_waiting.offer("gone.2", FREED, 0, [booked_weekly], IDS).about
    assert set(tags.around(FREED, booked_weekly.rules)) <= set(about)
    assert len([tag for tag in about if tag.startswith("hour:")]) == 7 * 24


def test_a_freed_time_is_offered_with_the_notice_that_the_practice_wants() -> None:
    given: list[Event] = [replace(booked(1), rules=rules(notice_minutes=60))]
    given += [joined(booked(1))]
    (near, _) = when(replace(offer(), at=NINE - minutes(90)), *given)
    assert isinstance(near, EarlierSlotOffered)
    assert near.expires_at == NINE - minutes(60)
    assert offered_to(*given, command=replace(offer(), at=NINE - minutes(59))) == []


def test_who_left_moved_or_cancelled_is_not_asked() -> None:
    given = waiting(1, 2, 3, 4)
    one, two, three = booked(1), booked(2), booked(3)
    given += [
        WaitingListLeft(NOW, "a-1", "p-1", "account-1", one.visit),
        AppointmentCancelled(NOW, "a-2", "p-2", "account-2", two.visit, 2, "patient"),
        AppointmentMoved(
            NOW, "a-3", "p-3", "account-3", visit(LATE + minutes(300)), rules(), three.visit.stretch, 2, "patient"
        ),
    ]
    assert offered_to(*given) == ["a-4"]


def test_who_joins_again_is_last() -> None:
    one = booked(1)
    again = [WaitingListLeft(NOW, "a-1", "p-1", "account-1", one.visit), joined(one)]
    assert offered_to(*waiting(1, 2), *again) == ["a-2", "a-1"]


@pytest.mark.parametrize(
    "other",
    [
        visit(NINE - minutes(60)),
        visit(LATE, agenda="agenda-2"),
        visit(LATE, 30),
        replace(visit(LATE), motive_id="motive-2"),
        replace(visit(LATE), mode="video"),
    ],
)
def test_only_a_later_visit_of_the_same_kind_is_asked(other: Visit) -> None:
    given = booked(1, other)
    assert offered_to(given, joined(given)) == []


def test_what_is_taken_again_or_has_passed_is_offered_to_nobody() -> None:
    assert offered_to(*waiting(1), confirmed()) == []
    late = replace(offer(), at=NINE)
    assert offered_to(*waiting(1), command=late) == []


def test_the_first_to_accept_moves_and_the_next_is_told() -> None:
    given = waiting(1, 2)
    given += when(offer(), *given)
    moved = when(accept(2, "offer-1"), *given)
    assert moved == (
        AppointmentMoved(
            NOW, "a-2", "p-2", "account-2", FREED, rules(), booked(2).visit.stretch, 2, "patient", "offer-1", 1
        ),
    )
    assert when(accept(2, "offer-1"), *given, *moved) == ()
    with pytest.raises(SlotTaken):
        when(accept(1), *given, *moved)


def test_an_offer_runs_out_and_never_outlives_the_start() -> None:
    given = waiting(1)
    given += when(offer(), *given)
    assert when(accept(at=SOON - minutes(1)), *given)
    with pytest.raises(EarlierSlotExpired):
        when(accept(at=SOON), *given)
    near = when(replace(offer(), at=NINE - minutes(10)), *waiting(1))[0]
    assert isinstance(near, EarlierSlotOffered)
    assert near.expires_at == NINE


def test_an_offer_is_its_own_patients() -> None:
    given = waiting(1, 2)
    given += when(offer(), *given)
    for command in (accept(2, "offer-0"), accept(1, "unknown")):
        with pytest.raises(NoSuchEarlierSlot):
            when(command, *given)


def test_who_waits_no_more_or_is_busy_then_accepts_nothing() -> None:
    given = waiting(1)
    given += when(offer(), *given)
    with pytest.raises(AppointmentChanged):
        when(accept(), *given, *when(wait(waits=False), *given))
    with pytest.raises(PersonBusy):
        when(accept(), *given, confirmed("x", "h", appointment="b", person="p-1", visit=visit(agenda="agenda-2")))


def test_accepting_is_bound_by_what_binds_a_move() -> None:
    """The deadline of the visit that is given up, and who may book online with this practice."""
    bound: list[Event] = [replace(booked(1), rules=rules(move_until_minutes=11 * 24 * 60)), joined(booked(1))]
    with pytest.raises(TooLate):
        when(accept(at=NINE - minutes(60)), *bound, *when(replace(offer(), at=NINE - minutes(90)), *bound))
    given = waiting(1)
    given += when(offer(), *given)
    with pytest.raises(BookingStopped):
        when(accept(), *given, OnlineBookingStopped(NOW, "p-1", "place-1"))


def test_the_movers_old_time_cascades_once() -> None:
    given = waiting(1, 2)
    given += when(offer(), *given)
    (moved,) = when(accept(1), *given)
    assert isinstance(moved, AppointmentMoved)
    left = replace(moved.visit, stretch=moved.left)
    assert moved.cascade == 1
    given += [moved]
    assert offered_to(*given, command=offer("a-1.2", cascade=1, at=left)) == ["a-2"]
    assert offered_to(*given, command=offer("a-1.2", cascade=2, at=left)) == []


def test_an_offer_is_as_new_as_the_agenda_was_then() -> None:
    for version, offered in ((9, 9), (None, rules().agenda_version)):
        (first, *_) = when(replace(offer(), agenda_version=version), *waiting(1))
        assert isinstance(first, EarlierSlotOffered)
        assert first.rules == rules(agenda_version=offered)


def test_who_is_there_already_is_not_asked() -> None:
    given = booked(1, FREED)
    assert offered_to(given, joined(given)) == []


def test_what_is_held_is_offered_to_nobody_and_accepted_by_nobody() -> None:
    theirs = held("carol")
    closed = FreedSlotClosed(NOW, "gone.2", FREED, 0)  # nobody could: nobody was passed over
    assert when(offer(), *waiting(1), theirs) == (closed,)
    given = waiting(1)
    given += when(offer(), *given)
    with pytest.raises(SlotHeldByOthers):
        when(accept(), *given, theirs)


def test_who_has_another_visit_to_come_accepts_all_the_same() -> None:
    given = waiting(1)
    given += when(offer(), *given)
    other = confirmed("x", "h", appointment="b", person="p-1", visit=visit(LATE, agenda="agenda-2"))
    assert when(accept(), *given, other)


def test_who_waits_no_more_is_told_the_version_of_what_they_have() -> None:
    given = waiting(1)
    given += when(offer(), *given)
    with pytest.raises(AppointmentChanged) as refused:
        when(accept(), *given, *when(wait(waits=False), *given))
    assert refused.value.version == 1


def test_of_a_freed_time_only_as_many_have_a_part_as_the_agenda_takes_there() -> None:
    """Whoever waits is booked where three may come at once."""
    given: list[Event] = [replace(each, rules=rules(capacity=3)) for each in (booked(1), booked(2))]
    given += [joined(each) for each in given if isinstance(each, AppointmentConfirmed)]
    given += when(offer(), *given)
    given += when(accept(1), *given)
    with pytest.raises(SlotTaken):
        when(accept(2, "offer-1"), *given)
    in_line = replace(offer(), freed_id="again.2", capacity=2)
    assert offered_to(*waiting(1, 2), booked(3, at=FREED), command=in_line) == ["a-1", "a-2"]
