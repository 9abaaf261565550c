"""Fifty clients after one slot, through both booking processes: one gets it, and nobody is told anything untrue."""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from .running import RunningDemo
from .slots import agenda_of, free, head_of, log_of, minutes_later, offer_of
from .stack import FULL, Wish, problem_of, until

pytestmark = pytest.mark.timeout(900)
CLIENTS = 50
ROUNDS = int(os.environ.get("FAULT_ROUNDS") or (20 if FULL else 2))


async def test_of_fifty_after_one_slot_one_gets_it_and_one_appointment_and_one_mail_come_of_it(
    demo: RunningDemo,
) -> None:
    agenda = agenda_of(demo)
    patients = await demo.log_in(CLIENTS)
    for round_ in range(ROUNDS):
        before = head_of(demo)
        found = free(demo, agenda, agenda.short, days_ahead=20)
        start = found["slots"][round_ % 5]["start"]
        wishes = [Wish(patient["token"], offer_of(found, start), start) for patient in patients]
        answers = await demo.race(wishes)
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}, round_
        losers = [answer for answer in answers if answer.status_code == 409]
        assert {problem_of(answer) for answer in losers} == {"slot-held"}
        assert all(datetime.fromisoformat(answer.json()["retry_at"]) for answer in losers)
        winner = next(number for number, answer in enumerate(answers) if answer.status_code == 201)
        appointment = confirm(demo, patients[winner], answers[winner].json())
        late = await demo.race(
            [
                Wish(patient["token"], offer_of(found, start), start)
                for patient in patients
                if patient is not patients[winner]
            ]
        )
        assert {(answer.status_code, problem_of(answer)) for answer in late} == {(409, "slot-taken")}
        assert len(log_of(demo, agenda, start, "SlotHeld", before)) == 1
        assert len(log_of(demo, agenda, start, "AppointmentConfirmed", before)) == 1
        until("the winner has the e-mail", lambda id_=appointment["id"]: len(_mails(demo, id_)) >= 1)  # type: ignore[misc]  # a lambda with a default
        (mail,) = _mails(demo, appointment["id"])
        assert mail["to"] == patients[winner]["email"]
        # Who wins twice must not be refused for two visits of one speciality within six days.
        demo.api.as_(patients[winner]["token"]).post("booking", f"/v1/appointments/{appointment['id']}/cancel", {})


async def test_of_two_overlapping_visits_of_unequal_length_one_wins(demo: RunningDemo) -> None:
    agenda, before = agenda_of(demo), head_of(demo)
    patients = await demo.log_in(CLIENTS)
    long, short = (free(demo, agenda, motive, days_ahead=30) for motive in (agenda.long, agenda.short))
    start = long["slots"][0]["start"]
    inside = minutes_later(start, 15)
    wishes = [
        Wish(patient["token"], offer_of(long, start), start)
        if number % 4 < 2
        else Wish(patient["token"], offer_of(short, inside), inside)
        for number, patient in enumerate(patients)
    ]
    answers = await demo.race(wishes)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: CLIENTS - 1}
    assert {problem_of(answer) for answer in answers if answer.status_code == 409} == {"slot-held"}
    held = log_of(demo, agenda, start, "SlotHeld", before) + log_of(demo, agenda, inside, "SlotHeld", before)
    assert len(held) == 1


async def test_of_two_touching_visits_both_are_held(demo: RunningDemo) -> None:
    agenda, before = agenda_of(demo), head_of(demo)
    patients = await demo.log_in(CLIENTS)
    long, short = (free(demo, agenda, motive, days_ahead=40) for motive in (agenda.long, agenda.short))
    start = long["slots"][0]["start"]
    next_to_it = minutes_later(start, 30)
    wishes = [
        Wish(patient["token"], offer_of(long, start), start)
        if number % 4 < 2
        else Wish(patient["token"], offer_of(short, next_to_it), next_to_it)
        for number, patient in enumerate(patients)
    ]
    answers = await demo.race(wishes)
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: CLIENTS - 2}
    assert len(log_of(demo, agenda, start, "SlotHeld", before)) == 1
    assert len(log_of(demo, agenda, next_to_it, "SlotHeld", before)) == 1


def confirm(demo: RunningDemo, patient: dict[str, str], hold: dict[str, Any]) -> dict[str, Any]:
    """The winner's hold as an appointment for themselves."""
    body = {
        "person_id": patient["person_id"],
        "consulted_before": True,
        "answers": {question["id"]: "Une semaine." for question in hold["questions"]},
    }
    made: dict[str, Any] = demo.api.as_(patient["token"]).post("booking", f"/v1/holds/{hold['id']}/confirm", body)
    return made


def _mails(demo: RunningDemo, appointment_id: str) -> list[dict[str, Any]]:
    """Every e-mail, to whomever, with the appointment's calendar entry."""
    found = demo.api.get("mailbox", "/messages", channel="email", limit=2000)
    return [mail for mail in found if any(appointment_id in (part["text"] or "") for part in mail["attachments"])]
