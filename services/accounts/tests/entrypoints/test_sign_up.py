"""Signing up, from the first digit to the account, and what a stranger cannot learn from it."""

from __future__ import annotations

import asyncio
from typing import Any

from booking_events.accounts import PersonRegistered


async def test_a_code_and_a_link_make_an_account_that_can_log_in(house: Any) -> None:
    who = house.somebody()
    done = await house.register(who)
    session = await house.log_in(who)
    me = (await house.get("/v1/me", session["access_token"])).json()
    assert me["id"] == done["account_id"]
    assert me["person_id"] == done["person_id"]
    assert (me["email"], me["phone"], me["locale"], me["roles"]) == (who.email, who.phone, "fr", ["patient"])


async def test_confirming_says_that_a_person_is_registered_with_ids_only(house: Any) -> None:
    who = house.somebody()
    code = await house.code(who)
    await house.post("/v1/sign-up", who.form(code))
    answer = await house.post("/v1/sign-up/confirm", {"token": await house.link(who)})
    log, position = answer.headers["Position"].split("=")
    assert log == "accounts"
    data = {key: answer.json()[key] for key in ("person_id", "account_id")}
    assert await house.said(int(position) - 1, int(position)) == [(PersonRegistered.ce_type, data)]


async def test_the_link_opened_twice_answers_the_same_and_says_nothing_twice(house: Any) -> None:
    who = house.somebody()
    await house.post("/v1/sign-up", who.form(await house.code(who)))
    token = await house.link(who)
    first = await house.post("/v1/sign-up/confirm", {"token": token})
    again = await house.post("/v1/sign-up/confirm", {"token": token})
    assert (again.status_code, again.json()) == (200, first.json())
    assert "Position" not in again.headers


async def test_a_link_is_dead_after_a_day_and_so_is_an_unknown_one(house: Any) -> None:
    who = house.somebody()
    await house.post("/v1/sign-up", who.form(await house.code(who)))
    token = await house.link(who)
    house.advance(24 * 3600)
    late = await house.post("/v1/sign-up/confirm", {"token": token})
    unknown = await house.post("/v1/sign-up/confirm", {"token": "x" * 43})
    assert (late.status_code, unknown.status_code) == (410, 410)
    assert late.json() == unknown.json()


async def test_the_sms_is_the_agreed_text_in_one_part(house: Any) -> None:
    who = house.somebody()
    code = await house.code(who)
    expected = f"{code} est votre code RDV Santé. Il expire dans 10 min. Ne le communiquez à personne."
    assert house.outside.texts_to(who.phone) == [expected]


async def test_the_code_speaks_english_to_who_asks_in_english(house: Any) -> None:
    who = house.somebody()
    await house.post("/v1/sign-up/phone-code", {"phone": who.phone}, Accept_Language="en-GB")
    texts = await house.until(lambda: house.outside.texts_to(who.phone))
    assert "is your RDV Santé code" in texts[0]


