"""Absences over HTTP: nothing is offered while they last, and all again when they are lifted."""

from __future__ import annotations

from booking_events.availability import AbsenceDeclared, AbsenceLifted, NextAvailabilityChanged

from ..house import House

AWAY = {"start": "2027-03-17T09:10:00+01:00", "end": "2027-03-17T10:00:00+01:00"}


async def test_an_absence_takes_its_time_and_lifting_it_gives_it_back(house: House) -> None:
    agenda = await house.open()
    place = f"/v1/agendas/{agenda['id']}/absences"
    declared = await house.client.post(place, json=AWAY, headers=house.staff)
    absence = declared.json()
    assert declared.status_code == 201
    assert declared.headers["location"] == f"{place}/{absence['id']}"
    assert (absence["start"], absence["end"], absence["version"]) == (AWAY["start"], AWAY["end"], 2)
    found = await house.slots(agenda["id"], "2027-03-17")
    assert [slot["start"][11:16] for slot in found["slots"]] == ["10:00", "10:30"]
    read = (await house.client.get(f"/v1/agendas/{agenda['id']}", headers=house.staff)).json()
    assert ([one["id"] for one in read["absences"]], read["version"]) == ([absence["id"]], 2)

    lifted = await house.client.delete(declared.headers["location"], headers=house.staff)
    assert (lifted.status_code, lifted.content) == (204, b"")
    assert lifted.headers["position"].startswith("availability=")
    assert len((await house.slots(agenda["id"], "2027-03-17"))["slots"]) == 4
    assert (await house.client.delete(declared.headers["location"], headers=house.staff)).status_code == 404


async def test_absences_are_said_with_the_version_that_they_make(house: House) -> None:
    agenda = await house.open()
    place = f"/v1/agendas/{agenda['id']}/absences"
    declared = await house.client.post(place, json=AWAY | {"cancels_appointments": True}, headers=house.staff)
    await house.client.delete(declared.headers["location"], headers=house.staff)
    facts = [fact for fact in await house.said(agenda["id"]) if isinstance(fact, AbsenceDeclared | AbsenceLifted)]
    assert [(type(fact), fact.version) for fact in facts] == [(AbsenceDeclared, 2), (AbsenceLifted, 3)]
    assert isinstance(facts[0], AbsenceDeclared)
    assert facts[0].cancels_appointments


async def test_an_absence_over_the_first_slot_moves_the_next_availability(house: House) -> None:
    agenda = await house.open()
    place = f"/v1/agendas/{agenda['id']}/absences"
    tomorrow = {"start": "2027-03-11T00:00:00+01:00", "end": "2027-03-12T00:00:00+01:00"}
    assert (await house.client.post(place, json=tomorrow, headers=house.staff)).status_code == 201
    said = [fact for fact in await house.said(agenda["id"]) if isinstance(fact, NextAvailabilityChanged)]
    first_starts = [{str(item.start) for item in fact.items} for fact in said]
    assert first_starts == [{"2027-03-11 08:00:00+00:00"}, {"2027-03-12 08:00:00+00:00"}]


async def test_the_same_key_declares_one_absence(house: House) -> None:
    agenda = await house.open()
    place, headers = f"/v1/agendas/{agenda['id']}/absences", {**house.staff, "Idempotency-Key": "k"}
    first = await house.client.post(place, json=AWAY, headers=headers)
    again = await house.client.post(place, json=AWAY, headers=headers)
    assert (first.content, again.headers["idempotency-replayed"]) == (again.content, "true")


async def test_an_absence_goes_forward_and_names_its_offset(house: House) -> None:
    agenda = await house.open()
    place = f"/v1/agendas/{agenda['id']}/absences"
    for wrong in (
        {"start": AWAY["end"], "end": AWAY["start"]},
        {"start": "2027-03-17T09:00:00", "end": AWAY["end"]},
        {"start": "0001-01-01T00:00:00+00:00", "end": "9999-12-31T23:59:59-12:00"},
    ):
        assert (await house.client.post(place, json=wrong, headers=house.staff)).status_code == 422
