"""The same request twice at once, through both booking processes: one effect, the same answer byte for byte."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from .running import RunningDemo
from .slots import agenda_of, free, head_of, log_of, offer_of
from .stack import Wish, problem_of

pytestmark = pytest.mark.timeout(600)
AT_ONCE = 6


async def test_the_same_hold_asked_for_at_once_is_one_hold_and_one_answer(demo: RunningDemo) -> None:
    agenda, before = agenda_of(demo), head_of(demo)
    (patient,) = await demo.log_in(1, skip=54)
    found = free(demo, agenda, agenda.short, days_ahead=60)
    start, other = (slot["start"] for slot in found["slots"][:2])
    wish = Wish(patient["token"], offer_of(found, start), start)
    answers = await demo.race([wish] * AT_ONCE)
    _all_alike(answers, 201)
    assert len(log_of(demo, agenda, start, "SlotHeld", before)) == 1
    (refused,) = await demo.race([Wish(wish.token, offer_of(found, other), other, wish.key)])
    assert (refused.status_code, problem_of(refused)) == (422, "idempotency-key-reused")
    assert log_of(demo, agenda, other, "SlotHeld", before) == []


async def test_the_same_confirmation_at_once_is_one_appointment_and_so_is_its_cancellation(demo: RunningDemo) -> None:
    agenda, before = agenda_of(demo), head_of(demo)
    (patient,) = await demo.log_in(1, skip=55)
    found = free(demo, agenda, agenda.short, days_ahead=65)
    start = found["slots"][0]["start"]
    (held,) = await demo.race([Wish(patient["token"], offer_of(found, start), start)])
    body = {"person_id": patient["person_id"], "consulted_before": True, "answers": {"depuis-quand": "Un mois."}}
    confirmed = await _at_once(demo, patient, f"/v1/holds/{held.json()['id']}/confirm", body)
    _all_alike(confirmed, 201)
    assert len(log_of(demo, agenda, start, "AppointmentConfirmed", before)) == 1
    cancelled = await _at_once(demo, patient, f"/v1/appointments/{confirmed[0].json()['id']}/cancel", {})
    _all_alike(cancelled, 200)
    assert len(log_of(demo, agenda, start, "AppointmentCancelled", before)) == 1


async def test_the_same_relative_added_at_once_is_one_relative(demo: RunningDemo) -> None:
    (patient,) = await demo.log_in(1, skip=56)
    body = {
        "relation": "parent",
        "first_name": "Odilon",
        "last_name": "Hautbruyère",
        "birth_date": "1951-02-03",
        "sex": "male",
    }
    bases = [demo.facts["services"]["accounts"]] * 2
    answers = await _at_once(demo, patient, "/v1/me/people", body, bases)
    _all_alike([answer for answer in answers if answer.status_code != 409], 201)
    assert {problem_of(answer) for answer in answers if answer.status_code == 409} <= {"idempotency-key-in-use"}
    people = demo.api.as_(patient["token"]).get("accounts", "/v1/me/people")["items"]
    assert [person["relation"] for person in people] == ["self", "parent"]


async def _at_once(
    demo: RunningDemo, patient: dict[str, str], path: str, body: dict[str, Any], bases: list[str] | None = None
) -> list[httpx.Response]:
    where = bases or demo.booking
    headers = Wish(patient["token"], "", "").headers
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        return list(
            await asyncio.gather(
                *(client.post(where[n % 2] + path, json=body, headers=headers) for n in range(AT_ONCE))
            )
        )


def _all_alike(answers: list[httpx.Response], status: int) -> None:
    """One of them did it; every other one is its copy, and says so."""
    assert {answer.status_code for answer in answers} == {status}, [answer.text[:200] for answer in answers]
    assert len({answer.content for answer in answers}) == 1
    fresh = [answer for answer in answers if "Idempotency-Replayed" not in answer.headers]
    assert len(fresh) == 1
