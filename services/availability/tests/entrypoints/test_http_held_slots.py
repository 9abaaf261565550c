"""Slots that are held or booked, as their holder and as others see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from booking_events.availability import NextAvailabilityChanged
from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)

from ..house import House, motive, opening

DAY = "2027-03-17"


def starts(found: dict[str, Any]) -> list[str]:
    return [slot["start"][11:16] for slot in found["slots"]]


def visit(house: House, agenda_id: str, start: str, minutes: int = 30, **more: Any) -> dict[str, Any]:
    at = datetime.fromisoformat(start).astimezone(UTC)
    return {
        "agenda_id": agenda_id, "start": at, "end": at + timedelta(minutes=minutes), "zone": "Europe/Paris",
        "practitioner_id": house.practitioner_id, "place_id": house.place_id, "motive_id": "check-up",
        "mode": "in_person", **more,
    }  # fmt: skip


async def hold(house: House, agenda_id: str, start: str, by: str = "ann", hold_id: str = "h1") -> SlotHeld:
    expires = house.clock.now() + timedelta(minutes=10)
    held = SlotHeld(**visit(house, agenda_id, start), hold_id=agenda_id + hold_id, held_by=by, expires_at=expires)
    await house.hear(held)
    return held


async def test_a_held_slot_is_gone_for_others_and_marked_for_its_holder(house: House) -> None:
    agenda = await house.open()
    await hold(house, agenda["id"], "2027-03-17T09:30+01:00", by="ann")
    seen_by = {
        who: await house.slots(agenda["id"], DAY, headers=headers)
        for who, headers in {"nobody": {}, "bob": house.token("bob"), "ann": house.token("ann")}.items()
    }
    assert starts(seen_by["nobody"]) == starts(seen_by["bob"]) == ["09:00", "10:00", "10:30"]
    assert starts(seen_by["ann"]) == ["09:00", "09:30", "10:00", "10:30"]
    assert [slot["start"][11:16] for slot in seen_by["ann"]["slots"] if slot.get("held_by_you")] == ["09:30"]
    assert not any("held_by_you" in slot for slot in seen_by["bob"]["slots"])


async def test_a_visitor_s_hold_is_theirs_until_the_account_has_claimed_it(house: House) -> None:
    agenda = await house.open()
    held = await hold(house, agenda["id"], "2027-03-17T09:30+01:00", by="visitor-1")
    visitor, account = house.token("visitor-1", kind="visitor"), house.token("ann")
    assert "09:30" in starts(await house.slots(agenda["id"], DAY, headers=visitor))
    assert "09:30" not in starts(await house.slots(agenda["id"], DAY, headers=account))
    claimed = {name: getattr(held, name) for name in ("agenda_id", "start", "end", "hold_id", "expires_at")}
    await house.hear(HoldExtended(**claimed, held_by="ann"))
    assert "09:30" not in starts(await house.slots(agenda["id"], DAY, headers=visitor))
    found = await house.slots(agenda["id"], DAY, headers=account)
    assert [slot["start"][11:16] for slot in found["slots"] if slot.get("held_by_you")] == ["09:30"]


async def test_an_expired_hold_is_offered_again_though_nobody_has_said_that_it_expired(house: House) -> None:
    agenda = await house.open()
    await hold(house, agenda["id"], "2027-03-17T09:30+01:00")
    house.clock.move_on(minutes=9, seconds=59)
    assert "09:30" not in starts(await house.slots(agenda["id"], DAY))
    house.clock.move_on(seconds=1)
    assert "09:30" in starts(await house.slots(agenda["id"], DAY))
    mine = await house.slots(agenda["id"], DAY, headers=house.token("ann"))
    assert not any("held_by_you" in slot for slot in mine["slots"])


async def test_a_released_hold_and_a_cancelled_appointment_free_the_time_and_a_confirmed_one_keeps_it(
    house: House,
) -> None:
    agenda = await house.open()
    held = await hold(house, agenda["id"], "2027-03-17T09:30+01:00")
    stretch = {name: getattr(held, name) for name in ("agenda_id", "start", "end", "hold_id")}
    await house.hear(HoldReleased(**stretch, reason="released"))
    assert "09:30" in starts(await house.slots(agenda["id"], DAY))

    again = await hold(house, agenda["id"], "2027-03-17T09:30+01:00", hold_id="h2")
    facts = visit(house, agenda["id"], "2027-03-17T09:30+01:00")
    who = {"appointment_id": "a" + agenda["id"][:20], "person_id": "p1", "account_id": "ann"}
    now = house.clock.now()
    await house.hear(AppointmentConfirmed(**facts, **who, hold_id=again.hold_id, confirmed_at=now))
    house.clock.move_on(hours=1)
    assert "09:30" not in starts(await house.slots(agenda["id"], DAY, headers=house.token("ann")))

    await house.hear(AppointmentCancelled(**facts, **who, version=2, by="patient", cancelled_at=now))
    assert starts(await house.slots(agenda["id"], DAY)) == ["09:00", "09:30", "10:00", "10:30"]


async def test_a_visit_of_another_length_with_buffers_takes_every_slot_that_it_touches(house: House) -> None:
    agenda = await house.open()
    long = visit(house, agenda["id"], "2027-03-17T09:45+01:00", minutes=20, buffer_after_minutes=10, motive_id="talk")
    await house.hear(
        AppointmentConfirmed(
            **long, appointment_id="b" + agenda["id"][:20], hold_id=None, person_id="p", account_id="a",
            confirmed_at=house.clock.now(),
        )
    )  # fmt: skip
    assert starts(await house.slots(agenda["id"], DAY)) == ["09:00", "10:30"]


async def test_a_day_and_a_week_that_the_motive_s_limits_have_filled_are_not_offered(house: House) -> None:
    """2027-03-15 is a Monday. What is over counts in its week, a hold while it lives, for others than its holder."""
    agenda = await house.open(
        opening_ranges=[opening("09:00", "10:00")],
        motives=[motive("check-up", max_per_day=1, max_per_week=2), motive("talk")],
    )
    id_, week = agenda["id"], ("2027-03-15", "2027-03-22")

    async def days(headers: dict[str, str] | None = None) -> list[str]:
        found = await house.slots(id_, *week, headers=headers)
        return sorted({slot["start"][8:10] for slot in found["slots"]})

    async def why(start: str) -> list[str]:
        query = {"agenda": id_, "start": start, "motive": "check-up"}
        answer = await house.client.get("/v1/why-not", params=query, headers=house.staff)
        return [reason["rule"] for reason in answer.json()["reasons"]]

    async def first() -> Any:
        said = [fact for fact in await house.said(id_) if isinstance(fact, NextAvailabilityChanged)][-1]
        return next(item.start for item in said.items if item.motive_id == "check-up")

    await hold(house, id_, "2027-03-16T09:00+01:00", by="ann")
    assert await days() == ["15", "17", "18", "19", "20", "21", "22"]
    assert "16" in await days(house.token("ann"))
    assert await why("2027-03-16T09:30:00+01:00") == ["day-full"]
    house.clock.move_on(minutes=11)
    assert "16" in await days()

    booked = {"hold_id": None, "person_id": "p", "account_id": "a", "confirmed_at": house.clock.now()}
    for number, start in enumerate(("2027-03-15T09:00+01:00", "2027-03-17T09:00+01:00")):
        at = visit(house, id_, start)
        await house.hear(AppointmentConfirmed.model_validate({**at, **booked, "appointment_id": f"{id_}{number}"}))
    assert await days() == ["22"]
    assert await why("2027-03-19T09:00:00+01:00") == ["week-full"]
    house.clock.move_on(minutes=int((datetime(2027, 3, 18, 7, tzinfo=UTC) - house.clock.now()).total_seconds() // 60))
    assert await days() == ["22"]
    at = visit(house, id_, "2027-03-17T09:00+01:00")
    gone = {"person_id": "p", "account_id": "a", "version": 2, "by": "practice", "cancelled_at": house.clock.now()}
    await house.hear(AppointmentCancelled.model_validate({**at, **gone, "appointment_id": f"{id_}1"}))
    assert await days() == ["18", "19", "20", "21", "22"]
    assert await first() == datetime(2027, 3, 18, 8, tzinfo=UTC)
