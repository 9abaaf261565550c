"""Two at once: one of them is first, and nobody gets more than their turn."""

from __future__ import annotations

import asyncio
from typing import Any

from accounts.adapters.secrets import token_hash


async def test_of_two_sign_ups_with_one_phone_one_becomes_an_account_even_confirmed_at_once(house: Any) -> None:
    for _ in range(5):
        first, second = house.somebody(), house.somebody()
        second.phone = first.phone
        for who in (first, second):
            assert (await house.post("/v1/sign-up", who.form(await house.code(who)))).status_code == 202
        tokens = [await house.link(who) for who in (first, second)]
        answers = await asyncio.gather(
            *(house.post("/v1/sign-up/confirm", {"token": token}) for token in tokens for _ in range(3))
        )
        assert {answer.status_code for answer in answers} == {200, 409}
        assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
        assert len([answer for answer in answers if "Position" in answer.headers]) == 1
        accounts = await house.rows("SELECT account_id FROM account WHERE phone = %s", first.phone)
        assert len(accounts) == 1
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["type"].endswith("/already-registered")


async def test_one_code_asked_with_two_e_mails_at_once_opens_one_sign_up(house: Any) -> None:
    for _ in range(5):
        first, second = house.somebody(), house.somebody()
        second.phone = first.phone
        code = await house.code(first)
        answers = await asyncio.gather(*(house.post("/v1/sign-up", who.form(code)) for who in (first, second)))
        assert sorted(answer.status_code for answer in answers) == [202, 422]


async def test_a_refresh_token_stolen_and_used_at_the_same_moment_leaves_no_session(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    for _ in range(5):
        session = await house.log_in(who)
        body = {"refresh_token": session["refresh_token"]}
        answers = await asyncio.gather(*(house.post("/v1/sessions/refresh", body) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [200, 401]
        winner = next(answer.json() for answer in answers if answer.status_code == 200)
        late = await house.post("/v1/sessions/refresh", {"refresh_token": winner["refresh_token"]})
        assert late.status_code == 401
        assert (await house.get("/v1/me", winner["access_token"])).status_code == 401
        rows = await house.rows("SELECT end_reason FROM session WHERE session_id = %s", session["session_id"])
        assert rows == [{"end_reason": "token-reused"}]


async def test_a_key_used_at_once_for_two_sign_ups_keeps_one_and_tells_the_other(house: Any) -> None:
    for _ in range(3):
        first, second = house.somebody(), house.somebody()
        forms = [who.form(await house.code(who)) for who in (first, second)]
        answers = await asyncio.gather(
            *(house.post("/v1/sign-up", form, Idempotency_Key=first.phone) for form in forms)
        )
        assert sorted(answer.status_code for answer in answers) == [202, 422]
        refused = next(answer for answer in answers if answer.status_code == 422)
        assert refused.json()["type"].endswith("/idempotency-key-reused")


async def test_many_codes_asked_at_once_are_all_answered_and_a_number_still_gets_five(house: Any) -> None:
    who = house.somebody()
    answers = await asyncio.gather(*(house.post("/v1/sign-up/phone-code", {"phone": who.phone}) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {202}
    due = await house.rows("SELECT count(*) AS rows FROM message WHERE phone = %s", who.phone)
    assert due == [{"rows": 5}]


async def test_refresh_tokens_and_links_are_kept_as_hashes_only(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    session = await house.log_in(who)
    kept = await house.rows("SELECT * FROM refresh_token WHERE session_id = %s", session["session_id"])
    assert bytes(kept[0]["token_hash"]) == token_hash(session["refresh_token"])
    assert session["refresh_token"] not in str(kept)
