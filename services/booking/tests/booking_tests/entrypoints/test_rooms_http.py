"""A doctor and a room over HTTP, through two instances with stores of their own: a room is never taken twice."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
from booking.domain import tags
from booking.domain.agenda import Motive

from ..house import House, new_id, slug_of, until


@pytest.fixture
async def two(house: House) -> House:
    await house.start()
    return house


def outcome(answer: httpx.Response) -> str:
    return str(answer.status_code) if answer.status_code < 400 else slug_of(answer)


async def colleagues(house: House, count: int, *rooms: str) -> list[str]:
    """The agendas of as many practitioners of one place, whose motive needs one of `rooms`."""
    motive = Motive("motive-1", "dermatologie", 15, ("in_person",), "everyone", rooms=rooms)
    return [await house.agenda(practitioner_id=f"practitioner-{n}", motives=(motive,)) for n in range(count)]


async def in_the_log(house: House, room: str, start: Any) -> list[str]:
    """What was decided in an hour of a room."""
    return await house.events(f"room:{room}:{start:%Y-%m-%dT%H}")


@pytest.mark.parametrize("doctors", [2, 3])
@pytest.mark.parametrize("count", [1, 2])
async def test_of_many_after_the_doctors_of_some_rooms_at_once_as_many_hold_as_there_are_rooms(
    two: House, doctors: int, count: int
) -> None:
    rooms = [new_id() for _ in range(count)]
    agendas, start = await colleagues(two, doctors, *rooms), two.start_in()
    tries = [
        # Each doctor has the rooms in an order of their own.
        two.hold(
            two.token(await two.somebody()), agendas[n % doctors], start, app=n // doctors % 2,
            rooms=rooms if n % 2 else rooms[::-1],
        )
        for n in range(24)
    ]  # fmt: skip
    seen = Counter(map(outcome, await asyncio.gather(*tries)))
    assert seen["201"] == count
    assert set(seen) <= {"201", "slot-held", "no-room-free"}
    assert [await in_the_log(two, room, start) for room in rooms] == [["SlotHeld"]] * count


async def test_overlaps_of_unequal_length_in_one_room_are_one(two: House) -> None:
    room, start = new_id(), two.start_in()
    agendas = await colleagues(two, 5, room)
    shapes = [(0, 60, 0), (45, 15, 0), (60, 15, 5), (-15, 20, 0), (30, 90, 0)]  # each overlaps the first
    tries = [
        two.hold(
            two.token(await two.somebody()), agenda, start + timedelta(minutes=shift), app=n % 2, minutes=length,
            buffer_before=before, rooms=[room],
        )
        for n, (agenda, (shift, length, before)) in enumerate(zip(agendas, shapes, strict=True))
    ]  # fmt: skip
    answers = await asyncio.gather(*tries)
    stretches = [
        (start + timedelta(minutes=shift - before), start + timedelta(minutes=shift + length))
        for answer, (shift, length, before) in zip(answers, shapes, strict=True)
        if answer.status_code == 201
    ]
    assert stretches
    assert {outcome(answer) for answer in answers} == {"201", "no-room-free"}
    assert all(one == other or one[1] <= other[0] or other[1] <= one[0] for one in stretches for other in stretches)


async def test_a_room_is_taken_from_hold_to_cancellation_and_shown_where_the_appointment_is(two: House) -> None:
    room, start = new_id(), two.start_in()
    (mine, other), who = await colleagues(two, 2, room), await two.somebody()
    await two.run(two.task("projector"))

    async def another() -> str:
        return outcome(await two.hold(two.token(await two.somebody()), other, start, app=1, rooms=[room]))

    booked = await two.appointment(who, agenda_id=mine, start=start, rooms=[room])
    assert booked["room_id"] == room
    assert await another() == "no-room-free"
    secretary, seen = two.secretary(), {"Position_At_Least": f"booking={booked['position']}"}
    shown = (await two.get(f"/v1/appointments/{booked['id']}", secretary)).json()
    day = await until(lambda: _day(two, mine, start, secretary, seen))
    assert (shown["room_id"], day["room_id"]) == (room, room)
    cancelled = await two.post(f"/v1/appointments/{booked['id']}/cancel", two.token(who), {})
    assert cancelled.status_code == 200
    assert await another() == "201"


async def _day(house: House, agenda: str, start: Any, token: str, headers: dict[str, str]) -> Any:
    answer = await house.get(f"/v1/agendas/{agenda}/days?from={start:%Y-%m-%d}", token, **headers)
    return answer.status_code == 200 and answer.json()["items"][0]["appointments"][0]


async def test_a_move_of_one_doctor_and_a_hold_of_another_are_not_both_in_the_room(two: House) -> None:
    room = new_id()
    (mine, other), rounds = await colleagues(two, 2, room), []
    for n in range(4):
        who, start = await two.somebody(), two.start_in(days=3 + n)
        booked = await two.appointment(who, agenda_id=mine, start=start, rooms=[room])
        to = start + timedelta(hours=2)
        body = {"offer": two.offer(mine, [to], rooms=[room]), "start": to.isoformat()}
        answers = await asyncio.gather(
            two.post(f"/v1/appointments/{booked['id']}/move", two.token(who), body),
            two.hold(two.token(await two.somebody()), other, to, app=1, rooms=[room]),
        )
        rounds.append(sorted(map(outcome, answers)))
        known = (await two.parts.ledger.read((f"room:{room}:{to:%Y-%m-%dT%H}",))).known
        assert len([*known.booked(), *known.live_holds(two.clock.now())]) == 1
    assert all(one in (["200", "no-room-free"], ["201", "no-room-free"]) for one in rounds)


async def test_staff_of_two_agendas_at_once_get_the_room_once_override_or_not(two: House) -> None:
    room, start = new_id(), two.start_in()
    agendas, secretary = await colleagues(two, 2, room), two.secretary()
    tries = []
    for n in range(6):
        body = {"person_id": (await two.somebody()).people[0], "motive_id": "motive-1", "start": start.isoformat()}
        body |= {"override": True, "reason": "it is urgent"} if n % 3 else {}
        tries.append(two.post(f"/v1/agendas/{agendas[n % 2]}/appointments", secretary, body, app=n % 2))
    seen = Counter(map(outcome, await asyncio.gather(*tries)))
    assert seen["201"] == 1
    assert set(seen) <= {"201", "slot-taken", "no-room-free"}
    known = (await two.parts.ledger.read((f"room:{room}:{start:%Y-%m-%dT%H}",))).known
    assert len(known.booked()) == 1


async def test_the_hours_of_a_hold_that_another_instance_took_are_read_with_its_room(two: House) -> None:
    """The one that confirms has never seen the hold: it reads it first, and then the hours of its very room."""
    rooms, start, who = [new_id(), new_id()], two.start_in(), await two.somebody()
    (agenda,) = await colleagues(two, 1, *rooms)
    held = await two.hold(two.token(who), agenda, start, rooms=rooms)
    path = f"/v1/holds/{held.json()['id']}/confirm"
    confirmed = await two.post(path, two.token(who), {"person_id": who.people[0]}, app=1)
    assert confirmed.json()["room_id"] == rooms[0]
    (record,) = (await two.parts.ledger.read((tags.appointment(confirmed.json()["id"]),))).records
    assert f"room:{rooms[0]}" in record.metadata["boundary"]
    assert rooms[1] not in record.metadata["boundary"]
