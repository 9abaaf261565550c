"""A batch of what booking says leaves what the same facts leave one by one: rows, first slots and due times."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from booking_events import PublicEvent
from booking_events.availability import NextAvailabilityChanged
from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)

from ..house import House

MORNING = datetime.fromisoformat("2027-03-11T08:00+00:00")
WHO = {"person_id": "p", "account_id": "a"}


def story(house: House, agenda_id: str, seed: int) -> Iterator[PublicEvent]:
    """Holds that are taken, prolonged, released, confirmed and cancelled in and out of each other, some facts twice."""
    chance, now = random.Random(seed), house.clock.now()
    for number in range(40):
        start = MORNING + timedelta(days=chance.randrange(3), minutes=30 * chance.randrange(4))
        hold_id = f"{agenda_id}-hold-{chance.randrange(max(0, number - 6), number + 1)}"
        appointment = {**WHO, "appointment_id": f"{agenda_id}-appointment-{chance.randrange(4)}"}
        time = {"agenda_id": agenda_id, "start": start, "end": start + timedelta(minutes=30)}
        visit = {
            **time, "zone": "Europe/Paris", "practitioner_id": house.practitioner_id, "place_id": house.place_id,
            "motive_id": "check-up", "mode": "in_person",
        }  # fmt: skip
        expires = now + timedelta(minutes=10 + number)
        yield chance.choice(
            [
                SlotHeld(**visit, hold_id=f"{agenda_id}-hold-{number}", held_by="ann", expires_at=expires),
                HoldExtended(**time, hold_id=hold_id, held_by="bob", expires_at=expires),
                HoldReleased(**time, hold_id=hold_id, reason="released"),
                HoldExpired(**time, hold_id=hold_id),
                AppointmentConfirmed(**visit, **appointment, hold_id=hold_id, version=1, confirmed_at=now),
                AppointmentConfirmed(**visit, **appointment, hold_id=None, version=1, confirmed_at=now),
                AppointmentCancelled(**visit, **appointment, version=2, by="practice", cancelled_at=now),
            ]
        )


async def left(house: House, agenda_id: str) -> Any:
    """Everything that is kept of an agenda's time, positions counted from its first fact on."""
    async with house.context.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT source_position, kind, replace(id, agenda_id, '') AS id, first_minute, end_minute, start_minute,"
            " stop_minute, motive_id, mode, held_by, expires_at, since, until FROM busy WHERE agenda_id = %s"
            " ORDER BY source_position, kind, id",
            (agenda_id,),
        )
        rows = [tuple(row.values()) for row in await cursor.fetchall()]
        cursor = await connection.execute(
            "SELECT items, due_at FROM next_availability WHERE agenda_id = %s", (agenda_id,)
        )
        first = rows[0][0]
        return [(row[0] - first, *row[1:]) for row in rows], await cursor.fetchone()


@pytest.mark.parametrize("seed", range(8))
async def test_a_batch_leaves_what_the_same_facts_leave_one_by_one(house: House, seed: int) -> None:
    one, other = [(await house.open())["id"] for _ in range(2)]
    for event in story(house, one, seed):
        await house.hear(event)
    facts = list(story(house, other, seed))
    cuts = sorted(random.Random(seed).sample(range(1, len(facts)), 3)) if seed else []
    for first, last in zip([0, *cuts], [*cuts, len(facts)], strict=True):
        await house.hear(*facts[first:last])
    rows, first_slots = await left(house, one)
    assert (rows, first_slots) == await left(house, other)
    assert {row[1] for row in rows} == {"hold", "appointment"}
    assert {row[-1] is None for row in rows} == {True, False}


async def test_a_batch_says_of_each_agenda_how_its_first_slots_stand_at_its_end(house: House) -> None:
    agendas = [(await house.open())["id"] for _ in range(3)]
    said = [len(await house.said(agenda_id)) for agenda_id in agendas]
    stories = [story(house, agenda_id, seed) for seed, agenda_id in enumerate(agendas)]
    await house.hear(*(event for in_turn in zip(*stories, strict=True) for event in in_turn))
    for agenda_id, before in zip(agendas, said, strict=True):
        news = (await house.said(agenda_id))[before:]
        assert len(news) <= 1
        (_, kept) = await left(house, agenda_id)
        last = [fact for fact in await house.said(agenda_id) if isinstance(fact, NextAvailabilityChanged)][-1]
        told = {(item.motive_id, item.mode, None if item.start is None else item.start) for item in last.items}
        minutes = {(motive, mode): start for motive, mode, start in kept["items"]}
        assert {(m, mode): s and int(s.timestamp()) // 60 for m, mode, s in told} == minutes
