"""What follows from booking's and directory's facts: agendas that move or end, first slots that change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from booking_events.availability import AgendaChanged, AgendaClosed, NextAvailabilityChanged
from booking_events.booking import AppointmentCancelled, AppointmentConfirmed, HoldExpired, SlotHeld
from booking_events.directory import Place, PractitionerProfileChanged, PractitionerWithdrawn

from ..house import House

TOMORROW_AT_NINE = datetime.fromisoformat("2027-03-11T08:00+00:00")


def visit(house: House, agenda_id: str, start: datetime = TOMORROW_AT_NINE) -> dict[str, Any]:
    return {
        "agenda_id": agenda_id, "start": start, "end": start + timedelta(minutes=30), "zone": "Europe/Paris",
        "practitioner_id": house.practitioner_id, "place_id": house.place_id, "motive_id": "check-up",
        "mode": "in_person",
    }  # fmt: skip


def hold(house: House, agenda_id: str, start: datetime = TOMORROW_AT_NINE) -> SlotHeld:
    expires = house.clock.now() + timedelta(minutes=10)
    return SlotHeld(**visit(house, agenda_id, start), hold_id=agenda_id, held_by="ann", expires_at=expires)


async def firsts(house: House, agenda_id: str) -> list[str]:
    """The first check-ups as published, one after the other (local time of March in Paris)."""
    said = [fact for fact in await house.said(agenda_id) if isinstance(fact, NextAvailabilityChanged)]
    starts = [item.start for fact in said for item in fact.items if item.motive_id == "check-up"]
    return ["none" if one is None else (one + timedelta(hours=1)).strftime("%d %H:%M") for one in starts]


async def test_only_what_moves_the_first_slot_is_said(house: House) -> None:
    agenda_id = (await house.open())["id"]
    await house.hear(hold(house, agenda_id, TOMORROW_AT_NINE + timedelta(days=2)))
    assert await firsts(house, agenda_id) == ["11 09:00"]
    booked = visit(house, agenda_id)
    who = {"appointment_id": agenda_id, "person_id": "p", "account_id": "a"}
    now = house.clock.now()
    await house.hear(AppointmentConfirmed(**booked, **who, hold_id=None, confirmed_at=now))
    assert await firsts(house, agenda_id) == ["11 09:00", "11 09:30"]
    await house.hear(AppointmentCancelled(**booked, **who, version=2, by="practice", cancelled_at=now))
    assert await firsts(house, agenda_id) == ["11 09:00", "11 09:30", "11 09:00"]


async def test_a_fact_of_the_present_says_the_whole_list_of_first_slots(house: House) -> None:
    agenda_id = (await house.open())["id"]
    said = [fact for fact in await house.said(agenda_id) if isinstance(fact, NextAvailabilityChanged)]
    assert {(item.motive_id, item.mode) for item in said[-1].items} == {
        ("check-up", "in_person"),
        ("talk", "in_person"),
        ("talk", "video"),
    }
    assert (said[-1].practitioner_id, said[-1].as_of) == (house.practitioner_id, house.clock.now())


async def test_an_expired_hold_that_is_recorded_late_changes_nothing_more(house: House) -> None:
    agenda_id = (await house.open())["id"]
    held = hold(house, agenda_id)
    await house.hear(held)
    house.clock.move_on(minutes=30)
    stretch = {name: getattr(held, name) for name in ("agenda_id", "start", "end", "hold_id")}
    await house.hear(HoldExpired(**stretch))
    assert await firsts(house, agenda_id) == ["11 09:00", "11 09:30", "11 09:00"]
    await house.hear(HoldExpired(**stretch))
    assert len(await firsts(house, agenda_id)) == 3


async def test_what_booking_says_of_an_agenda_that_is_not_known_harms_nobody(house: House) -> None:
    await house.hear(hold(house, "unheard-of-" + house.place_id[:8]))
    assert await house.said("unheard-of-" + house.place_id[:8]) == []


async def test_a_place_that_moves_to_another_zone_takes_its_agendas_along(house: House) -> None:
    agenda_id = (await house.open())["id"]
    moved = Place(
        id=house.place_id, name="Cabinet Imaginaire", address="1 rue Imaginaire", postcode="97400", city="Saint-Denis",
        zone="Indian/Reunion", territory="974",
    )  # fmt: skip
    facts = {"practitioner_id": house.practitioner_id, "first_name": "J", "last_name": "I", "speciality": "SM15"}
    for _ in range(2):
        await house.hear(PractitionerProfileChanged(**facts, status="registered", places=(moved,)))
    changed = [fact for fact in await house.said(agenda_id) if isinstance(fact, AgendaChanged)]
    assert [(fact.version, fact.zone, fact.territory) for fact in changed] == [(2, "Indian/Reunion", "974")]
    found = await house.slots(agenda_id, "2027-03-17")
    assert found["slots"][0]["start"] == "2027-03-17T09:00:00+04:00"


@pytest.mark.parametrize("times", [1, 2])
async def test_the_agendas_of_a_practitioner_who_withdraws_are_closed(house: House, times: int) -> None:
    agenda_id = (await house.open())["id"]
    for _ in range(times):
        await house.hear(PractitionerWithdrawn(practitioner_id=house.practitioner_id, reason="retired"))
    facts = await house.said(agenda_id)
    assert [type(fact) for fact in facts[2:]] == [AgendaClosed, NextAvailabilityChanged]
    assert (await house.slots(agenda_id, "2027-03-17"))["slots"] == []
    listed = await house.client.get("/v1/agendas", params={"practitioner": house.practitioner_id})
    assert listed.json()["items"] == []
    opened = await house.client.post("/v1/agendas", json=house.body(), headers=house.staff)
    assert opened.status_code == 404
