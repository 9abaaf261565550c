"""Log-in, refresh, log-out, and the tokens of visitors and services."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from accounts.adapters.keys import make_key
from joserfc import jwt
from joserfc.jwk import KeySet


async def test_tokens_say_what_the_house_expects_and_check_against_the_published_keys(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    session = await house.log_in(who)
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 600)
    published = (await house.get("/.well-known/jwks.json")).json()
    assert all("d" not in key for key in published["keys"])
    token = jwt.decode(session["access_token"], KeySet.import_key_set(published), algorithms=["Ed25519"])
    assert token.header == {"alg": "Ed25519", "typ": "at+jwt", "kid": published["keys"][0]["kid"]}
    claims = token.claims
    assert (claims["iss"], claims["aud"], claims["kind"]) == ("https://rendezvous.example", "rendezvous", "account")
    assert (claims["roles"], claims["sid"]) == (["patient"], session["session_id"])
    assert claims["exp"] - claims["iat"] == 600


async def test_a_wrong_password_and_an_unknown_e_mail_are_told_alike(house: Any) -> None:
    who, nobody = house.somebody(), house.somebody()
    await house.register(who)
    wrong = await house.post("/v1/sessions", {"email": who.email, "password": "not the right one"})
    unknown = await house.post("/v1/sessions", {"email": nobody.email, "password": "not the right one"})
    malformed = await house.post("/v1/sessions", {"email": "not an e-mail", "password": "not the right one"})
    assert {wrong.status_code, unknown.status_code, malformed.status_code} == {401}
    assert wrong.json() == unknown.json() == malformed.json()
    assert wrong.json()["type"].endswith("/wrong-credentials")


async def test_a_wrong_password_and_an_unknown_e_mail_take_the_same_time(house: Any) -> None:
    who = house.somebody()
    await house.register(who)

    async def seconds(email: str) -> float:
        started = time.perf_counter()
        await house.post("/v1/sessions", {"email": email, "password": "not the right one"})
        return time.perf_counter() - started

    known, unknown = [], []
    for _ in range(8):
        known.append(await seconds(who.email))
        unknown.append(await seconds("nobody@example.org"))
    assert 0.5 < min(known) / min(unknown) < 2  # the quickest of each: what else the machine does only adds


async def test_wrong_log_ins_are_limited_and_say_when_to_come_back(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    for _ in range(10):
        await house.post("/v1/sessions", {"email": who.email, "password": "not the right one"})
    refused = await house.post("/v1/sessions", {"email": who.email, "password": who.password})
    assert refused.status_code == 429
    assert refused.json()["retry_at"] > house.clock.now().isoformat()
    # Somebody else's tries lock out neither another address nor the next quarter of an hour.
    async with house.client("10.0.0.7") as elsewhere:
        answer = await elsewhere.post("/v1/sessions", json={"email": who.email, "password": who.password})
    assert answer.status_code == 200
    house.advance(15 * 60)
    assert (await house.log_in(who))["access_token"]


async def test_right_log_ins_are_not_counted_against_anybody(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    for _ in range(13):
        assert (await house.log_in(who))["access_token"]


async def test_a_refresh_token_is_good_once_and_a_second_use_ends_the_session(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    session = await house.log_in(who)
    renewed = await house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert renewed.status_code == 200
    assert renewed.json()["session_id"] == session["session_id"]
    stolen = await house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert stolen.status_code == 401
    assert stolen.json()["type"].endswith("/session-over")
    victim = await house.post("/v1/sessions/refresh", {"refresh_token": renewed.json()["refresh_token"]})
    assert victim.status_code == 401
    assert (await house.get("/v1/me", renewed.json()["access_token"])).status_code == 401


async def test_of_two_refreshes_at_once_one_wins_at_most(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    session = await house.log_in(who)
    body = {"refresh_token": session["refresh_token"]}
    answers = await asyncio.gather(*(house.post("/v1/sessions/refresh", body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_session_ends_when_it_was_idle_for_two_weeks(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    session = await house.log_in(who)
    house.advance(13 * 86_400)
    session = (await house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]})).json()
    house.advance(14 * 86_400)
    late = await house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]})
    assert late.status_code == 401


async def test_logging_out_ends_one_session_and_only_ones_own(house: Any) -> None:
    who, other = house.somebody(), house.somebody()
    await house.register(who)
    await house.register(other)
    first, second, theirs = await house.log_in(who), await house.log_in(who), await house.log_in(other)
    as_me = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await house.http.delete(f"/v1/sessions/{theirs['session_id']}", headers=as_me)).status_code == 404
    assert (await house.http.delete("/v1/sessions/not-an-id", headers=as_me)).status_code == 404
    assert (await house.http.delete(f"/v1/sessions/{first['session_id']}", headers=as_me)).status_code == 204
    assert (await house.get("/v1/me", first["access_token"])).status_code == 401
    assert (await house.get("/v1/me", second["access_token"])).status_code == 200
    assert (await house.get("/v1/me", theirs["access_token"])).status_code == 200


async def test_logging_out_everywhere_ends_all_of_ones_sessions(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    sessions = [await house.log_in(who) for _ in range(3)]
    as_me = {"Authorization": f"Bearer {sessions[0]['access_token']}"}
    assert (await house.http.delete("/v1/sessions", headers=as_me)).status_code == 204
    for session in sessions:
        answer = await house.post("/v1/sessions/refresh", {"refresh_token": session["refresh_token"]})
        assert answer.status_code == 401


async def test_a_visitor_gets_half_an_hour_and_may_not_see_an_account(house: Any) -> None:
    visitor = await house.post("/v1/visitors")
    assert (visitor.status_code, visitor.json()["expires_in"]) == (200, 1800)
    assert (await house.get("/v1/me", visitor.json()["access_token"])).status_code == 403


async def test_an_address_gets_a_hundred_visitors_in_ten_minutes(house: Any) -> None:
    answers = await asyncio.gather(*(house.post("/v1/visitors") for _ in range(101)))
    assert sorted(answer.status_code for answer in answers) == [200] * 100 + [429]
    house.advance(600)
    assert (await house.post("/v1/visitors")).status_code == 200


async def test_a_code_is_taken_where_no_second_factor_is_needed(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    answer = await house.post("/v1/sessions", {"email": who.email, "password": who.password, "code": "123456"})
    assert answer.status_code == 200


async def test_a_token_of_another_key_is_nobodys(house: Any) -> None:
    from accounts.adapters.keys import Keys

    who = house.somebody()
    await house.register(who)
    session = await house.log_in(who)
    keys = KeySet.import_key_set((await house.get("/.well-known/jwks.json")).json())
    claims = jwt.decode(session["access_token"], keys, algorithms=["Ed25519"]).claims
    forged = Keys.from_json(make_key()).sign(claims)
    assert (await house.get("/v1/me", forged)).status_code == 401
    assert (await house.get("/v1/me")).status_code == 401
