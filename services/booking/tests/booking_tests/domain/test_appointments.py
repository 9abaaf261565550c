"""Confirming and cancelling: the patient's rules, the practice's deadline, who may."""

import pytest
from booking.domain.actors import Leaver, Patient, Staff
from booking.domain.commands import CancelAppointment
from booking.domain.events import AppointmentCancelled, AppointmentConfirmed, Event
from booking.domain.facts import Question
from booking.domain.rejections import (
    AlreadyOver,
    AnswerMissing,
    KnownPatientsOnly,
    LimitReached,
    NoSuchAppointment,
    PersonBusy,
    TooLate,
)

from ..given import NINE, NOW, confirm, confirmed, held, minutes, rules, visit, when

BOB = (Patient("bob"),)


def cancelled(given: AppointmentConfirmed) -> AppointmentCancelled:
    return AppointmentCancelled(NOW, given.appointment_id, given.person_id, given.account_id, given.visit, 2, "patient")


def test_a_hold_becomes_an_appointment_with_the_facts_of_its_offer() -> None:
    hold = held(rules=rules(agenda_version=7))
    (event,) = when(confirm(sealed="c2VhbGVk"), hold)
    assert event == AppointmentConfirmed(
        NOW, "appointment-new", "hold-1", "anna", "alice", hold.visit, hold.rules, "c2VhbGVk", 1
    )


def test_a_patient_cannot_be_at_two_overlapping_visits_with_anyone() -> None:
    elsewhere = confirmed(person="anna", visit=visit(NINE + minutes(10), agenda="agenda-2"))
    with pytest.raises(PersonBusy):
        when(confirm(), held(), elsewhere)
    assert when(confirm(person="another"), held(), elsewhere)
    assert when(confirm(), held(), elsewhere, cancelled(elsewhere))


def test_a_patient_may_go_from_one_visit_straight_to_the_next_whatever_the_buffers() -> None:
    elsewhere = confirmed(person="anna", visit=visit(NINE + minutes(15), agenda="agenda-2", before=10))
    assert when(confirm(), held(), elsewhere)


def test_at_most_so_many_future_appointments_per_patient_and_agenda() -> None:
    hold = held(rules=rules(max_future_per_patient=1))
    future = confirmed(person="anna", visit=visit(NINE + minutes(600)))
    with pytest.raises(LimitReached) as refused:
        when(confirm(), hold, future)
    assert refused.value.limit == 1
    assert when(confirm(), hold, confirmed(person="anna", visit=visit(NINE + minutes(600), agenda="agenda-2")))
    assert when(confirm(), hold, confirmed(person="anna", visit=visit(NOW - minutes(600))))
    assert when(confirm(), hold, future, cancelled(future))


def test_a_motive_for_known_patients_is_refused_to_who_was_never_seen() -> None:
    with pytest.raises(KnownPatientsOnly):
        when(confirm(), held(rules=rules(booking="known_patients")))


def test_every_required_question_needs_its_answer() -> None:
    hold = held(rules=rules(questions=(Question("q1", required=True), Question("q2", required=False))))
    with pytest.raises(AnswerMissing) as refused:
        when(confirm(answered=frozenset({"q2"})), hold)
    assert refused.value.question_ids == ("q1",)
    assert when(confirm(answered=frozenset({"q1"})), hold)


def test_a_patient_cancels_until_the_deadline() -> None:
    booked = confirmed(rules=rules(cancel_until_minutes=120))
    (event,) = when(CancelAppointment(NINE - minutes(120), "appointment-1", BOB, "c2VhbGVk"), booked)
    assert event == AppointmentCancelled(
        NINE - minutes(120), "appointment-1", "bea", "bob", booked.visit, 2, "patient", "c2VhbGVk"
    )
    with pytest.raises(TooLate) as refused:
        when(CancelAppointment(NINE - minutes(119), "appointment-1", BOB), booked)
    assert refused.value.deadline == NINE - minutes(120)


def test_the_practice_cancels_until_the_visit_begins() -> None:
    booked = confirmed(rules=rules(cancel_until_minutes=120))
    staff = Staff(None, frozenset({"place-1"}))
    (event,) = when(CancelAppointment(NINE - minutes(1), "appointment-1", (staff,)), booked)
    assert isinstance(event, AppointmentCancelled)
    assert event.by == "practice"
    with pytest.raises(AlreadyOver):
        when(CancelAppointment(NINE, "appointment-1", (staff,)), booked)


@pytest.mark.parametrize("actor", [Patient("bob"), Staff("practitioner-1")])
def test_cancelling_again_changes_nothing_even_after_the_deadline(actor: Patient | Staff) -> None:
    given: list[Event] = [confirmed(rules=rules(cancel_until_minutes=120))]
    given += when(CancelAppointment(NOW, "appointment-1", (actor,)), *given)
    assert when(CancelAppointment(NINE + minutes(1), "appointment-1", (actor,)), *given) == ()


@pytest.mark.parametrize(
    "actor", [Patient("mallory"), Patient("mallory", frozenset({"x"})), Staff("other", frozenset({"y"})), Staff(None)]
)
def test_somebody_elses_appointment_is_not_there(actor: Patient | Staff) -> None:
    for given in (confirmed(), confirmed(visit=visit(place=None))):
        with pytest.raises(NoSuchAppointment):
            when(CancelAppointment(NOW, "appointment-1", (actor,)), given)


def test_whoever_may_book_for_the_person_may_cancel_for_them() -> None:
    assert when(CancelAppointment(NOW, "appointment-1", (Patient("carol", frozenset({"bea"})),)), confirmed())


def test_the_visits_of_who_is_erased_are_cancelled_for_them_whatever_the_deadline() -> None:
    booked = confirmed(person="anna", visit=visit(NOW + minutes(30)), rules=rules(cancel_until_minutes=60))
    command = CancelAppointment(NOW, booked.appointment_id, (Leaver("anna"),))
    (event,) = when(command, booked)
    assert isinstance(event, AppointmentCancelled)
    assert event.by == "patient"
    with pytest.raises(NoSuchAppointment):
        when(CancelAppointment(NOW, booked.appointment_id, (Leaver("another"),)), booked)
