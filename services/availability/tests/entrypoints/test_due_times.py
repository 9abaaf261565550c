"""The first free slots move with time alone: notice, holds that expire unseen, local midnights."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from availability.entrypoints.due_times import DueTimes
from booking_events.availability import NextAvailabilityChanged
from booking_events.booking import SlotHeld

from ..house import House, motive, opening


async def firsts(house: House, agenda_id: str) -> list[str]:
    said = [fact for fact in await house.said(agenda_id) if isinstance(fact, NextAvailabilityChanged)]
    starts = [item.start for fact in said for item in fact.items if item.motive_id == "check-up"]
    return ["none" if one is None else one.strftime("%m-%d %H:%M") for one in starts]


async def pass_time(house: House, **by: float) -> None:
    """Time passes, and the loop looks until nothing is due."""
    house.clock.move_on(**by)
    while await DueTimes(house.context).refresh_overdue():
        pass


async def test_notice_overtakes_the_first_slot(house: House) -> None:
    agenda_id = (await house.open(motives=[motive("check-up", notice_minutes=60)]))["id"]
    assert await firsts(house, agenda_id) == ["03-11 08:00"]
    await pass_time(house, hours=20)  # 08:00 in Paris: 09:00 is still an hour away
    assert await firsts(house, agenda_id) == ["03-11 08:00"]
    await pass_time(house, seconds=1)
    assert await firsts(house, agenda_id) == ["03-11 08:00", "03-11 08:30"]


async def test_a_hold_that_expires_unseen_gives_the_first_slot_back(house: House) -> None:
    agenda_id = (await house.open())["id"]
    start = datetime.fromisoformat("2027-03-11T08:00+00:00")
    held = SlotHeld(
        agenda_id=agenda_id, start=start, end=start + timedelta(minutes=30), zone="Europe/Paris",
        practitioner_id=house.practitioner_id, place_id=house.place_id, motive_id="check-up", mode="in_person",
        hold_id=agenda_id, held_by="ann", expires_at=house.clock.now() + timedelta(minutes=10),
    )  # fmt: skip
    await house.hear(held)
    await pass_time(house, minutes=5)
    assert await firsts(house, agenda_id) == ["03-11 08:00", "03-11 08:30"]
    await pass_time(house, minutes=5, seconds=1)
    assert await firsts(house, agenda_id) == ["03-11 08:00", "03-11 08:30", "03-11 08:00"]


async def test_a_local_midnight_moves_the_horizon_on(house: House) -> None:
    late = opening("09:00", "10:00", valid_from="2027-03-13")
    agenda_id = (await house.open(opening_ranges=[late], motives=[motive("check-up", horizon_days=2)]))["id"]
    assert await firsts(house, agenda_id) == ["none"]
    await pass_time(house, hours=11, minutes=59)
    assert await firsts(house, agenda_id) == ["none"]
    await pass_time(house, minutes=1, seconds=1)
    assert await firsts(house, agenda_id) == ["none", "03-13 08:00"]


async def test_two_processes_say_a_change_once(house: House) -> None:
    agenda_id = (await house.open())["id"]
    house.clock.move_on(hours=22)
    loops = [DueTimes(house.context), DueTimes(house.context)]
    await asyncio.gather(*(loop.refresh_overdue() for loop in loops))
    assert await firsts(house, agenda_id) == ["03-11 08:00", "03-11 09:00"]


async def test_the_loop_runs_by_itself(house: House) -> None:
    agenda_id = (await house.open())["id"]
    running = asyncio.create_task(DueTimes(house.context).run())
    try:
        house.clock.move_on(hours=22)
        async with asyncio.timeout(60):
            while len(await firsts(house, agenda_id)) < 2:  # noqa: ASYNC110 (a table sends no event)
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
