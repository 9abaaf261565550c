"""Sessions and passwords that change at the same time."""

from __future__ import annotations

import asyncio
from typing import Any

import argon2
import pytest
from accounts.adapters.accounts import AccountStore
from accounts.adapters.sessions import SessionStore
from accounts.application.ports import Edit
from accounts.domain.rejections import WrongCredentials


async def test_no_session_outlives_the_password_that_opened_it(house: Any) -> None:
    who = house.somebody()
    account_id = (await house.register(who))["account_id"]
    sessions, accounts = SessionStore(house.database), AccountStore(house.database)
    proved = await sessions.credentials(who.email)
    assert proved is not None
    async with house.database.transaction() as connection:
        opened = await sessions.open(connection, proved, house.clock.now())
        changing = asyncio.create_task(accounts.edit(account_id, 1, Edit(password_hash="another"), house.clock.now()))
        await asyncio.sleep(0.3)
        assert not changing.done()  # it waits, and then ends the session that began before it
    await changing
    assert not await sessions.is_live(account_id, opened.session_id, house.clock.now())
    with pytest.raises(WrongCredentials):  # proved before the change, opened after it
        async with house.database.transaction() as connection:
            await sessions.open(connection, proved, house.clock.now())


async def test_a_hash_of_former_parameters_is_renewed_by_a_right_log_in_even_by_several_at_once(house: Any) -> None:
    who = house.somebody()
    account_id = (await house.register(who))["account_id"]
    former = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(who.password)
    await house.rows("UPDATE account SET password_hash = %s WHERE account_id = %s RETURNING 1", former, account_id)
    body = {"email": who.email, "password": who.password}
    answers = await asyncio.gather(*(house.post("/v1/sessions", body) for _ in range(4)))
    # Whoever finds the hash renewed under its feet may have to ask again; nobody gets an error of the server's.
    assert {200} <= {answer.status_code for answer in answers} <= {200, 401}
    kept = await house.rows("SELECT password_hash FROM account WHERE account_id = %s", account_id)
    assert kept[0]["password_hash"] != former
    assert (await house.log_in(who))["access_token"]
