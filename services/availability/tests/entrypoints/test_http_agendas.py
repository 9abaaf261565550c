"""Agendas over HTTP: opened and changed by their own practice, seen by everybody, never by halves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from booking_events.availability import AgendaChanged, AgendaClosed, AgendaOpened, NextAvailabilityChanged, SecondVisit
from booking_events.booking import AppointmentConfirmed

from ..house import House, motive, opening


def slug(answer: httpx.Response) -> str:
    return str(answer.json()["type"].rsplit("/", 1)[1])


def second(motive_id: str, **more: Any) -> dict[str, Any]:
    return {"motive_id": motive_id, "days_min": 21, "days_max": 28, "together": True, **more}


async def patch(house: House, agenda: dict[str, Any], body: dict[str, Any], **headers: str) -> httpx.Response:
    return await house.client.patch(f"/v1/agendas/{agenda['id']}", json=body, headers={**house.staff, **headers})


async def test_an_agenda_is_opened_answered_with_its_position_and_said(house: House) -> None:
    await house.register()
    answer = await house.client.post("/v1/agendas", json=house.body(), headers=house.staff)
    opened = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/agendas/{opened['id']}"
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["position"].startswith("availability=")
    assert (opened["zone"], opened["territory"], opened["speciality"]) == ("Europe/Paris", "49", "SM15")
    assert [type(fact) for fact in await house.said(opened["id"])] == [AgendaOpened, NextAvailabilityChanged]
    read = await house.client.get(answer.headers["location"], headers=house.staff)
    assert (read.json(), read.headers["etag"]) == (opened, '"1"')


async def test_the_same_key_opens_one_agenda(house: House) -> None:
    await house.register()
    headers = {**house.staff, "Idempotency-Key": house.practitioner_id}
    posts = [house.client.post("/v1/agendas", json=house.body(), headers=headers) for _ in range(3)]
    answers = await asyncio.gather(*posts)
    assert len({answer.content for answer in answers}) == 1
    other = await house.client.post("/v1/agendas", json=house.body(motives=[]), headers=headers)
    assert (other.status_code, slug(other)) == (422, "idempotency-key-reused")
    listed = await house.client.get("/v1/agendas", params={"practitioner": house.practitioner_id})
    assert len(listed.json()["items"]) == 1


async def test_an_agenda_by_video_only_names_its_zone(house: House) -> None:
    await house.register()
    without = await house.client.post("/v1/agendas", json=house.body(place_id=None), headers=house.staff)
    assert (without.status_code, without.json()["errors"][0]["pointer"]) == (422, "/zone")
    opened = await house.open(place_id=None, zone="Indian/Reunion")
    assert (opened["place_id"], opened["zone"]) == (None, "Indian/Reunion")


async def test_only_a_registered_practitioner_has_agendas(house: House) -> None:
    await house.register(status="listed")
    answer = await house.client.post("/v1/agendas", json=house.body(), headers=house.staff)
    assert (answer.status_code, slug(answer)) == (409, "practitioner-not-registered")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"place_id": "elsewhere"}, "/place_id"),
        ({"opening_ranges": [opening("09:00", "10:00", motive_ids=["what"])]}, "/opening_ranges/0/motive_ids"),
        ({"opening_ranges": [opening("09:02", "10:00")]}, "/opening_ranges/0/start"),
        ({"opening_ranges": [opening("09:00", "09:00")]}, "/opening_ranges/0"),
        ({"motives": [motive("m", duration_minutes=7)]}, "/motives/0/duration_minutes"),
        ({"motives": [motive("m"), motive("m")]}, "/motives"),
        ({"motives": [motive("m", second_visit=second("m"))]}, "/motives"),
        ({"motives": [motive("m", second_visit=second("what"))]}, "/motives"),
        ({"motives": [motive("m", second_visit=second("s")), motive("s", booking="staff")]}, "/motives"),
        ({"motives": [motive("m", on_request=True)]}, "/motives/0"),
        ({"motives": [motive("m", second_visit=second("m", days_max=20))]}, "/motives/0/second_visit"),
        ({"zone": "Europe/Angers"}, "/zone"),
        ({"colour": "blue"}, "/colour"),
    ],
)
async def test_a_wrong_field_is_named(house: House, change: dict[str, Any], pointer: str) -> None:
    await house.register()
    answer = await house.client.post("/v1/agendas", json=house.body(**change), headers=house.staff)
    assert (answer.status_code, slug(answer)) == (422, "invalid-field")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_motive_that_wants_a_second_visit_says_so_to_everybody(house: House) -> None:
    wanted = second("talk")
    opened = await house.open(motives=[motive("check-up", second_visit=wanted), motive("talk")])
    listed = (await house.client.get(f"/v1/agendas/{opened['id']}/motives")).json()["items"]
    assert [each["second_visit"] for each in listed] == [wanted, None]
    said = (await house.said(opened["id"]))[0]
    assert isinstance(said, AgendaOpened)
    assert said.motives[0].second_visit == SecondVisit(**wanted)


async def test_a_change_needs_the_version_that_was_read(house: House) -> None:
    agenda = await house.open()
    later = {"opening_ranges": [opening("14:00", "15:00")]}
    missing = await patch(house, agenda, later)
    assert (missing.status_code, slug(missing)) == (428, "precondition-required")
    stale = await patch(house, agenda, later, **{"If-Match": '"7"'})
    assert (stale.status_code, slug(stale)) == (412, "precondition-failed")
    changed = await patch(house, agenda, later, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"], changed.json()["version"]) == (200, '"2"', 2)
    assert len(changed.json()["motives"]) == 2
    again = await patch(house, agenda, later, **{"If-Match": '"1"'})
    assert again.status_code == 412
    facts = await house.said(agenda["id"])
    assert [type(fact) for fact in facts[2:]] == [AgendaChanged, NextAvailabilityChanged]


async def test_of_two_changes_at_once_one_wins(house: House) -> None:
    agenda = await house.open()
    changes = [
        patch(house, agenda, {"opening_ranges": [opening(f"1{n}:00", "18:00")]}, **{"If-Match": '"1"'})
        for n in range(4)
    ]
    statuses = sorted(answer.status_code for answer in await asyncio.gather(*changes))
    assert statuses == [200, 412, 412, 412]


async def test_a_change_says_which_dates_it_touches(house: House) -> None:
    agenda = await house.open()
    extra = {"on": "2027-05-08", "start": "09:00", "end": "10:00"}
    answer = await patch(house, agenda, {"extra_openings": [extra]}, **{"If-Match": '"1"'})
    assert answer.status_code == 200
    changed = next(fact for fact in await house.said(agenda["id"]) if isinstance(fact, AgendaChanged))
    assert (str(changed.affected_from), str(changed.affected_until)) == ("2027-05-08", "2027-05-09")


async def test_a_change_that_changes_nothing_is_no_new_version(house: House) -> None:
    agenda = await house.open()
    for body in ({}, {"opening_ranges": agenda["opening_ranges"]}):
        answer = await patch(house, agenda, body, **{"If-Match": '"1"'})
        assert (answer.status_code, answer.json()["version"], answer.headers["etag"]) == (200, 1, '"1"')
    assert len(await house.said(agenda["id"])) == 2


async def test_a_preview_shows_slots_and_affected_appointments_and_changes_nothing(house: House) -> None:
    agenda = await house.open()
    start = datetime(2027, 3, 17, 8, tzinfo=UTC)
    booked = AppointmentConfirmed(
        agenda_id=agenda["id"], start=start, end=start + timedelta(minutes=30), zone="Europe/Paris",
        practitioner_id=house.practitioner_id, place_id=house.place_id, motive_id="check-up", mode="in_person",
        appointment_id=agenda["id"], hold_id=None, person_id="p", account_id="a", confirmed_at=house.clock.now(),
    )  # fmt: skip
    await house.hear(booked)
    place, shown = f"/v1/agendas/{agenda['id']}", {"preview": "true"}
    later = {"opening_ranges": [opening("14:00", "15:00")]}
    change = await house.client.patch(place, json=later, headers=house.staff, params=shown)
    away = {"start": "2027-03-17T00:00:00+01:00", "end": "2027-03-18T00:00:00+01:00"}
    absence = await house.client.post(f"{place}/absences", json=away, headers=house.staff, params=shown)
    opened = await house.client.post("/v1/agendas", json=house.body(), headers=house.staff, params=shown)
    for answer in (change, absence):
        assert answer.status_code == 200
        assert [one["appointment_id"] for one in answer.json()["affected_appointments"]] == [agenda["id"]]
    assert {slot["start"][11:16] for slot in change.json()["slots"] if slot["motive_id"] == "check-up"} == {
        "14:00",
        "14:30",
    }
    assert not [slot for slot in absence.json()["slots"] if slot["start"].startswith("2027-03-17")]
    assert opened.status_code == 200
    assert len(opened.json()["slots"]) > 20
    assert (await house.client.get(place, headers=house.staff)).json() == agenda
    listed = await house.client.get("/v1/agendas", params={"practitioner": house.practitioner_id})
    assert [one["id"] for one in listed.json()["items"]] == [agenda["id"]]


async def test_a_closed_agenda_stays_closed_and_offers_nothing(house: House) -> None:
    agenda = await house.open()
    both = await patch(house, agenda, {"closed": True, "motives": []}, **{"If-Match": '"1"'})
    assert both.status_code == 422
    closed = await patch(house, agenda, {"closed": True}, **{"If-Match": '"1"'})
    assert (closed.status_code, closed.json()["closed"]) == (200, True)
    facts = await house.said(agenda["id"])
    assert [type(fact) for fact in facts[2:]] == [AgendaClosed, NextAvailabilityChanged]
    again = await patch(house, agenda, {"closed": True}, **{"If-Match": '"2"'})
    assert (again.status_code, slug(again)) == (409, "agenda-closed")
    absence = {"start": "2027-03-20T08:00:00Z", "end": "2027-03-20T09:00:00Z"}
    place = f"/v1/agendas/{agenda['id']}/absences"
    assert (await house.client.post(place, json=absence, headers=house.staff)).status_code == 409
    found = await house.slots(agenda["id"], "2027-03-17", "2027-03-31")
    assert (found["slots"], found["next_slot"]) == ([], None)


async def test_everybody_may_list_agendas_and_motives_but_not_the_rest(house: House) -> None:
    price = {"amount": "30.00", "currency": "EUR"}
    question = {"id": "q1", "text": "Une question imaginaire ?", "required": True}
    asked = motive("check-up", price=price, questions=[question], instructions_before="À jeun.")
    agendas = sorted([(await house.open(motives=[asked]))["id"] for _ in range(3)])
    query: dict[str, Any] = {"practitioner": house.practitioner_id, "limit": 2}
    first = (await house.client.get("/v1/agendas", params=query)).json()
    assert [one["id"] for one in first["items"]] == agendas[:2]
    assert set(first["items"][0]) == {"id", "practitioner_id", "place_id", "speciality", "zone", "modes"}
    rest = (await house.client.get("/v1/agendas", params={**query, "after": first["next"]})).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == (agendas[2:], None)
    listed = (await house.client.get(f"/v1/agendas/{agendas[0]}/motives")).json()["items"]
    facts = {name: listed[0][name] for name in ("id", "duration_minutes", "price", "questions", "booking")}
    assert facts == {
        "id": "check-up", "duration_minutes": 30, "price": price, "questions": [question], "booking": "everyone",
    }  # fmt: skip
    assert (await house.client.get("/v1/agendas/unheard-of/motives")).status_code == 404


async def test_a_body_that_is_no_json_is_malformed_and_an_unknown_path_is_not_there(house: House) -> None:
    json_type = {"Content-Type": "application/json", **house.staff}
    broken = await house.client.post("/v1/agendas", content=b"{", headers=json_type)
    assert (broken.status_code, slug(broken)) == (400, "malformed")
    assert (await house.client.get("/v1/nothing")).status_code == 404
