"""The waiting list end to end: what was freed reaches the first five, one moves, and the log shows it fair."""

import asyncio
import contextlib
import io
import json
from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import httpx
import pytest
from booking.bootstrap import BLUEPRINT
from booking.entrypoints import offerer

from ..house import ALWAYS, House, Somebody, new_id, position_of, slug_of, until


async def wait(house: House, who: Somebody, id_: str, **more: Any) -> httpx.Response:
    return await house.post(f"/v1/appointments/{id_}/waiting-list", house.token(who), **more)


async def waiting(house: House, agenda: str, count: int) -> list[tuple[Somebody, str]]:
    """People who wait, in order, with appointments a day apart from the twelfth day on."""
    found = []
    for n in range(count):
        who = await house.somebody()
        made = await house.appointment(who, agenda_id=agenda, start=house.start_in(days=12 + n))
        assert (await wait(house, who, made["id"])).json() == {"appointment_id": made["id"], "waiting": True}
        found.append((who, str(made["id"])))
    return found


async def free(house: House, agenda: str, start: datetime | None = None) -> int:
    """Somebody books, the second day unless told otherwise, and cancels; the position."""
    who = await house.somebody()
    made = await house.appointment(who, agenda_id=agenda, start=start or house.start_in(days=2))
    gone = await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    return position_of(gone)


async def offers(house: House, who: Somebody, id_: str) -> list[dict[str, Any]]:
    answer = await house.get(f"/v1/appointments/{id_}/earlier-slots", house.token(who))
    return list(answer.json()["items"])


async def offered(house: House, position: int) -> None:
    """All that was freed up to the position has been offered, by two at once."""

    async def projected() -> bool:
        return await house.task("projector").position() >= position

    await until(projected)
    await asyncio.gather(*(house.task("offerer", service).offer() for service in house.services))


