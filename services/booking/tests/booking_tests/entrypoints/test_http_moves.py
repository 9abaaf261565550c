"""Moving over HTTP, and the visit that is too close: keep it, or replace it."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from ..house import House, Somebody, new_id, position_of, slug_of


async def move(
    house: House, token: str, made: dict[str, Any], start: datetime, *, body: dict[str, Any] | None = None, **offer: Any
) -> httpx.Response:
    sheet = house.offer(offer.pop("agenda_id", made["agenda_id"]), [start], **offer)
    wanted = {"offer": sheet, "start": start.isoformat(), **(body or {})}
    return await house.post(f"/v1/appointments/{made['id']}/move", token, wanted)


async def test_an_appointment_moves_keeps_its_id_and_frees_its_time(house: House) -> None:
    who, start, later = await house.somebody(), house.start_in(), house.start_in(days=4)
    made = await house.appointment(who, start=start)
    moved = await move(house, house.token(who), made, later)
    assert moved.status_code == 200, moved.text
    body = moved.json()
    assert (body["id"], body["version"], body["state"]) == (made["id"], 2, "confirmed")
    assert body["start"] == later.isoformat().replace("+00:00", "Z")
    assert [(step["event"], step["by"]) for step in body["history"]] == [("confirmed", "patient"), ("moved", "patient")]
    page = await house.get("/v1/appointments", house.token(who), Position_At_Least=f"booking={position_of(moved)}")
    assert [(each["start"], each["version"]) for each in page.json()["items"]] == [(body["start"], 2)]
    other = house.token(await house.somebody())
    assert (await house.hold(other, made["agenda_id"], start)).status_code == 201
    assert slug_of(await house.hold(other, made["agenda_id"], later)) == "slot-taken"


async def test_a_link_used_twice_moves_once_and_an_old_one_not_at_all(house: House) -> None:
    who, later = await house.somebody(), house.start_in(days=4)
    made = await house.appointment(who)
    for _ in range(2):
        assert (await move(house, house.token(who), made, later, body={"version": 1})).status_code == 200
    refused = await move(house, house.token(who), made, house.start_in(days=5), body={"version": 1})
    assert (refused.status_code, slug_of(refused), refused.json()["version"]) == (409, "appointment-changed", 2)
    assert await house.events(f"appointment:{made['id']}") == ["AppointmentConfirmed", "AppointmentMoved"]


async def test_a_refused_move_leaves_the_appointment_as_it_was(house: House) -> None:
    who, later = await house.somebody(), house.start_in(days=4)
    made = await house.appointment(who, move_until_minutes=60)
    await house.appointment(await house.somebody(), agenda_id=made["agenda_id"], start=later)
    token = house.token(who)
    for answer, slug in (
        (await move(house, token, made, later), "slot-taken"),
        (await move(house, token, made, house.start_in(days=5), agenda_id=new_id()), "another-visit"),
        (await move(house, token, made, house.start_in(days=5), motive_id="motive-2"), "another-visit"),
        (await move(house, token, made, house.start_in(days=5), notice_minutes=100_000), "notice-too-short"),
        (await move(house, token, made, house.start_in(days=99)), "beyond-horizon"),
        (await move(house, house.token(await house.somebody()), made, house.start_in(days=5)), "not-found"),
    ):
        assert slug_of(answer) == slug
    house.advance(days=4)
    assert slug_of(await move(house, house.token(who), made, house.start_in(days=5))) == "already-over"
    assert await house.events(f"appointment:{made['id']}") == ["AppointmentConfirmed"]


async def test_a_stale_offer_moves_nothing(house: House) -> None:
    who, later = await house.somebody(), house.start_in(days=4)
    made = await house.appointment(who)
    await house.touch(made["agenda_id"], 2, later - timedelta(hours=1), later + timedelta(hours=1))
    refused = await move(house, house.token(who), made, later)
    assert (refused.status_code, slug_of(refused)) == (409, "offer-stale")
    assert await house.events(f"appointment:{made['id']}") == ["AppointmentConfirmed"]


async def test_the_deadline_for_moving_binds_the_patient_and_not_the_practice(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who, start=house.start_in(days=1), move_until_minutes=48 * 60)
    late = await move(house, house.token(who), made, house.start_in(days=4))
    assert (late.status_code, slug_of(late)) == (409, "too-late")
    staff = house.token("s", roles=["secretary"], practices=["place-1"])
    done = await move(house, staff, made, house.start_in(days=4))
    assert (done.status_code, done.json()["history"][-1]["by"]) == (200, "practice")


async def test_what_is_cancelled_is_not_moved(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who)
    await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    refused = await move(house, house.token(who), made, house.start_in(days=4))
    assert (refused.status_code, slug_of(refused)) == (409, "appointment-cancelled")


async def _too_close(house: House, who: Somebody) -> tuple[dict[str, Any], str, httpx.Response]:
    first = await house.appointment(who)
    held = await house.hold(house.token(who), start=house.start_in(days=5), min_days_between=6)
    path = f"/v1/holds/{held.json()['id']}/confirm"
    return first, path, await house.post(path, house.token(who), {"person_id": who.people[0]})


async def test_a_visit_too_close_to_another_is_refused_with_two_ways_on(house: House) -> None:
    who = await house.somebody()
    first, path, refused = await _too_close(house, who)
    assert (refused.status_code, slug_of(refused)) == (422, "visit-too-close")
    keep, replace = refused.json()["ways_on"]
    assert keep == {"way": "keep", "appointment_ids": [first["id"]]}
    assert replace == {"way": "replace", "replaces": [first["id"]]}
    done = await house.post(path, house.token(who), {"person_id": who.people[0], "replaces": replace["replaces"]})
    assert done.status_code == 201, done.text
    seen = await house.get(f"/v1/appointments/{first['id']}", house.token(who))
    assert (seen.json()["state"], seen.json()["version"]) == ("cancelled", 2)
    assert await house.events(f"person:{who.people[0]}") == [
        "AppointmentConfirmed", "AppointmentCancelled", "AppointmentConfirmed",
    ]  # fmt: skip


async def test_one_keeps_the_first_by_letting_the_hold_go(house: House) -> None:
    who = await house.somebody()
    first, path, _ = await _too_close(house, who)
    assert (await house.request("DELETE", path.removesuffix("/confirm"), house.token(who))).status_code == 204
    assert (await house.get(f"/v1/appointments/{first['id']}", house.token(who))).json()["state"] == "confirmed"


async def test_what_is_too_late_to_cancel_leaves_one_way_on(house: House) -> None:
    who = await house.somebody()
    first = await house.appointment(who, cancel_until_minutes=7 * 24 * 60)
    held = await house.hold(house.token(who), start=house.start_in(days=5), min_days_between=6)
    path = f"/v1/holds/{held.json()['id']}/confirm"
    refused = await house.post(path, house.token(who), {"person_id": who.people[0]})
    assert [way["way"] for way in refused.json()["ways_on"]] == ["keep"]
    late = await house.post(path, house.token(who), {"person_id": who.people[0], "replaces": [first["id"]]})
    assert (late.status_code, slug_of(late)) == (409, "too-late")


async def test_a_strangers_appointment_is_not_replaced(house: House) -> None:
    who, other = await house.somebody(), await house.somebody()
    theirs = await house.appointment(other)
    held = await house.hold(house.token(who))
    body = {"person_id": who.people[0], "replaces": [theirs["id"]]}
    refused = await house.post(f"/v1/holds/{held.json()['id']}/confirm", house.token(who), body)
    assert (refused.status_code, slug_of(refused)) == (404, "not-found")
    assert (await house.get(f"/v1/appointments/{theirs['id']}", house.token(other))).json()["state"] == "confirmed"