async def test_an_account_that_exists_is_told_by_e_mail_only_and_the_answers_are_alike(house: Any) -> None:
    old, new = house.somebody(), house.somebody()
    await house.register(old)
    # The same e-mail with a fresh phone, and a fresh e-mail with the same phone: both are taken.
    same_email = house.somebody()
    same_email.email = old.email
    same_phone = house.somebody()
    same_phone.phone = old.phone
    answers = [
        await house.post("/v1/sign-up", who.form(await house.code(who))) for who in (new, same_email, same_phone)
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    # The asker's own askings are counted, whoever they ask for.
    left = [answer.headers.pop("RateLimit").split(";")[1] for answer in answers]
    assert left == ["r=118", "r=117", "r=116"]
    assert len({frozenset(answer.headers.items()) for answer in answers}) == 1
    await house.until(lambda: len(house.outside.mails_to(old.email)) == 2 and house.outside.mails_to(same_phone.email))
    for address in (old.email, same_phone.email):
        mail = house.outside.mails_to(address)[-1]
        assert mail["Subject"] == "Vous avez déjà un compte"
        assert "token=" not in mail.get_body(("plain",)).get_content()
    assert (await house.log_in(old))["access_token"]


async def test_a_code_for_a_phone_with_an_account_is_sent_like_any_other(house: Any) -> None:
    who = house.somebody()
    await house.register(who)
    assert len(await house.code(who)) == 6


async def test_after_five_wrong_tries_the_right_code_is_wrong_too(house: Any) -> None:
    who = house.somebody()
    code = await house.code(who)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(5):
        answer = await house.post("/v1/sign-up", who.form(wrong))
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("/wrong-code")
    assert (await house.post("/v1/sign-up", who.form(code))).status_code == 422
    fresh = await house.code(who)
    assert (await house.post("/v1/sign-up", who.form(fresh))).status_code == 202


async def test_however_many_codes_and_addresses_a_number_is_guessed_at_25_times_a_day(house: Any) -> None:
    who = house.somebody()
    answers = []
    for guess in range(30):
        if guess % 5 == 0:
            code = await house.code(who)
            house.advance(130)  # slowly enough for another code each time
        async with house.client(f"203.0.113.{guess}") as anywhere:
            wrong = f"{(int(code) + 1 + guess) % 10**6:06d}"
            answers.append(await anywhere.post("/v1/sign-up", json=who.form(wrong)))
    assert [answer.status_code for answer in answers] == [422] * 25 + [429] * 5
    async with house.client("203.0.113.99") as anywhere:
        assert (await anywhere.post("/v1/sign-up", json=who.form(code))).status_code == 429
    house.advance(86_400)
    assert (await house.register(who))["account_id"]


async def test_tries_at_once_are_counted_one_by_one(house: Any) -> None:
    who = house.somebody()
    code = await house.code(who)
    wrong = [f"{(int(code) + step) % 10**6:06d}" for step in range(1, 13)]
    await asyncio.gather(*(house.post("/v1/sign-up", who.form(one)) for one in wrong))
    assert (await house.post("/v1/sign-up", who.form(code))).status_code == 422


async def test_a_code_ten_minutes_old_or_never_asked_for_is_just_wrong(house: Any) -> None:
    who, other = house.somebody(), house.somebody()
    code = await house.code(who)
    house.advance(600)
    expired = await house.post("/v1/sign-up", who.form(code))
    never = await house.post("/v1/sign-up", other.form("123456"))
    assert (expired.status_code, expired.json()) == (422, never.json())


async def test_a_code_used_for_one_e_mail_opens_no_other(house: Any) -> None:
    who = house.somebody()
    code = await house.code(who)
    assert (await house.post("/v1/sign-up", who.form(code))).status_code == 202
    stolen = await house.post("/v1/sign-up", who.form(code, email="someone.else@example.org"))
    assert stolen.status_code == 422


async def test_a_number_gets_few_codes_and_the_answer_stays_the_same(house: Any) -> None:
    who = house.somebody()
    answers = [await house.post("/v1/sign-up/phone-code", {"phone": who.phone}) for _ in range(8)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}
    await house.until(lambda: len(house.outside.texts_to(who.phone)) == 5)
    await asyncio.sleep(0.5)
    assert len(house.outside.texts_to(who.phone)) == 5


async def test_an_address_that_asks_for_very_many_codes_has_to_wait(house: Any) -> None:
    for _ in range(120):
        last = await house.post("/v1/sign-up/phone-code", {"phone": house.somebody().phone})
        assert last.status_code == 202
    refused = await house.post("/v1/sign-up/phone-code", {"phone": house.somebody().phone})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["retry_at"]


async def test_the_same_key_asks_once_and_another_body_under_it_is_refused(house: Any) -> None:
    who = house.somebody()
    form = who.form(await house.code(who))
    both = await asyncio.gather(*(house.post("/v1/sign-up", form, Idempotency_Key=who.phone) for _ in range(2)))
    third = await house.post("/v1/sign-up", form, Idempotency_Key=who.phone)
    other = await house.post("/v1/sign-up", {**form, "first_name": "Anne"}, Idempotency_Key=who.phone)
    assert {answer.content for answer in (*both, third)} == {third.content}
    assert third.headers["Idempotency-Replayed"] == "true"
    assert other.json()["type"].endswith("/idempotency-key-reused")
    await house.link(who)
    await asyncio.sleep(0.5)
    assert len(house.outside.mails_to(who.email)) == 1


async def test_faults_of_a_form_are_named_in_the_readers_language_and_never_quoted(house: Any) -> None:
    who = house.somebody()
    answer = await house.post("/v1/sign-up", who.form("123456", password="court"), Accept_Language="fr")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/password", "detail": "Au moins 12 caractères.", "fault": "too-short"}
    ]
    assert "court" not in answer.text


async def test_nothing_that_was_sent_is_kept_in_clear(house: Any) -> None:
    who = house.somebody()
    code = await house.code(who)
    await house.post("/v1/sign-up", who.form(code))
    token = await house.link(who)
    tables = ("phone_code", "sign_up", "message", "idempotency", "try_counter")
    kept = "".join([str(await house.rows(f"SELECT * FROM {table}")) for table in tables])  # noqa: S608 (constants)
    assert token not in kept
    assert who.password not in kept
    codes = await house.rows("SELECT to_jsonb(c)::text AS row FROM phone_code c WHERE phone = %s", who.phone)
    assert f'"{code}"' not in codes[0]["row"]
