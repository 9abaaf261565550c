"""The rooms of a place: declared by its staff, named by motives, and shared by the agendas of its practitioners."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from booking_events.availability import AgendaChanged, AgendaOpened
from booking_events.booking import AppointmentCancelled, AppointmentConfirmed, HoldReleased, SlotHeld

from ..house import House, motive, opening
from .test_due_times import firsts, pass_time
from .test_http_held_slots import DAY, starts, visit

NINE, FIRST = "2027-03-17T09:00+01:00", "2027-03-11T09:00+01:00"


async def room(house: House, name: str = "Salle imaginaire", place: str | None = None, **headers: str) -> Any:
    path = f"/v1/places/{place or house.place_id}/rooms"
    return await house.client.post(path, json={"name": name}, headers=headers or house.staff)


async def rooms(house: House, count: int = 1) -> list[str]:
    if not house.position:
        await house.register()
    answers = [await room(house, f"Salle {n}") for n in range(count)]
    assert [answer.status_code for answer in answers] == [201] * count
    return [answer.json()["id"] for answer in answers]


async def agendas(house: House, count: int, *names: str, **more: Any) -> list[str]:
    """As many agendas of the place; their check-up needs one of the rooms `names`."""
    return [(await house.open(motives=[motive("check-up", rooms=names, **more)]))["id"] for _ in range(count)]


def appointment(house: House, agenda: str, start: str, room_id: str | None, **more: Any) -> AppointmentConfirmed:
    facts = visit(house, agenda, start, **more)
    return AppointmentConfirmed(
        **facts, room_id=room_id, appointment_id=str(uuid.uuid4()), hold_id=None, person_id="p", account_id="a",
        confirmed_at=house.clock.now(),
    )  # fmt: skip


async def test_staff_of_a_place_declare_its_rooms_and_list_them_by_name(house: House) -> None:
    await house.register()
    second, first = (await room(house, "Salle B")).json(), (await room(house, "Salle A")).json()
    listed = await house.client.get(f"/v1/places/{house.place_id}/rooms", headers=house.staff)
    assert listed.json() == {"items": [first, second], "next": None}
    assert first == {"id": first["id"], "place_id": house.place_id, "name": "Salle A", "withdrawn": False}
    secretary = house.token("sec", roles=["secretary"], practices=[house.place_id])
    assert (await room(house, **secretary)).status_code == 201


async def test_a_request_that_is_repeated_declares_one_room(house: House) -> None:
    await house.register()
    headers = {**house.staff, "Idempotency-Key": str(uuid.uuid4())}
    first, again = await room(house, **headers), await room(house, **headers)
    assert (first.json(), again.headers["Idempotency-Replayed"]) == (again.json(), "true")
    assert len((await house.client.get(f"/v1/places/{house.place_id}/rooms", headers=house.staff)).json()["items"]) == 1


async def test_the_rooms_of_others_are_not_there(house: House) -> None:
    (mine,) = await rooms(house)
    refused = []
    stranger = house.token("doctor", roles=["practitioner"], practitioner_id=str(uuid.uuid4()))
    elsewhere = house.token("sec", roles=["secretary"], practices=[str(uuid.uuid4())])
    for headers in (stranger, elsewhere):
        assert (await room(house, **headers)).status_code == 404
        listed = await house.client.get(f"/v1/places/{house.place_id}/rooms", headers=headers)
        assert listed.status_code == 404
        for one in (mine, str(uuid.uuid4())):
            path = f"/v1/places/{house.place_id}/rooms/{one}"
            refused.append(await house.client.patch(path, json={"withdrawn": True}, headers=headers))
    path = f"/v1/places/{house.place_id}/rooms/{uuid.uuid4()}"
    refused.append(await house.client.patch(path, json={"name": "X"}, headers=house.staff))
    assert {(one.status_code, one.content) for one in refused} == {(404, refused[0].content)}
    assert (await room(house, place=str(uuid.uuid4()))).status_code == 404
    assert (await room(house, **house.token("ann", roles=["patient"]))).status_code == 403
    assert (await room(house, name="")).status_code == 422


async def test_a_motive_names_rooms_of_its_own_place_only(house: House) -> None:
    (known,) = await rooms(house)
    for wrong in (str(uuid.uuid4()), "salle-1"):
        body = house.body(motives=[motive("talk"), motive("check-up", rooms=[known, wrong])], opening_ranges=[])
        refused = await house.client.post("/v1/agendas", json=body, headers=house.staff)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/motives/1/rooms")
    by_video = house.body(place_id=None, zone="Europe/Paris", motives=[motive("x", rooms=[known])], opening_ranges=[])
    assert (await house.client.post("/v1/agendas", json=by_video, headers=house.staff)).status_code == 422


async def test_a_change_of_rooms_is_checked_said_and_makes_older_offers_stale(house: House) -> None:
    (known,) = await rooms(house)
    agenda = await house.open(motives=[motive("check-up")])
    path, headers = f"/v1/agendas/{agenda['id']}", {**house.staff, "If-Match": f'"{agenda["version"]}"'}
    wrong = {"motives": [motive("check-up", rooms=["nowhere"])]}
    assert (await house.client.patch(path, json=wrong, headers=headers)).status_code == 422
    changed = await house.client.patch(path, json={"motives": [motive("check-up", rooms=[known])]}, headers=headers)
    assert changed.json()["motives"][0]["rooms"] == [known]
    opened, said = (one for one in await house.said(agenda["id"]) if isinstance(one, AgendaOpened | AgendaChanged))
    assert ([one.rooms for one in opened.motives], [one.rooms for one in said.motives]) == ([()], [(known,)])
    assert (said.version, said.affected_from, said.affected_until) == (2, None, None)


async def test_a_time_is_offered_while_one_of_the_rooms_is_free_whichever_agenda_took_the_others(house: House) -> None:
    one, two = await rooms(house, 2)
    mine, other = await agendas(house, 2, one, two)
    first, second = appointment(house, other, NINE, one), appointment(house, other, NINE, two)
    await house.hear(first)
    assert "09:00" in starts(await house.slots(mine, DAY))
    await house.hear(second)
    assert starts(await house.slots(mine, DAY)) == ["09:30", "10:00", "10:30"]
    await house.hear(cancelled(house, second))
    assert "09:00" in starts(await house.slots(mine, DAY))


def cancelled(house: House, event: AppointmentConfirmed) -> AppointmentCancelled:
    facts = event.model_dump(exclude={"hold_id", "confirmed_at", "imported"})
    return AppointmentCancelled(**{**facts, "version": 2}, by="patient", cancelled_at=house.clock.now())


async def test_what_a_colleague_holds_in_a_room_is_gone_for_others_and_not_for_who_holds_it(house: House) -> None:
    (one,) = await rooms(house)
    mine, other = await agendas(house, 2, one)
    expires = house.clock.now() + timedelta(minutes=10)
    held = SlotHeld(**visit(house, other, NINE), room_id=one, hold_id=other, held_by="ann", expires_at=expires)
    await house.hear(held)
    assert "09:00" not in starts(await house.slots(mine, DAY))
    assert "09:00" in starts(await house.slots(mine, DAY, headers=house.token("ann")))
    house.clock.move_on(minutes=10)
    assert "09:00" in starts(await house.slots(mine, DAY))


async def test_a_visit_in_a_room_takes_it_with_its_buffers(house: House) -> None:
    (one,) = await rooms(house)
    mine, other = await agendas(house, 2, one)
    await house.hear(appointment(house, other, "2027-03-17T09:40+01:00", one, minutes=10, buffer_before_minutes=15))
    assert starts(await house.slots(mine, DAY)) == ["10:00", "10:30"]


async def test_a_visit_by_video_needs_no_room(house: House) -> None:
    (one,) = await rooms(house)
    both = ["in_person", "video"]
    ranges = [opening("09:00", "11:00", modes=both)]
    ids = [
        (await house.open(motives=[motive("check-up", rooms=[one], modes=both)], opening_ranges=ranges))["id"]
        for _ in range(2)
    ]
    await house.hear(appointment(house, ids[1], NINE, one))
    at_nine = [slot["mode"] for slot in (await house.slots(ids[0], DAY))["slots"] if "T09:00" in slot["start"]]
    assert at_nine == ["video"]


async def test_staff_are_told_that_the_rooms_are_taken_and_by_what_then_and_now(house: House) -> None:
    (one,) = await rooms(house)
    mine, other = await agendas(house, 2, one)
    taken = appointment(house, other, NINE, one)
    await house.hear(taken)
    position, then = house.position, house.clock.now()
    query = {"agenda": mine, "start": NINE, "motive": "check-up"}
    house.clock.move_on(hours=1)
    await house.hear(cancelled(house, taken))
    now = await house.client.get("/v1/why-not", params=query, headers=house.staff)
    assert now.json() == {"offered": True, "reasons": []}
    was = await house.client.get("/v1/why-not", params={**query, "as_of": then.isoformat()}, headers=house.staff)
    detail = "Toutes les salles possibles sont prises."
    assert was.json()["reasons"] == [{"rule": "no-room-free", "detail": detail, "source_position": position}]


async def test_the_first_free_slot_moves_with_what_colleagues_take_and_free_in_the_room(house: House) -> None:
    (one,) = await rooms(house)
    mine, other = await agendas(house, 2, one)
    taken = appointment(house, other, FIRST, one)
    await house.hear(taken)
    assert await firsts(house, mine) == ["03-11 08:00", "03-11 08:30"]
    await house.hear(cancelled(house, taken))
    assert await firsts(house, mine) == ["03-11 08:00", "03-11 08:30", "03-11 08:00"]
    unshared = (await house.open(motives=[motive("check-up")]))["id"]
    await house.hear(appointment(house, other, FIRST, one))
    assert await firsts(house, unshared) == ["03-11 08:00"]


async def test_a_colleague_s_hold_that_expires_unseen_gives_the_first_slot_back(house: House) -> None:
    (one,) = await rooms(house)
    mine, other = await agendas(house, 2, one)
    expires = house.clock.now() + timedelta(minutes=10)
    held = SlotHeld(**visit(house, other, FIRST), room_id=one, hold_id=other, held_by="ann", expires_at=expires)
    await house.hear(held)
    await pass_time(house, minutes=10, seconds=1)
    assert await firsts(house, mine) == ["03-11 08:00", "03-11 08:30", "03-11 08:00"]
    stretch = {name: getattr(held, name) for name in ("agenda_id", "start", "end", "hold_id")}
    await house.hear(HoldReleased(**stretch, reason="released"))
    assert len(await firsts(house, mine)) == 3


async def test_a_preview_leaves_out_the_times_at_which_the_rooms_are_taken(house: House) -> None:
    (one,) = await rooms(house)
    mine, other = await agendas(house, 2, one)
    await house.hear(appointment(house, other, FIRST, one))
    agenda = (await house.client.get(f"/v1/agendas/{mine}", headers=house.staff)).json()
    headers = {**house.staff, "If-Match": f'"{agenda["version"]}"'}
    body = {"motives": [motive("check-up", rooms=[one], duration_minutes=60)]}
    shown = await house.client.patch(f"/v1/agendas/{mine}?preview=true", json=body, headers=headers)
    first = datetime.fromisoformat(shown.json()["slots"][0]["start"])
    assert first == datetime.fromisoformat("2027-03-11T10:00+01:00")
