"""Requests as they are shown: waiting until their time, accepted at another one, or asked in vain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from portal.application.shapes import Appointment, VisitRequest
from portal.views.appointments import Shown, ShownRequest, agenda_of

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
VISIT = {"agenda_id": "a/1", "practitioner_id": "pr", "motive_id": "m", "person_id": "p"}


def asked(state: str = "pending", days: float = 3, wished_days: float | None = None) -> ShownRequest:
    start, wished = (NOW + timedelta(days=n) for n in (days, days if wished_days is None else wished_days))
    request = VisitRequest.model_validate(
        {**VISIT, "id": f"{state}/{days}", "start": start, "wished_start": wished, "state": state}
    )
    return ShownRequest(request, None, None, None, NOW)


@pytest.mark.parametrize(
    ("state", "days", "shown"),
    [
        ("pending", 0.001, "pending"),
        ("pending", 0, "lapsed"),
        ("pending", -1, "lapsed"),
        ("declined", -1, "declined"),
        ("approved", -1, "approved"),
    ],
)
def test_a_request_waits_until_its_time_even_where_its_end_is_not_recorded_yet(
    state: str, days: float, shown: str
) -> None:
    assert asked(state, days).state == shown


@pytest.mark.parametrize(
    ("state", "wished_days", "moved"), [("approved", 3, False), ("approved", 4, True), ("declined", 4, False)]
)
def test_another_time_than_the_wished_one_is_told(state: str, wished_days: float, moved: bool) -> None:
    assert asked(state, 3, wished_days).is_moved is moved


def test_requests_that_wait_stand_apart_and_those_in_vain_among_what_is_over() -> None:
    start = NOW - timedelta(days=1)
    visit = Appointment.model_validate(
        {**VISIT, "id": "v", "start": start, "end": start + timedelta(minutes=15), "state": "honoured"}
    )
    past = Shown(visit, None, None, None, NOW)
    waiting, soon, declined, lapsed = asked(days=9), asked(days=2), asked("declined", 4), asked(days=-2)
    agenda = agenda_of([past], [waiting, lapsed, asked("approved"), declined, soon])
    assert agenda.asked == (soon, waiting)
    assert agenda.over == (declined, past, lapsed)
    assert agenda.to_come == ()


def test_each_leads_to_its_own_page_and_back_to_its_times() -> None:
    one = asked()
    assert one.path == "/requests/pending%2F3"
    assert one.times_path == "/practitioners/pr/times?agenda=a%2F1&motive=m&mode=in_person&week=2026-11-27"
