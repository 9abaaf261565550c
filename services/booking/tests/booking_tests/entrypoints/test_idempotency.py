"""The same Idempotency-Key: one effect, one answer, byte for byte; through two processes of the service as well."""

import asyncio

import httpx
from booking.application.react import MayBookFor

from ..house import House, new_id, slug_of


def same(first: httpx.Response, second: httpx.Response) -> bool:
    """Byte for byte, and the headers that are the operation's own."""
    names = ("content-type", "location", "position")
    return (first.status_code, first.content, [first.headers.get(name) for name in names]) == (
        second.status_code,
        second.content,
        [second.headers.get(name) for name in names],
    )


async def test_the_same_key_twice_at_once_has_one_effect_and_one_answer(two: House) -> None:
    who = await two.somebody()
    token, start, agenda = two.token(who), two.start_in(), new_id()
    body = {"offer": two.offer(agenda, [start]), "start": start.isoformat()}
    tries = [two.post("/v1/holds", token, body, app=n % 2, Idempotency_Key="k-1") for n in range(10)]
    answers = await asyncio.gather(*tries)
    assert {answer.status_code for answer in answers} == {201}
    assert all(same(answers[0], answer) for answer in answers)
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await two.events(f"agenda:{agenda}") == ["SlotHeld"]


async def test_confirming_twice_at_once_with_one_key_makes_one_appointment(two: House) -> None:
    who = await two.somebody()
    held = (await two.hold(two.token(who))).json()
    path, body = f"/v1/holds/{held['id']}/confirm", {"person_id": who.people[0], "answers": {"q": "inventé"}}
    tries = [two.post(path, two.token(who), body, app=n % 2, Idempotency_Key="k") for n in range(8)]
    answers = await asyncio.gather(*tries)
    assert {answer.status_code for answer in answers} == {201}
    assert all(same(answers[0], answer) for answer in answers)
    assert await two.events(f"hold:{held['id']}") == ["SlotHeld", "AppointmentConfirmed"]
    late = await two.post(path, two.token(who), body, Idempotency_Key="k")
    assert same(late, answers[0])
    assert late.headers["Idempotency-Replayed"] == "true"


async def test_the_same_key_with_another_body_is_refused(house: House) -> None:
    who = await house.somebody(people=2)
    held = (await house.hold(house.token(who))).json()
    path = f"/v1/holds/{held['id']}/confirm"
    for person, status in ((who.people[0], 201), (who.people[1], 422), (who.people[0], 201)):
        answer = await house.post(path, house.token(who), {"person_id": person}, Idempotency_Key="k")
        assert answer.status_code == status
        if status == 422:
            assert slug_of(answer) == "idempotency-key-reused"


async def test_a_refusal_of_the_matter_is_kept_for_its_key_and_one_of_the_moment_is_not(house: House) -> None:
    who, agenda, start = await house.somebody(), new_id(), house.start_in()
    rival = house.token(await house.somebody())
    held = (await house.hold(rival, agenda, start)).json()
    body = {"offer": house.offer(agenda, [start]), "start": start.isoformat()}
    first = await house.post("/v1/holds", house.token(who), body, Idempotency_Key="k")
    assert (first.status_code, slug_of(first)) == (409, "slot-held")
    await house.request("DELETE", f"/v1/holds/{held['id']}", rival)
    again = await house.post("/v1/holds", house.token(who), body, Idempotency_Key="k")
    assert same(first, again)
    assert (await house.post("/v1/holds", house.token(who), body, Idempotency_Key="k-2")).status_code == 201
    person = new_id()
    path = f"/v1/holds/{(await house.get('/v1/holds', house.token(who))).json()['items'][0]['id']}/confirm"
    unknown = await house.post(path, house.token(who), {"person_id": person}, Idempotency_Key="p")
    assert (unknown.status_code, slug_of(unknown)) == (422, "person-unknown")
    await house.tell(MayBookFor(who.account_id, person))
    assert (await house.post(path, house.token(who), {"person_id": person}, Idempotency_Key="p")).status_code == 201


async def test_keys_are_each_callers_own(house: House) -> None:
    agenda, start = new_id(), house.start_in()
    body = {"offer": house.offer(agenda, [start]), "start": start.isoformat()}
    first = await house.post("/v1/holds", house.token(await house.somebody()), body, Idempotency_Key="k")
    second = await house.post("/v1/holds", house.token(await house.somebody()), body, Idempotency_Key="k")
    assert (first.status_code, second.status_code) == (201, 409)


async def test_a_key_outlives_what_it_did(house: House) -> None:
    who, start = await house.somebody(), house.start_in()
    body = {"offer": house.offer(new_id(), [start]), "start": start.isoformat()}
    first = await house.post("/v1/holds", house.token(who), body, Idempotency_Key="k")
    await house.request("DELETE", first.headers["Location"], house.token(who))
    house.advance(minutes=30)
    assert same(first, await house.post("/v1/holds", house.token(who), body, Idempotency_Key="k"))
