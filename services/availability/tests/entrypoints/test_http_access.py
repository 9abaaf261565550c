"""Who may do what: what is not yours is not there, and a wrong token opens nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ..house import House


async def test_what_is_not_yours_is_not_there(house: House) -> None:
    agenda = await house.open()
    stranger = house.token("other", roles=["practitioner"], practitioner_id="another")
    secretary = house.token("sec", roles=["secretary"], practices=["another-place"])
    place = f"/v1/agendas/{agenda['id']}"
    absence = {"start": "2027-03-20T08:00:00Z", "end": "2027-03-20T09:00:00Z"}
    unknown = await house.client.get("/v1/agendas/unheard-of", headers=stranger)
    for caller in (stranger, secretary):
        answers = [
            await house.client.get(place, headers=caller),
            await house.client.patch(place, json={"motives": []}, headers={**caller, "If-Match": "*"}),
            await house.client.patch(place, json={"motives": []}, headers=caller, params={"preview": "true"}),
            await house.client.post(f"{place}/absences", json=absence, headers=caller),
            await house.client.delete(f"{place}/absences/any", headers=caller),
            await house.client.post("/v1/agendas", json=house.body(), headers=caller),
        ]
        assert [(answer.status_code, answer.content) for answer in answers] == [(404, unknown.content)] * 6


async def test_a_secretary_runs_the_agendas_of_her_practice(house: House) -> None:
    agenda = await house.open()
    secretary = house.token("sec", roles=["secretary"], practices=[house.place_id])
    assert (await house.client.get(f"/v1/agendas/{agenda['id']}", headers=secretary)).status_code == 200
    by_video = await house.open(place_id=None, zone="Europe/Paris")
    assert (await house.client.get(f"/v1/agendas/{by_video['id']}", headers=secretary)).status_code == 404


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"roles": ["patient"]}, 403),
        ({"roles": ["auditor"]}, 403),
        ({"kind": "visitor"}, 403),
        ({"roles": ["practitioner"], "iss": "https://elsewhere.example"}, 401),
        ({"roles": ["practitioner"], "aud": "other"}, 401),
        ({"roles": ["practitioner"], "exp": 1}, 401),
        (None, 401),
    ],
)
async def test_who_is_no_staff_and_whose_token_is_wrong_is_refused(
    house: House, claims: dict[str, Any] | None, status: int
) -> None:
    agenda = await house.open()
    own = {} if claims is None else house.token(**{"practitioner_id": house.practitioner_id, **claims})
    for answer in (
        await house.client.get(f"/v1/agendas/{agenda['id']}", headers=own),
        await house.client.post("/v1/agendas", json=house.body(), headers=own),
        await house.client.patch(f"/v1/agendas/{agenda['id']}", json={"motives": []}, headers=own),
    ):
        assert answer.status_code == status
        assert ("www-authenticate" in answer.headers) == (status == 401)
