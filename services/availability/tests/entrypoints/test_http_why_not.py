"""Why a time is not offered, now and as of an instant in the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from booking_events.booking import AppointmentConfirmed, SlotHeld

from ..house import House, motive, opening


async def ask(house: House, agenda_id: str, start: str, headers: dict[str, str] | None = None, **more: str) -> Any:
    query = {"agenda": agenda_id, "start": start, "motive": "check-up", **more}
    answer = await house.client.get("/v1/why-not", params=query, headers=headers or house.staff)
    assert answer.status_code == 200, answer.text
    return answer.json()


def rules(found: Any) -> list[str]:
    return [reason["rule"] for reason in found["reasons"]]


async def test_a_start_that_is_offered_has_no_reason_against_it(house: House) -> None:
    agenda = await house.open()
    assert await ask(house, agenda["id"], "2027-03-17T09:00:00+01:00") == {"offered": True, "reasons": []}


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2027-03-09T09:00:00+01:00", "past"),
        ("2027-03-11T09:00:00+01:00", "notice"),
        ("2027-07-01T09:00:00+02:00", "horizon"),
        ("2027-03-17T20:00:00+01:00", "not-open"),
        ("2027-03-29T09:00:00+02:00", "holiday"),
        ("2027-03-18T09:00:00+01:00", "excepted-date"),
        ("2027-03-17T09:10:00+01:00", "off-grid"),
        ("2027-03-17T10:40:00+01:00", "too-long"),
    ],
)
async def test_the_rule_is_named(house: House, start: str, rule: str) -> None:
    agenda = await house.open(
        opening_ranges=[opening("09:00", "11:00", except_dates=["2027-03-18"])],
        motives=[motive("check-up", notice_minutes=1440)],
    )
    assert rule in rules(await ask(house, agenda["id"], start))


async def test_an_absence_a_hold_and_an_appointment_are_named_with_their_positions(house: House) -> None:
    agenda = await house.open()
    start = datetime(2027, 3, 17, 8, tzinfo=UTC)
    facts = {
        "agenda_id": agenda["id"], "start": start, "end": start + timedelta(minutes=30), "zone": "Europe/Paris",
        "practitioner_id": house.practitioner_id, "place_id": house.place_id, "motive_id": "check-up",
        "mode": "in_person",
    }  # fmt: skip
    asked_at = house.clock.now()
    house.clock.move_on(minutes=1)
    expires = house.clock.now() + timedelta(minutes=10)
    await house.hear(SlotHeld.model_validate({**facts, "hold_id": agenda["id"], "held_by": "a", "expires_at": expires}))
    held_at = house.position
    held = await ask(house, agenda["id"], "2027-03-17T09:00:00+01:00")
    assert [(one["rule"], one["source_position"]) for one in held["reasons"]] == [("hold", held_at)]

    house.clock.move_on(minutes=1)
    confirmed = {"appointment_id": agenda["id"], "hold_id": agenda["id"], "person_id": "p", "account_id": "a"}
    now = house.clock.now()
    await house.hear(AppointmentConfirmed.model_validate({**facts, **confirmed, "confirmed_at": now}))
    booked = await ask(house, agenda["id"], "2027-03-17T09:00:00+01:00")
    assert [(one["rule"], one["source_position"]) for one in booked["reasons"]] == [("appointment", house.position)]

    away = {"start": "2027-03-17T00:00:00+01:00", "end": "2027-03-18T00:00:00+01:00"}
    house.clock.move_on(minutes=1)
    answer = await house.client.post(f"/v1/agendas/{agenda['id']}/absences", json=away, headers=house.staff)
    assert answer.status_code == 201
    both = await ask(house, agenda["id"], "2027-03-17T09:00:00+01:00")
    assert set(rules(both)) == {"absence", "appointment"}

    then = {"as_of": asked_at.isoformat()}
    assert (await ask(house, agenda["id"], "2027-03-17T09:00:00+01:00", **then))["offered"]
    while_held = {"as_of": (asked_at + timedelta(seconds=90)).isoformat()}
    assert rules(await ask(house, agenda["id"], "2027-03-17T09:00:00+01:00", **while_held)) == ["hold"]


async def test_the_sentence_is_in_the_reader_s_language(house: House) -> None:
    agenda = await house.open()
    french = await ask(house, agenda["id"], "2027-03-17T20:00:00+01:00", {**house.staff, "Accept-Language": "fr"})
    english = await ask(house, agenda["id"], "2027-03-17T20:00:00+01:00", {**house.staff, "Accept-Language": "en"})
    assert french["reasons"][0]["detail"] == "L'agenda n'est pas ouvert à cette heure."
    assert english["reasons"][0]["detail"] == "The agenda is not open then."


async def test_an_auditor_may_ask_a_stranger_finds_nothing_and_a_patient_is_refused(house: House) -> None:
    agenda = await house.open()
    query = {"agenda": agenda["id"], "start": "2027-03-17T09:00:00+01:00", "motive": "check-up"}
    expected = {
        200: house.token("auditor", roles=["auditor"]),
        404: house.token("other", roles=["practitioner"], practitioner_id="another"),
        403: house.token("ann", roles=["patient"]),
        401: {},
    }
    for status, headers in expected.items():
        assert (await house.client.get("/v1/why-not", params=query, headers=headers)).status_code == status
    before = {**query, "as_of": "2027-01-01T00:00:00Z"}
    assert (await house.client.get("/v1/why-not", params=before, headers=house.staff)).status_code == 404
