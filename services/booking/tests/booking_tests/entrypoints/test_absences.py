"""Absences end to end: they bind at once, and many appointments are settled once each, kills or not."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from booking.adapters.heard import apply
from booking.domain.states import Booked, Cancelled
from booking.entrypoints.consumer import Listener
from booking_events import decode
from booking_events import encode as encoded
from booking_events.availability import AbsenceDeclared, AbsenceLifted

from ..house import House, Somebody, new_id, slug_of, until
from ..processes import serving


async def declare(house: House, agenda: str, days: int = 2, **more: Any) -> AbsenceDeclared:
    """An absence from the third day on, as the consumer hears it."""
    start = house.start_in(hour=0)
    said = AbsenceDeclared(
        agenda_id=agenda, version=2, absence_id=new_id(), start=start, end=start + timedelta(days=days), **more
    )
    await hear(house, said)
    return said


async def hear(house: House, event: AbsenceDeclared | AbsenceLifted, app: int = 0) -> None:
    parts = house.services[app].app.state.parts
    record = encoded(event, id=new_id(), source="availability", time=house.clock.now(), sequence=1)
    async with parts.database.transaction() as connection:
        await Listener(apply, parts.seals, parts.ledger).hear(connection, decode(record.headers, record.value))


async def booked(house: House, agenda: str, count: int) -> list[tuple[Somebody, str]]:
    """Appointments side by side from the third day at 8 o'clock on; the people and the ids."""
    people = [await house.somebody() for _ in range(count)]
    starts = [house.start_in(3 + n // 40, hour=8) + timedelta(minutes=15 * (n % 40)) for n in range(count)]
    answers = await asyncio.gather(
        *(
            house.post(
                f"/v1/agendas/{agenda}/appointments", house.secretary(),
                {"person_id": who.people[0], "motive_id": "motive-1", "start": start.isoformat()},
            )
            for who, start in zip(people, starts, strict=True)
        )
    )  # fmt: skip
    assert {answer.status_code for answer in answers} == {201}
    return [(who, answer.json()["id"]) for who, answer in zip(people, answers, strict=True)]


async def settled(house: House, agenda: str, absence_id: str) -> dict[str, Any]:
    """Lets the settler of the first instance work until the absence is settled."""

    async def done() -> dict[str, Any] | None:
        await house.task("settler").settle()
        answer = await house.get(f"/v1/agendas/{agenda}/absences/{absence_id}", house.secretary())
        return answer.json() if answer.json()["settled"] else None

    return dict(await until(done))


async def choose(house: House, agenda: str, absence: AbsenceDeclared, token: str | None = None, **plan: Any) -> Any:
    path = f"/v1/agendas/{agenda}/absences/{absence.absence_id}/plan"
    return await house.post(path, token or house.secretary(), plan)


async def test_an_absence_cancels_every_appointment_once_though_two_processes_settle(house: House) -> None:
    await house.start("projector")
    agenda = await house.agenda()
    made = await booked(house, agenda, 60)
    absence = await declare(house, agenda, cancels_appointments=True)
    other = house.task("settler", house.services[1])
    (body, _) = await asyncio.gather(settled(house, agenda, absence.absence_id), other.settle())
    assert (body["plan"], body["left"], body["lifted"]) == ("cancel", [], False)
    for who, id_ in made:
        assert await house.events(f"appointment:{id_}") == ["AppointmentBookedByPractice", "AppointmentCancelled"]
        seen = (await house.get(f"/v1/appointments/{id_}", house.token(who))).json()
        assert (seen["state"], seen["history"][-1]["by"]) == ("cancelled", "absence")
    assert Counter(await house.events(f"absence:{absence.absence_id}")) == {"AbsenceNoted": 1, "AbsenceSettled": 1}


async def test_an_absence_binds_holds_that_were_taken_before_it(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    held = await house.hold(house.token(who), agenda)
    absence = await declare(house, agenda)
    path = f"/v1/holds/{held.json()['id']}/confirm"
    refused = await house.post(path, house.token(who), {"person_id": who.people[0]}, Idempotency_Key="k")
    assert (refused.status_code, slug_of(refused)) == (409, "practitioner-absent")
    longer = await house.post(f"/v1/holds/{held.json()['id']}/extend", house.token(who))
    assert (longer.status_code, slug_of(longer)) == (409, "practitioner-absent")
    lifted = AbsenceLifted.model_validate(absence.model_dump(exclude={"cancels_appointments"}) | {"version": 3})
    await hear(house, lifted)
    again = await house.post(path, house.token(who), {"person_id": who.people[0]}, Idempotency_Key="k")
    assert again.status_code == 201


async def test_of_an_absence_and_confirmations_at_once_nobody_stays_booked_in_it(two: House) -> None:
    for _ in range(3):
        agenda, people = await two.agenda(), [await two.somebody() for _ in range(12)]
        start = two.start_in()
        held = [
            await two.hold(two.token(who), agenda, start + timedelta(minutes=15 * n), app=n % 2)
            for n, who in enumerate(people)
        ]

        async def confirm(n: int, who: Somebody, hold: httpx.Response) -> httpx.Response:
            await asyncio.sleep(0.002 * n)
            path = f"/v1/holds/{hold.json()['id']}/confirm"
            return await two.post(path, two.token(who), {"person_id": who.people[0]}, app=n % 2)

        *answers, absence = await asyncio.gather(
            *(confirm(n, who, hold) for n, (who, hold) in enumerate(zip(people, held, strict=True))),
            declare(two, agenda, cancels_appointments=True),
        )
        told = Counter("booked" if each.status_code == 201 else slug_of(each) for each in answers)
        assert set(told) <= {"booked", "practitioner-absent"}
        await settled(two, agenda, absence.absence_id)
        known = (await two.parts.ledger.read((f"agenda:{agenda}",))).known
        assert known.booked() == ()
        assert len(known.appointments) == told["booked"]


async def test_staff_move_what_is_in_an_absence_and_see_what_is_left(house: House) -> None:
    agenda = await house.agenda()
    (who, moved), (_, left) = await booked(house, agenda, 2)
    absence = await declare(house, agenda)
    body = (await house.get(f"/v1/agendas/{agenda}/absences/{absence.absence_id}", house.secretary())).json()
    assert (body["plan"], body["settled"]) == ("keep", True)
    in_the_way = {
        "person_id": (await house.somebody()).people[0], "motive_id": "motive-1",
        "start": (house.start_in(days=10, hour=8) + timedelta(minutes=15)).isoformat(),
    }  # fmt: skip
    assert (await house.post(f"/v1/agendas/{agenda}/appointments", house.secretary(), in_the_way)).status_code == 201
    chosen = await choose(house, agenda, absence, plan="move", days=7)
    assert (chosen.status_code, chosen.json()["plan"], chosen.json()["settled"]) == (200, "move", False)
    assert (await settled(house, agenda, absence.absence_id))["left"] == [left]
    seen = (await house.get(f"/v1/appointments/{moved}", house.token(who))).json()
    assert (seen["start"], seen["version"]) == (house.start_in(days=10, hour=8).isoformat().replace("+00:00", "Z"), 2)
    await choose(house, agenda, absence, plan="cancel")
    assert (await settled(house, agenda, absence.absence_id))["left"] == []
    assert (await house.get(f"/v1/appointments/{left}", house.secretary())).json()["state"] == "cancelled"


async def test_an_absence_is_handed_over_to_a_colleague(house: House) -> None:
    agenda = await house.agenda()
    colleague = await house.agenda(practitioner_id="practitioner-2")
    ((who, old),) = await booked(house, agenda, 1)
    absence = await declare(house, agenda)
    await choose(house, agenda, absence, plan="hand_over", to_agenda_id=colleague)
    assert (await settled(house, agenda, absence.absence_id))["left"] == []
    assert (await house.get(f"/v1/appointments/{old}", house.token(who))).json()["state"] == "cancelled"
    known = (await house.parts.ledger.read((f"person:{who.people[0]}",))).known
    (new,) = known.booked()
    assert (new.visit.practitioner_id, new.visit.stretch.start) == ("practitioner-2", house.start_in(hour=8))


async def test_an_absence_of_another_practice_is_not_there(house: House) -> None:
    agenda, foreign = await house.agenda(), await house.agenda(place_id="place-2", practitioner_id="practitioner-2")
    absence = await declare(house, agenda)
    absent = await choose(house, foreign, absence, plan="cancel")
    other = await choose(house, agenda, absence, house.secretary("place-2"), plan="cancel")
    handed = await choose(house, agenda, absence, plan="hand_over", to_agenda_id=foreign)
    path = f"/v1/agendas/{foreign}/absences/{absence.absence_id}"
    seen = await house.get(path, house.secretary("place-2"))
    assert {answer.status_code for answer in (absent, other, handed, seen)} == {404}
    for wrong in ({"plan": "move"}, {"plan": "move", "days": 0}, {"plan": "hand_over"}):
        assert (await choose(house, agenda, absence, **wrong)).status_code == 422


async def test_a_settler_that_is_killed_is_followed_by_one_that_finishes_and_nobody_is_cancelled_twice(
    house: House, environment: dict[str, str], tmp_path: Path
) -> None:
    interrupted = False
    for _ in range(3):
        agenda = await house.agenda()
        made = await booked(house, agenda, 200)
        async with serving(tmp_path) as first:
            await first.answers("/live", 200)
            absence = await declare(house, agenda, days=8, cancels_appointments=True)
            await until(lambda: cancelled_of(house, agenda))  # noqa: B023 (awaited in this round)
            first.process.kill()
            await first.process.wait()
        interrupted = interrupted or await cancelled_of(house, agenda) < len(made)
        async with serving(tmp_path) as second:
            await second.answers("/live", 200)
            await until(lambda: all_of(house, agenda, len(made)))  # noqa: B023
            await until(lambda: closed(house, absence.absence_id))  # noqa: B023
        for _, id_ in made:
            assert await house.events(f"appointment:{id_}") == ["AppointmentBookedByPractice", "AppointmentCancelled"]
        if interrupted:
            return
    raise AssertionError("no kill came between two appointments")


async def cancelled_of(house: House, agenda: str) -> int:
    known = (await house.parts.ledger.read((f"agenda:{agenda}",))).known
    return sum(isinstance(each, Cancelled) for each in known.appointments.values())


async def all_of(house: House, agenda: str, count: int) -> bool:
    known = (await house.parts.ledger.read((f"agenda:{agenda}",))).known
    return await cancelled_of(house, agenda) == count and not any(isinstance(a, Booked) for a in known.booked())


async def closed(house: House, absence_id: str) -> bool:
    return (await house.parts.ledger.read((f"absence:{absence_id}",))).known.absences[absence_id].settled
