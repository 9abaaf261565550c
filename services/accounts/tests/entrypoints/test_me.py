"""One's own account, one's people, and what other services may ask about them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from booking_events.accounts import RelativeAdded

CHILD = {"relation": "child", "first_name": "Lou", "last_name": "Durand", "birth_date": "2019-02-03", "sex": "F"}


@pytest.fixture
async def own(house: Any) -> Any:
    """Somebody who is logged in."""
    who = house.somebody()
    done = await house.register(who)
    session = await house.log_in(who)
    return {"who": who, "token": session["access_token"], **done}


async def test_oneself_comes_first_then_relatives(house: Any, own: Any) -> None:
    added = await house.post("/v1/me/people", CHILD, own["token"])
    assert added.status_code == 201
    assert added.json()["sex"] == "female"
    listed = (await house.get("/v1/me/people", own["token"])).json()
    assert [person["relation"] for person in listed["items"]] == ["self", "child"]
    assert listed["items"][0]["id"] == own["person_id"]
    assert listed["items"][1] == added.json()
    assert (await house.get(added.headers["Location"], own["token"])).json() == added.json()


async def test_a_relative_added_is_said_with_ids_only_at_the_position_answered(house: Any, own: Any) -> None:
    added = await house.post("/v1/me/people", CHILD, own["token"])
    position = int(added.headers["Position"].removeprefix("accounts="))
    data = {"person_id": added.json()["id"], "account_id": own["account_id"]}
    assert await house.said(position - 1, position) == [(RelativeAdded.ce_type, data)]
    headers = {"Authorization": f"Bearer {own['token']}", "Position-At-Least": f"accounts={position}"}
    listed = await house.http.get("/v1/me/people", headers=headers)
    assert listed.status_code == 200
    assert int(listed.headers["Position"].removeprefix("accounts=")) >= position


async def test_the_same_key_adds_one_relative_byte_for_byte(house: Any, own: Any) -> None:
    both = await asyncio.gather(
        *(house.post("/v1/me/people", CHILD, own["token"], Idempotency_Key="k1") for _ in range(2))
    )
    assert {answer.status_code for answer in both} == {201}
    assert both[0].content == both[1].content
    other = await house.post("/v1/me/people", {**CHILD, "first_name": "Max"}, own["token"], Idempotency_Key="k1")
    assert other.json()["type"].endswith("/idempotency-key-reused")
    assert len((await house.get("/v1/me/people", own["token"])).json()["items"]) == 2


async def test_nobody_gets_more_than_twenty_relatives_even_at_once(house: Any, own: Any) -> None:
    answers = await asyncio.gather(*(house.post("/v1/me/people", CHILD, own["token"]) for _ in range(22)))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [422] * 2


async def test_another_account_does_not_see_ones_people(house: Any, own: Any) -> None:
    other = house.somebody()
    await house.register(other)
    token = (await house.log_in(other))["access_token"]
    answer = await house.get(f"/v1/me/people/{own['person_id']}", token)
    assert answer.status_code == 404


async def test_an_edit_needs_the_version_that_was_read(house: Any, own: Any) -> None:
    headers = {"Authorization": f"Bearer {own['token']}"}
    etag = (await house.get("/v1/me", own["token"])).headers["ETag"]
    missing = await house.http.patch("/v1/me", json={"locale": "en"}, headers=headers)
    done = await house.http.patch("/v1/me", json={"locale": "en"}, headers={**headers, "If-Match": etag})
    stale = await house.http.patch("/v1/me", json={"locale": "fr"}, headers={**headers, "If-Match": etag})
    assert (missing.status_code, done.status_code, stale.status_code) == (428, 200, 412)
    assert done.json()["locale"] == "en"
    assert done.headers["ETag"] != etag


async def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(house: Any, own: Any) -> None:
    who = own["who"]
    other = await house.log_in(who)
    headers = {"Authorization": f"Bearer {own['token']}", "If-Match": "*"}
    body = {"current_password": "not the right one", "new_password": "quatre poires vertes"}
    refused = await house.http.patch("/v1/me", json=body, headers=headers)
    assert refused.json()["type"].endswith("/password-wrong")
    body["current_password"] = who.password
    assert (await house.http.patch("/v1/me", json=body, headers=headers)).status_code == 200
    assert (await house.get("/v1/me", other["access_token"])).status_code == 401
    assert (await house.get("/v1/me", own["token"])).status_code == 200
    who.password = "quatre poires vertes"
    assert (await house.log_in(who))["access_token"]


async def test_who_holds_a_stolen_session_cannot_guess_the_password_from_many_addresses(house: Any, own: Any) -> None:
    headers = {"Authorization": f"Bearer {own['token']}", "If-Match": "*"}
    statuses = []
    for number in range(51):
        body = {"current_password": f"guess number {number}", "new_password": "quatre poires vertes"}
        async with house.client(f"203.0.113.{number}") as anywhere:
            statuses.append((await anywhere.patch("/v1/me", json=body, headers=headers)).status_code)
    assert statuses == [422] * 50 + [429]


async def test_a_service_learns_where_to_write_and_each_look_is_recorded(house: Any, own: Any, service: Any) -> None:
    relative = (await house.post("/v1/me/people", CHILD, own["token"])).json()["id"]
    answer = await house.get(f"/v1/people/{relative}/contact?purpose=appointment-message", service)
    assert answer.json() == {
        "person_id": relative,
        "first_name": "Lou",
        "last_name": "Durand",
        "email": own["who"].email,
        "phone": own["who"].phone,
        "locale": "fr",
    }
    looks = await house.rows("SELECT client_id, purpose FROM contact_access WHERE person_id = %s", relative)
    assert looks == [{"client_id": "notification", "purpose": "appointment-message"}]


async def test_an_export_is_all_that_is_kept_of_the_account_and_nothing_of_others(
    house: Any, own: Any, service: Any
) -> None:
    relative = (await house.post("/v1/me/people", CHILD, own["token"])).json()["id"]
    await house.get(f"/v1/people/{relative}/contact?purpose=appointment-message", service)
    other = house.somebody()
    await house.register(other)
    answer = await house.get("/v1/me/export", own["token"])
    found = answer.json()
    who = own["who"]
    assert (found["account"]["email"], found["account"]["phone"]) == (who.email, who.phone)
    assert [(one["id"], one["first_name"]) for one in found["people"]] == [
        (own["person_id"], who.first_name),
        (relative, "Lou"),
    ]
    assert len(found["sessions"]) == 1
    assert [(one["person_id"], one["client_id"], one["purpose"]) for one in found["contact_looks"]] == [
        (relative, "notification", "appointment-message")
    ]
    assert other.email not in answer.text
    assert "argon2" not in answer.text


async def test_nobody_else_may_ask_for_a_contact(house: Any, own: Any, service: Any) -> None:
    path = f"/v1/people/{own['person_id']}/contact"
    assert (await house.get(f"{path}?purpose=curiosity", own["token"])).status_code == 403
    assert (await house.get(f"{path}?purpose=curiosity")).status_code == 401
    assert (await house.get(path, service)).status_code == 422
    assert (await house.get(f"{path}?purpose=Camille%20Durand", service)).status_code == 422
    missing = await house.get("/v1/people/0b7c7c5e-0000-4000-8000-000000000000/contact?purpose=x1", service)
    strange = await house.get("/v1/people/nobody/contact?purpose=x1", service)
    assert (missing.status_code, strange.status_code) == (404, 404)
    assert missing.json() == strange.json()
