"""Who is erased is gone from every table, and said so; who is not stays."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from booking_events.accounts import PersonErased
from psycopg import sql

CHILD = {"relation": "child", "first_name": "Lou", "last_name": "Durand", "birth_date": "2019-02-03", "sex": "F"}


@pytest.fixture
async def own(house: Any) -> Any:
    """Somebody who is logged in and has a child."""
    who = house.somebody()
    who.first_name, child = unlike_any(), CHILD | {"first_name": unlike_any()}
    done = await house.register(who)
    token = (await house.log_in(who))["access_token"]
    added = await house.post("/v1/me/people", child, token, Idempotency_Key=f"child of {who.email}")
    return {"who": who, "token": token, "child": added.json()["id"], "child_name": child["first_name"], **done}


def unlike_any() -> str:
    """A name that nobody else in the database has."""
    return "Éloa" + "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=12))


async def everything(house: Any) -> str:
    """Every row of every table that this service may read, as text."""
    tables = await house.rows(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'ledger')"
        " AND has_table_privilege(format('%%I.%%I', schemaname, tablename), 'SELECT')"
    )
    assert {"account", "person", "sign_up", "message", "idempotency", "events"} <= {row["tablename"] for row in tables}
    found = []
    for table in tables:
        name = sql.Identifier(table["schemaname"], table["tablename"])
        for row in await house.rows(sql.SQL("SELECT * FROM {}").format(name)):
            found += [one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in row.values()]
    return "\n".join(found)


def words_of(own: Any) -> list[str]:
    return [own["who"].email, own["who"].phone, own["who"].first_name, own["child_name"]]


async def test_an_erased_account_is_gone_from_every_table_and_each_of_its_people_is_said(house: Any, own: Any) -> None:
    who = own["who"]
    again = await house.post("/v1/sign-up", who.form(await house.code(who)))
    assert again.status_code == 202
    before = await everything(house)
    assert [word for word in words_of(own) if word not in before] == []
    done = await house.post("/v1/me/erase", {"current_password": who.password}, own["token"])
    assert (done.status_code, done.content) == (204, b"")
    position = int(done.headers["Position"].removeprefix("accounts="))
    facts = await house.said(position - 2, position)
    assert {kind for kind, _ in facts} == {PersonErased.ce_type}
    assert sorted(data["person_id"] for _, data in facts) == sorted([own["person_id"], own["child"]])
    after = await everything(house)
    assert [word for word in words_of(own) if word in after] == []
    assert own["person_id"] in after  # ids stay, in what was said


async def test_nothing_of_an_erased_account_opens_any_more_and_its_owner_may_come_back(
    house: Any, own: Any, service: str
) -> None:
    who = own["who"]
    session = await house.log_in(who)
    assert (await house.post("/v1/me/erase", {"current_password": who.password}, own["token"])).status_code == 204
    for token in (own["token"], session["access_token"]):
        assert (await house.get("/v1/me", token)).status_code == 401
        assert (await house.post("/v1/me/erase", {"current_password": who.password}, token)).status_code == 401
    refreshed = await house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]})
    wrong = await house.post("/v1/sessions", {"email": who.email, "password": who.password})
    assert (refreshed.status_code, wrong.json()["type"].rpartition("/")[2]) == (401, "wrong-credentials")
    for person_id in (own["person_id"], own["child"]):
        assert (await house.get(f"/v1/people/{person_id}/contact?purpose=a-purpose", service)).status_code == 404
    house.outside.mails.clear()  # the link of the first time is dead
    assert (await house.register(who))["person_id"] != own["person_id"]


async def test_erasing_needs_the_password_and_a_stolen_session_cannot_guess_it(house: Any, own: Any) -> None:
    body = {"current_password": "not the right one"}
    statuses = [(await house.post("/v1/me/erase", body, own["token"])).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    assert (await house.get("/v1/me", own["token"])).status_code == 200


async def test_a_relative_is_erased_alone_and_oneself_is_not(house: Any, own: Any) -> None:
    as_me = {"Authorization": f"Bearer {own['token']}"}
    refused = await house.http.delete(f"/v1/me/people/{own['person_id']}", headers=as_me)
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "not-a-relative")
    path = f"/v1/me/people/{own['child']}"
    done = await house.http.delete(path, headers=as_me)
    assert (done.status_code, done.content) == (204, b"")
    position = int(done.headers["Position"].removeprefix("accounts="))
    assert await house.said(position - 1, position) == [(PersonErased.ce_type, {"person_id": own["child"]})]
    assert (await house.http.delete(path, headers=as_me)).status_code == 404
    after = await everything(house)
    assert own["child_name"] not in after
    assert own["who"].first_name in after
    assert [one["id"] for one in (await house.get("/v1/me/people", own["token"])).json()["items"]] == [own["person_id"]]


async def test_what_comes_at_the_same_moment_as_an_erasure_is_erased_too_or_finds_nothing(house: Any, own: Any) -> None:
    who, head = own["who"], len(await house.said())
    session = await house.log_in(who)
    wish = {"current_password": who.password}
    answers = await asyncio.gather(
        *(house.post("/v1/me/erase", wish, own["token"]) for _ in range(2)),
        *(house.post("/v1/me/people", CHILD, own["token"]) for _ in range(4)),
        *(house.post("/v1/sessions", {"email": who.email, "password": who.password}) for _ in range(4)),
        house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]}),
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses[:2])[0] == 204
    assert set(statuses) <= {200, 201, 204, 401, 404, 422}, statuses
    after = await everything(house)
    assert [word for word in words_of(own) if word in after] == []
    said = [(kind.split(".")[2], data["person_id"]) for kind, data in (await house.said())[head:]]
    added = {person for kind, person in said if kind == "RelativeAdded"}
    erased = [person for kind, person in said if kind == "PersonErased"]
    assert sorted(erased) == sorted({own["person_id"], own["child"], *added})