async def test_the_first_five_are_offered_what_was_freed_and_one_of_them_gets_it(house: House) -> None:
    await house.start("projector")
    agenda = await house.agenda()
    line = await waiting(house, agenda, 7)
    await offered(house, await free(house, agenda))
    found = [await offers(house, who, id_) for who, id_ in line]
    assert [len(each) for each in found] == [1, 1, 1, 1, 1, 0, 0]
    assert {each[0]["start"] for each in found[:5]} == {house.start_in(days=2).isoformat().replace("+00:00", "Z")}
    answers = await asyncio.gather(
        *(
            house.post(f"/v1/earlier-slots/{each[0]['id']}/accept", house.token(who), app=n % 2)
            for n, ((who, _), each) in enumerate(zip(line[:5], found[:5], strict=True))
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 4}
    assert {slug_of(answer) for answer in answers if answer.status_code == 409} == {"slot-taken"}
    first = next(answer for answer in answers if answer.status_code == 200)
    assert first.json()["start"] == found[0][0]["start"]
    assert [step["event"] for step in first.json()["history"]] == ["confirmed", "moved"]
    # What was taken is offered no more. What the mover left is, once, to those who wait for something later.
    await offered(house, position_of(first))
    winner = [id_ for _, id_ in line].index(first.json()["id"])
    later = [len(await offers(house, who, id_)) for who, id_ in line[winner + 1 :]]
    assert later[:5] == [1] * len(later[:5])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert await asyncio.to_thread(BLUEPRINT.commands["audit"], ["fairness", "--json"]) == 0
    report = json.loads(printed.getvalue())
    assert report["unfair"] == 0
    mine = [item for item in report["items"] if set(item["offered"]) & {id_ for _, id_ in line}]
    assert mine[0]["offered"] == [id_ for _, id_ in line[:5]]
    assert mine[0]["taken_by"] == first.json()["id"]


async def test_a_freed_time_is_offered_once_and_an_offer_runs_out(house: House) -> None:
    agenda = await house.agenda()
    ((who, id_),) = await waiting(house, agenda, 1)
    position = await free(house, agenda)
    await offered(house, position)
    await offered(house, position)
    assert (await house.events(f"appointment:{id_}")).count("EarlierSlotOffered") == 1
    ((offer),) = await offers(house, who, id_)
    house.advance(hours=2)
    assert await offers(house, who, id_) == []
    late = await house.post(f"/v1/earlier-slots/{offer['id']}/accept", house.token(who))
    assert (late.status_code, slug_of(late)) == (410, "earlier-slot-expired")
    assert (await house.get(f"/v1/appointments/{id_}", house.token(who))).json()["version"] == 1


async def test_who_waited_for_a_visit_that_is_over_by_then_takes_nobodys_place_in_line(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there have been: as many are looked at as are looked at for one time."""
    monkeypatch.setattr(offerer, "WAITING_MAX", 2)
    agenda = await house.agenda()
    line = await waiting(house, agenda, 4)
    await offered(house, await free(house, agenda, house.start_in(days=13, hour=12)))
    assert [len(await offers(house, who, id_)) for who, id_ in line] == [0, 0, 1, 1]


async def test_a_freed_time_at_which_the_agenda_is_not_open_is_offered_to_nobody(house: House) -> None:
    """Staff had squeezed it in, or the hours were others when it was booked."""
    agenda = await house.agenda()
    line, freed = await waiting(house, agenda, 1), house.start_in(days=2)
    evenings = replace(ALWAYS, start=time(18), end=time(20))
    await house.agenda(agenda, version=2, openings=(evenings,))
    await offered(house, await free(house, agenda, freed))
    assert await offers(house, *line[0]) == []
    await offered(house, await free(house, agenda, freed.replace(hour=17, minute=30)))
    assert len(await offers(house, *line[0])) == 1


async def test_an_offered_time_is_listed_while_it_is_free(house: House) -> None:
    agenda = await house.agenda()
    ((who, id_),) = await waiting(house, agenda, 1)
    await offered(house, await free(house, agenda))
    other = house.token(await house.somebody())
    held = (await house.hold(other, agenda, house.start_in(days=2))).json()
    assert await offers(house, who, id_) == []
    await house.request("DELETE", f"/v1/holds/{held['id']}", other)
    assert len(await offers(house, who, id_)) == 1
    await house.appointment(await house.somebody(), agenda_id=agenda, start=house.start_in(days=2))
    assert await offers(house, who, id_) == []


async def test_the_list_is_for_visits_five_days_off_and_is_left_again(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who, start=house.start_in(days=4))
    near = await wait(house, who, made["id"])
    assert (near.status_code, slug_of(near), near.json()["days"]) == (422, "too-near-to-wait", 5)
    agenda = await house.agenda()
    ((other, id_),) = await waiting(house, agenda, 1)
    seen = await house.get(f"/v1/appointments/{id_}/earlier-slots", house.token(other))
    assert seen.json() == {"waiting": True, "items": [], "next": None}
    left = await house.request("DELETE", f"/v1/appointments/{id_}/waiting-list", house.token(other))
    assert left.json() == {"appointment_id": id_, "waiting": False}
    seen = await house.get(f"/v1/appointments/{id_}/earlier-slots", house.token(other))
    assert seen.json() == {"waiting": False, "items": [], "next": None}
    await offered(house, await free(house, agenda))
    assert await offers(house, other, id_) == []


async def test_somebody_elses_waiting_is_not_there(house: House) -> None:
    agenda = await house.agenda()
    ((who, id_),) = await waiting(house, agenda, 1)
    await offered(house, await free(house, agenda))
    ((offer),) = await offers(house, who, id_)
    stranger = house.token(await house.somebody())
    absent = await house.post(f"/v1/earlier-slots/{new_id()}/accept", stranger)
    foreign = await house.post(f"/v1/earlier-slots/{offer['id']}/accept", stranger)
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    assert (await house.post(f"/v1/appointments/{id_}/waiting-list", stranger)).status_code == 404
    assert (await house.get(f"/v1/appointments/{id_}/earlier-slots", stranger)).status_code == 404
    assert (await house.post(f"/v1/appointments/{id_}/waiting-list", house.secretary())).status_code == 403


async def test_new_opening_hours_are_offered_to_nobody(house: House) -> None:
    agenda = await house.agenda()
    ((who, id_),) = await waiting(house, agenda, 1)
    await house.touch(agenda, 2, house.start_in(days=1), house.start_in(days=1) + timedelta(hours=4))
    await offered(house, await house.parts.ledger.head())
    assert await offers(house, who, id_) == []


async def test_of_five_who_accept_at_once_through_two_processes_one_moves(two: House) -> None:
    agenda = new_id()
    line = await waiting(two, agenda, 5)
    await free(two, agenda)

    async def all_offered() -> list[list[dict[str, Any]]] | None:
        found = [await offers(two, who, id_) for who, id_ in line]
        return found if all(found) else None

    found = await until(all_offered)
    answers = await asyncio.gather(
        *(
            two.post(f"/v1/earlier-slots/{each[0]['id']}/accept", two.token(who), app=n % 2)
            for n, ((who, _), each) in enumerate(zip(line, found, strict=True))
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 4}
    assert {slug_of(answer) for answer in answers if answer.status_code == 409} == {"slot-taken"}
