"""A room is renamed, withdrawn and taken back by the staff of its place; what is booked in it stays."""

from __future__ import annotations

import asyncio
from typing import Any

from ..house import House, motive
from .test_http_held_slots import DAY, starts
from .test_rooms import NINE, agendas, appointment, rooms


async def patch(house: House, room_id: str, place: str | None = None, **facts: Any) -> Any:
    path = f"/v1/places/{place or house.place_id}/rooms/{room_id}"
    return await house.client.patch(path, json=facts, headers={**house.staff, "Accept-Language": "en"})


async def listed(house: House, **query: Any) -> list[tuple[str, str, bool]]:
    found = await house.client.get(f"/v1/places/{house.place_id}/rooms", params=query, headers=house.staff)
    return [(one["id"], one["name"], one["withdrawn"]) for one in found.json()["items"]]


async def unname(house: House, agenda: str, *names: str) -> Any:
    headers, body = {**house.staff, "If-Match": "*"}, {"motives": [motive("check-up", rooms=names)]}
    return await house.client.patch(f"/v1/agendas/{agenda}", json=body, headers=headers)


async def test_a_renamed_room_keeps_its_id_and_no_offer_becomes_stale(house: House) -> None:
    (one,) = await rooms(house)
    (agenda,) = await agendas(house, 1, one)
    renamed = await patch(house, one, name="Échographie")
    assert renamed.json() == {"id": one, "place_id": house.place_id, "name": "Échographie", "withdrawn": False}
    assert await listed(house) == [(one, "Échographie", False)]
    assert (await patch(house, one)).json() == renamed.json()
    kept = (await house.client.get(f"/v1/agendas/{agenda}", headers=house.staff)).json()
    assert (kept["version"], kept["motives"][0]["rooms"]) == (1, [one])


async def test_a_room_is_not_renamed_to_nothing(house: House) -> None:
    (one,) = await rooms(house)
    for wrong in ({"name": ""}, {"name": None}, {"name": "x" * 201}, {"withdrawn": "perhaps"}, {"nom": "Salle"}):
        assert (await patch(house, one, **wrong)).status_code == 422
    assert await listed(house) == [(one, "Salle 0", False)]


async def test_a_room_that_a_motive_names_is_not_withdrawn_and_the_motives_are_named(house: House) -> None:
    one, two = await rooms(house, 2)
    first, second = sorted(await agendas(house, 2, one, two))
    refused = await patch(house, one, name="Autre", withdrawn=True)
    named = sorted(refused.json()["motives"], key=lambda found: str(found["agenda_id"]))
    expected = {"id": "check-up", "name": "Motif imaginaire check-up"}
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "room-in-use")
    assert named == [{"agenda_id": first, **expected}, {"agenda_id": second, **expected}]
    assert refused.json()["detail"] == "Motives still name this room. Take it off them first."
    assert await listed(house) == [(one, "Salle 0", False), (two, "Salle 1", False)]


async def test_a_withdrawn_room_is_named_by_no_motive_and_its_name_is_still_to_be_had(house: House) -> None:
    one, two = await rooms(house, 2)
    (agenda,) = await agendas(house, 1, one, two)
    assert (await unname(house, agenda, two)).status_code == 200
    assert (await patch(house, one, withdrawn=True)).json()["withdrawn"] is True
    assert await listed(house) == [(two, "Salle 1", False)]
    assert await listed(house, withdrawn=True) == [(one, "Salle 0", True), (two, "Salle 1", False)]
    refused = await unname(house, agenda, one, two)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/motives/0/rooms")
    assert (await patch(house, one, withdrawn=False)).json()["withdrawn"] is False
    assert (await unname(house, agenda, one, two)).status_code == 200


async def test_a_closed_agenda_holds_no_room_back(house: House) -> None:
    (one,) = await rooms(house)
    (agenda,) = await agendas(house, 1, one)
    headers = {**house.staff, "If-Match": "*"}
    assert (await house.client.patch(f"/v1/agendas/{agenda}", json={"closed": True}, headers=headers)).is_success
    assert (await patch(house, one, withdrawn=True)).status_code == 200


async def test_what_is_booked_in_a_withdrawn_room_stays_booked(house: House) -> None:
    (one,) = await rooms(house)
    (agenda,) = await agendas(house, 1, one)
    await house.hear(appointment(house, agenda, NINE, one))
    await unname(house, agenda)
    assert (await patch(house, one, withdrawn=True)).status_code == 200
    assert starts(await house.slots(agenda, DAY)) == ["09:30", "10:00", "10:30"]


async def test_a_room_withdrawn_and_named_at_the_same_time_is_one_of_the_two(house: House) -> None:
    ids = await rooms(house, 6)
    opened = await agendas(house, 6)
    for one, agenda in zip(ids, opened, strict=True):
        withdrawn, named = await asyncio.gather(patch(house, one, withdrawn=True), unname(house, agenda, one))
        assert (withdrawn.status_code, named.status_code) in ((200, 422), (409, 200))


async def test_a_room_is_changed_at_its_own_place_only(house: House) -> None:
    (one,) = await rooms(house)
    assert (await patch(house, one, place="elsewhere", name="X")).status_code == 404
    assert await listed(house) == [(one, "Salle 0", False)]
