"""Who a patient is to a practice: known after an honoured visit or by its word, and stopped by one practice only."""

import pytest
from booking.domain.commands_practice import LetBookOnline, MarkKnown
from booking.domain.events import AppointmentConfirmed, Event
from booking.domain.events_practice import (
    AppointmentHonoured,
    AppointmentMissed,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
)
from booking.domain.rejections import BookingStopped, KnownPatientsOnly, NotRepeatedlyAbsent

from ..given import NINE, NOW, confirm, confirmed, held, minutes, rules, visit, when

FOR_KNOWN = held(rules=rules(booking="known_patients"))
MARKED = PatientMarkedKnown(NOW, "anna", "practitioner-1")


def earlier(
    number: int = 1, practitioner: str = "practitioner-1", place: str | None = "place-1"
) -> AppointmentConfirmed:
    """A visit of Anna's some months ago."""
    start, id_ = NINE - minutes(1440 * 30 * number), f"past-{number}"
    past = visit(start, practitioner=practitioner, place=place, agenda=f"agenda-{practitioner}")
    return confirmed("alice", id_, appointment=id_, person="anna", visit=past)


def honoured(given: AppointmentConfirmed) -> AppointmentHonoured:
    return AppointmentHonoured(NOW, given.appointment_id, given.person_id, given.account_id, given.visit, 2)


def missed(given: AppointmentConfirmed, *, excused: bool = False, version: int = 2) -> AppointmentMissed:
    return AppointmentMissed(
        NOW, given.appointment_id, given.person_id, given.account_id, given.visit, version, excused
    )  # fmt: skip


def absent_twice(place: str | None = "place-1") -> tuple[Event, ...]:
    visits = earlier(1, place=place), earlier(2, place=place)
    return (*visits, *(missed(each) for each in visits))


def test_an_honoured_visit_makes_known_to_its_practitioner() -> None:
    before = earlier()
    with pytest.raises(KnownPatientsOnly):
        when(confirm(), FOR_KNOWN, before)
    assert when(confirm(), FOR_KNOWN, before, honoured(before))


def test_a_visit_to_another_practitioner_makes_nobody_known() -> None:
    before = earlier(practitioner="practitioner-2")
    with pytest.raises(KnownPatientsOnly):
        when(confirm(), FOR_KNOWN, before, honoured(before))


def test_somebody_elses_honoured_visit_makes_nobody_known() -> None:
    before = earlier()
    with pytest.raises(KnownPatientsOnly):
        when(confirm(person="another"), FOR_KNOWN, before, honoured(before))


def test_a_visit_that_turned_out_to_be_missed_makes_nobody_known() -> None:
    before = earlier()
    with pytest.raises(KnownPatientsOnly):
        when(confirm(), FOR_KNOWN, before, honoured(before), missed(before, version=3))


def test_a_practice_marks_a_patient_as_known_once_and_takes_it_back() -> None:
    assert when(MarkKnown(NOW, "anna", "practitioner-1", known=True)) == (MARKED,)
    assert when(MarkKnown(NOW, "anna", "practitioner-1", known=True), MARKED) == ()
    assert when(confirm(), FOR_KNOWN, MARKED)
    (unmarked,) = when(MarkKnown(NOW, "anna", "practitioner-1", known=False), MARKED)
    assert unmarked == PatientUnmarkedKnown(NOW, "anna", "practitioner-1")
    assert when(MarkKnown(NOW, "anna", "practitioner-1", known=False)) == ()
    with pytest.raises(KnownPatientsOnly):
        when(confirm(), FOR_KNOWN, MARKED, unmarked)


def test_a_mark_counts_for_its_practitioner_and_its_person_only() -> None:
    for mark in (PatientMarkedKnown(NOW, "anna", "practitioner-2"), PatientMarkedKnown(NOW, "bea", "practitioner-1")):
        with pytest.raises(KnownPatientsOnly):
            when(confirm(), FOR_KNOWN, mark)


def test_a_repeat_offender_is_stopped_by_one_practice_only() -> None:
    stop = LetBookOnline(NOW, "anna", "place-1", allowed=False)
    stopped = when(stop, *absent_twice())
    assert stopped == (OnlineBookingStopped(NOW, "anna", "place-1"),)
    assert when(stop, *absent_twice(), *stopped) == ()
    with pytest.raises(BookingStopped):
        when(confirm(), held(), *absent_twice(), *stopped)
    assert when(confirm(person="another"), held(), *absent_twice(), *stopped)
    elsewhere = held(visit=visit(place="place-2", practitioner="practitioner-2"))
    assert when(confirm(), elsewhere, *absent_twice(), *stopped)


def test_a_practice_lets_a_patient_book_online_again() -> None:
    allow = LetBookOnline(NOW, "anna", "place-1", allowed=True)
    stopped = OnlineBookingStopped(NOW, "anna", "place-1")
    (resumed,) = when(allow, *absent_twice(), stopped)
    assert resumed == OnlineBookingResumed(NOW, "anna", "place-1")
    assert when(allow) == ()
    assert when(confirm(), held(), *absent_twice(), stopped, resumed)


def test_only_repeated_absences_without_excuse_from_this_practice_make_an_offender() -> None:
    stop = LetBookOnline(NOW, "anna", "place-1", allowed=False)
    one, other = earlier(1), earlier(2)
    elsewhere = absent_twice("place-2")
    for given in ((one, missed(one)), (one, other, missed(one), missed(other, excused=True)), elsewhere):
        with pytest.raises(NotRepeatedlyAbsent) as refused:
            when(stop, *given)
        assert refused.value.missed == (0 if given is elsewhere else 1)
        assert refused.value.needed == 2


def test_who_works_by_video_only_is_a_practice_of_their_own() -> None:
    stop = LetBookOnline(NOW, "anna", "practitioner-1", allowed=False)
    stopped = when(stop, *absent_twice(None))
    assert stopped == (OnlineBookingStopped(NOW, "anna", "practitioner-1"),)
    with pytest.raises(BookingStopped):
        when(confirm(), held(visit=visit(place=None)), *stopped)
