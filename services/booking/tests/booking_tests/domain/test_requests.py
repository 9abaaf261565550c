"""Requests: a patient asks for what only staff book; of several who answer at once, one does."""

import pytest
from booking.domain.actors import Patient, Staff
from booking.domain.commands_practice import ApproveRequest, EndRequest, LapseRequest, RequestVisit
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentRequested,
    OnlineBookingStopped,
    RequestApproved,
    RequestEnded,
)
from booking.domain.facts import Visit
from booking.domain.rejections import (
    AlreadyOver,
    BookingStopped,
    NoSuchRequest,
    RequestAnswered,
    RequestPending,
    SlotTaken,
)

from ..given import NINE, NOW, confirmed, hold_slot, minutes, rules, visit, when

STAFF, ANNA = Staff(None, frozenset({"place-1"})), Patient("alice", frozenset({"anna"}))
ASKED = AppointmentRequested(NOW, "request-1", "anna", "alice", visit(), rules(), "1.c2VhbGVk")


def ask(request: str = "request-1", **more: Visit) -> RequestVisit:
    return RequestVisit(NOW, request, "anna", "alice", more.get("visit", visit()), rules(), "1.c2VhbGVk")


def approve(appointment: str = "new", *, staff: Staff = STAFF, at: Visit | None = None) -> ApproveRequest:
    return ApproveRequest(NOW, "request-1", staff, appointment, at or visit(), rules())


def decline() -> EndRequest:
    return EndRequest(NOW, "request-1", STAFF, "1.c2VhbGVk")


def test_a_request_binds_no_time() -> None:
    assert when(ask()) == (ASKED,)
    assert when(hold_slot(), ASKED)


def test_one_request_waits_for_each_person_and_agenda() -> None:
    with pytest.raises(RequestPending) as refused:
        when(ask("request-2"), ASKED)
    assert refused.value.request_id == "request-1"
    assert when(ask("request-2", visit=visit(agenda="agenda-2")), ASKED)
    assert when(ask("request-2"), ASKED, *when(decline(), ASKED))


def test_whom_a_practice_serves_no_more_online_asks_in_vain() -> None:
    with pytest.raises(BookingStopped):
        when(ask(), OnlineBookingStopped(NOW, "anna", "place-1"))


def test_a_time_that_has_passed_is_not_asked_for() -> None:
    with pytest.raises(AlreadyOver):
        when(ask(visit=visit(NOW)))


def test_an_approval_is_the_answer_and_the_appointment_in_one_decision() -> None:
    assert when(approve(), ASKED) == (
        RequestApproved(NOW, "request-1", "anna", "alice", visit(), "new"),
        AppointmentBookedByPractice(NOW, "new", "anna", "alice", visit(), rules()),
    )


def test_of_two_approvals_the_second_finds_it_done_or_is_told_of_another_time() -> None:
    given = (ASKED, *when(approve("first"), ASKED))
    assert when(approve("second"), *given) == ()
    with pytest.raises(RequestAnswered) as refused:
        when(approve("second", at=visit(NINE + minutes(60))), *given)
    assert (refused.value.answer, refused.value.appointment_id) == ("approved", "first")


def test_an_approval_and_a_refusal_cannot_both_be() -> None:
    with pytest.raises(RequestAnswered) as refused:
        when(decline(), ASKED, *when(approve("first"), ASKED))
    assert (refused.value.answer, refused.value.appointment_id) == ("approved", "first")
    with pytest.raises(RequestAnswered) as refused:
        when(approve(), ASKED, *when(decline(), ASKED))
    assert refused.value.answer == "declined"


def test_a_patient_withdraws_once_and_not_what_was_answered() -> None:
    withdraw = EndRequest(NOW, "request-1", ANNA)
    (ended,) = when(withdraw, ASKED)
    assert ended == RequestEnded(NOW, "request-1", "anna", "alice", visit(), "patient")
    assert when(withdraw, ASKED, ended) == ()
    with pytest.raises(RequestAnswered) as refused:
        when(decline(), ASKED, ended)
    assert refused.value.answer == "withdrawn"


def test_a_request_lapses_when_its_time_comes_and_nobody_has_answered() -> None:
    (lapsed,) = when(LapseRequest(NINE, "request-1"), ASKED)
    assert lapsed == RequestEnded(NINE, "request-1", "anna", "alice", visit(), "lapse")
    assert when(LapseRequest(NINE - minutes(1), "request-1"), ASKED) == ()
    assert when(LapseRequest(NINE, "request-1"), ASKED, lapsed) == ()
    assert when(LapseRequest(NINE, "request-1"), ASKED, *when(approve("first"), ASKED)) == ()
    assert when(LapseRequest(NINE, "request-2"), ASKED) == ()
    for command in (decline(), EndRequest(NOW, "request-1", ANNA), approve()):
        with pytest.raises(RequestAnswered) as refused:
            when(command, ASKED, lapsed)
        assert refused.value.answer == "lapsed"


def test_a_request_is_approved_only_where_there_is_room() -> None:
    with pytest.raises(SlotTaken):
        when(approve(), ASKED, confirmed())
    assert when(approve(at=visit(NINE + minutes(30))), ASKED, confirmed())


@pytest.mark.parametrize("staff", [Staff("practitioner-2"), Staff(None, frozenset({"place-2"}))])
def test_a_request_to_another_practice_is_not_there(staff: Staff) -> None:
    with pytest.raises(NoSuchRequest):
        when(approve(staff=staff), ASKED)
    for actor in (staff, Patient("mallory")):
        with pytest.raises(NoSuchRequest):
            when(EndRequest(NOW, "request-1", actor), ASKED)


def test_what_ends_a_request_keeps_what_was_said_of_it() -> None:
    whose = ("request-1", "anna", "alice", visit())
    assert when(decline(), ASKED) == (RequestEnded(NOW, *whose, "practice", "1.c2VhbGVk"),)


@pytest.mark.parametrize("actor", [Patient("alice"), Patient("other", frozenset({"anna"}))])
def test_a_request_is_withdrawn_by_who_asked_or_by_who_may_book_for_the_person(actor: Patient) -> None:
    assert when(EndRequest(NOW, "request-1", actor), ASKED)
