"""Two-step motives over HTTP: both visits or neither, whoever asks at once, and cancelled as the practice chose."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from ..house import House, Somebody, new_id, slug_of

TOGETHER = {"motive_id": "motive-2", "days_min": 7, "days_max": 14, "together": True}


async def hold_two(
    house: House, token: str, agenda: str, first: datetime, then: datetime, *, app: int = 0, **wanted: Any
) -> httpx.Response:
    second = {"offer": house.offer(agenda, [then], motive_id="motive-2"), "start": then.isoformat()}
    sheet = house.offer(agenda, [first], second=TOGETHER | wanted)
    return await house.post("/v1/holds", token, {"offer": sheet, "start": first.isoformat(), "second": second}, app=app)


async def two_visits(house: House, who: Somebody, **wanted: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Held and confirmed for the account's first person: both appointments."""
    token, agenda = house.token(who), new_id()
    held = await hold_two(house, token, agenda, house.start_in(days=3), house.start_in(days=10), **wanted)
    assert held.status_code == 201, held.text
    path = f"/v1/holds/{held.json()['id']}/confirm"
    confirmed = await house.post(path, token, {"person_id": who.people[0]})
    assert confirmed.status_code == 201, confirmed.text
    first = confirmed.json()
    second = (await house.get(f"/v1/appointments/{first['linked_to']}", token)).json()
    return first, second


async def test_both_are_held_resumed_and_confirmed_each_as_an_appointment_of_its_own(house: House) -> None:
    who, agenda = await house.somebody(), new_id()
    token = house.token(who)
    held = (await hold_two(house, token, agenda, house.start_in(days=3), house.start_in(days=10))).json()
    kept = (await house.get("/v1/holds", token)).json()["items"]
    assert {(each["id"], each["linked_to"]) for each in kept} == {
        (held["id"], held["linked_to"]), (held["linked_to"], held["id"]),
    }  # fmt: skip
    confirmed = await house.post(f"/v1/holds/{held['id']}/confirm", token, {"person_id": who.people[0]})
    first = confirmed.json()
    second = (await house.get(f"/v1/appointments/{first['linked_to']}", token)).json()
    assert (first["motive_id"], second["motive_id"], second["linked_to"]) == ("motive-1", "motive-2", first["id"])
    assert second["start"] == house.start_in(days=10).isoformat().replace("+00:00", "Z")
    log = await house.events(f"agenda:{agenda}")
    assert log == ["SlotHeld", "SlotHeld", "AppointmentConfirmed", "AppointmentConfirmed"]


async def test_what_is_no_pair_is_refused_and_nothing_is_held(house: House) -> None:
    token, agenda = house.token(await house.somebody()), new_id()
    alone = await house.hold(token, agenda, second=TOGETHER)
    assert (alone.status_code, slug_of(alone)) == (422, "second-visit-missing")
    near = await hold_two(house, token, agenda, house.start_in(days=3), house.start_in(days=9))
    assert (near.status_code, slug_of(near)) == (422, "second-visit-unfit")
    await house.hold(house.token(await house.somebody()), agenda, house.start_in(days=10))
    taken = await hold_two(house, token, agenda, house.start_in(days=3), house.start_in(days=10))
    assert (taken.status_code, slug_of(taken)) == (409, "slot-held")
    assert (await house.get("/v1/holds", token)).json()["items"] == []


async def test_letting_one_go_frees_both_times(house: House) -> None:
    token, agenda = house.token(await house.somebody()), new_id()
    first, then = house.start_in(days=3), house.start_in(days=10)
    held = (await hold_two(house, token, agenda, first, then)).json()
    assert (await house.request("DELETE", f"/v1/holds/{held['linked_to']}", token)).status_code == 204
    others = [house.token(await house.somebody()) for _ in range(2)]
    assert (await house.hold(others[0], agenda, first)).status_code == 201
    assert (await house.hold(others[1], agenda, then)).status_code == 201


@pytest.mark.parametrize(("together", "left"), [(True, "cancelled"), (False, "confirmed")])
async def test_linked_visits_are_cancelled_together_or_apart(house: House, together: bool, left: str) -> None:
    who = await house.somebody()
    first, second = await two_visits(house, who, together=together)
    cancelled = await house.post(f"/v1/appointments/{first['id']}/cancel", house.token(who))
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await house.get(f"/v1/appointments/{second['id']}", house.token(who))).json()["state"] == left


async def test_an_auditor_sees_each_with_the_hold_that_it_came_from(house: House) -> None:
    for made in await two_visits(house, await house.somebody()):
        query = f"/v1/audit/state?appointment={made['id']}"
        state = (await house.get(query, house.auditor())).json()
        assert state["hold"]["appointment_id"] == state["appointment"]["appointment_id"] == made["id"]
        assert state["appointment"]["visit"]["motive_id"] == made["motive_id"]


async def test_moving_one_keeps_the_days_between(house: House) -> None:
    who = await house.somebody()
    _, second = await two_visits(house, who)
    answers = []
    for days in (18, 17):
        to = house.start_in(days=days)
        sheet = house.offer(second["agenda_id"], [to], motive_id="motive-2")
        body = {"offer": sheet, "start": to.isoformat()}
        answers.append(await house.post(f"/v1/appointments/{second['id']}/move", house.token(who), body))
    assert slug_of(answers[0]) == "second-visit-unfit"
    assert (answers[1].status_code, answers[1].json()["linked_to"]) == (200, second["linked_to"])


async def test_of_many_whose_pairs_meet_at_either_visit_each_holds_both_or_neither(two: House) -> None:
    """Twelve pairs share their first and their second time with others: at most two fit, and none is held by half."""
    agenda, first, then = new_id(), two.start_in(days=3), two.start_in(days=10)
    later = timedelta(minutes=15)
    shapes = [(first, then), (first, then + later), (first + later, then), (first + later, then + later)] * 3
    tokens = [two.token(await two.somebody()) for _ in shapes]
    answers = await asyncio.gather(
        *(hold_two(two, who, agenda, *at, app=n % 2) for n, (who, at) in enumerate(zip(tokens, shapes, strict=True)))
    )
    won = [n for n, answer in enumerate(answers) if answer.status_code == 201]
    assert {slug_of(answer) for answer in answers if answer.status_code != 201} == {"slot-held"}
    assert 1 <= len(won) <= 2
    for n, who in enumerate(tokens):
        kept = {each["start"] for each in (await two.get("/v1/holds", who)).json()["items"]}
        assert kept == ({at.isoformat().replace("+00:00", "Z") for at in shapes[n]} if n in won else set())
    assert await two.events(f"agenda:{agenda}") == ["SlotHeld"] * 2 * len(won)


async def test_a_pair_and_a_single_hold_of_its_second_time_at_once_are_not_both_there(two: House) -> None:
    for hour in range(8, 13):
        agenda, first, then = new_id(), two.start_in(days=3, hour=hour), two.start_in(days=10, hour=hour)
        pair, single = [two.token(await two.somebody()) for _ in range(2)]
        answers = await asyncio.gather(
            hold_two(two, pair, agenda, first, then), two.hold(single, agenda, then, app=1, motive_id="motive-2")
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert await two.events(f"agenda:{agenda}") in (["SlotHeld"], ["SlotHeld", "SlotHeld"])
