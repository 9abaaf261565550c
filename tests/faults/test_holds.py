"""What a held slot is to its holder, to others, and to everybody once its time is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg
import pytest
from demo.api import Api

from .running import RunningDemo
from .slots import Bookable, agenda_of, free, head_of, log_of, offer_of
from .stack import Wish, problem_of, until

pytestmark = pytest.mark.timeout(600)


async def test_a_held_slot_is_its_holders_and_taken_for_everybody_else(demo: RunningDemo) -> None:
    agenda = agenda_of(demo)
    holder, other = await demo.log_in(2, skip=50)
    found = free(demo, agenda, agenda.short, days_ahead=50)
    start = found["slots"][0]["start"]
    (answer,) = await demo.race([Wish(holder["token"], offer_of(found, start), start)])
    assert answer.status_code == 201, answer.text
    until("others see it taken", lambda: _slot(demo, agenda, 50, start, other["token"]) is None)
    until("nobody sees it free", lambda: _slot(demo, agenda, 50, start, None) is None)
    mine = _slot(demo, agenda, 50, start, holder["token"])
    assert mine is not None
    assert mine["held_by_you"] is True
    path = f"/v1/holds/{answer.json()['id']}"
    assert _api(demo, holder).get("booking", path)["start"] == answer.json()["start"]
    assert _api(demo, other).call("GET", "booking", path, expect=404).problem == "not-found"
    (refused,) = await demo.race([Wish(other["token"], offer_of(found, start), start)])
    assert (refused.status_code, problem_of(refused)) == (409, "slot-held")


async def test_after_its_time_a_held_slot_is_offered_and_bookable_again_without_the_sweeper(demo: RunningDemo) -> None:
    """The sweeper is stopped for this hold by taking it from its list of work (`hold_due`): it never hears of it."""
    agenda, before = agenda_of(demo), head_of(demo)
    first, second = await demo.log_in(2, skip=52)
    found = free(demo, agenda, agenda.short, days_ahead=55)
    start = found["slots"][0]["start"]
    (answer,) = await demo.race([Wish(first["token"], offer_of(found, start), start)])
    assert answer.status_code == 201, answer.text
    hold_id = answer.json()["id"]
    due = until("the sweeper has heard of the hold", lambda: _forgotten_by_the_sweeper(demo, hold_id))
    until("it is taken", lambda: _slot(demo, agenda, 55, start, None) is None)
    demo.api.post("control", "/clock", {"advance": "PT11M"})
    until("it is offered again", lambda: _slot(demo, agenda, 55, start, None) is not None)
    # The clock has ended the tokens as well.
    first, second = await demo.log_in(2, skip=52)
    again = free(demo, agenda, agenda.short, days_ahead=55)
    (taken,) = await demo.race([Wish(second["token"], offer_of(again, start), start)])
    assert taken.status_code == 201, taken.text
    gone = _api(demo, first).call(
        "POST", "booking", f"/v1/holds/{hold_id}/confirm", body=_confirmation(first), expect=410
    )
    assert gone.problem == "hold-expired"
    assert log_of(demo, agenda, start, "HoldExpired", before) == []
    assert len(log_of(demo, agenda, start, "SlotHeld", before)) == 2
    _told_to_the_sweeper(demo, hold_id, due)


def _forgotten_by_the_sweeper(demo: RunningDemo, hold_id: str) -> datetime | None:
    """When the hold ends, once it is taken from the list."""
    with psycopg.connect(demo.facts["databases"]["booking"], autocommit=True) as connection:
        row = connection.execute("DELETE FROM hold_due WHERE hold_id = %s RETURNING expires_at", (hold_id,)).fetchone()
    return row[0] if row else None


def _told_to_the_sweeper(demo: RunningDemo, hold_id: str, due: datetime) -> None:
    """Put back, for other tests compare the view with the log."""
    with psycopg.connect(demo.facts["databases"]["booking"], autocommit=True) as connection:
        connection.execute("INSERT INTO hold_due VALUES (%s, %s)", (hold_id, due))


def _slot(demo: RunningDemo, agenda: Bookable, days_ahead: int, start: str, token: str | None) -> dict[str, Any] | None:
    slots = free(demo, agenda, agenda.short, days_ahead, token)["slots"]
    return next((slot for slot in slots if slot["start"] == start), None)


def _api(demo: RunningDemo, patient: dict[str, str]) -> Api:
    return demo.api.as_(patient["token"])


def _confirmation(patient: dict[str, str]) -> dict[str, Any]:
    return {"person_id": patient["person_id"], "consulted_before": False, "answers": {"depuis-quand": "Hier."}}
