"""What is over is forgotten; what still counts, and what is evidence, stays."""

from __future__ import annotations

from typing import Any

import pytest
from accounts.adapters.purge import purge

TABLES = (
    "message", "sign_up", "phone_code", "session", "refresh_token", "try_counter", "idempotency", "account", "person",
)  # fmt: skip


@pytest.fixture(scope="module")
def migrated(database: Any, make_tables: Any) -> Any:
    """A database without anybody else's rows."""
    return database("accounts", make_tables)


async def counts(house: Any) -> dict[str, int]:
    return {
        table: (await house.rows(f"SELECT count(*) AS rows FROM {table}"))[0]["rows"]  # noqa: S608 (constants)
        for table in TABLES
    }


async def test_what_is_over_is_forgotten_in_time_and_not_before(house: Any, service: str) -> None:
    who = house.somebody()
    done = await house.register(who)
    session = await house.log_in(who)
    await house.post("/v1/me/people", {
        "relation": "child", "first_name": "Lou", "last_name": "Durand", "birth_date": "2019-02-03", "sex": "F",
    }, session["access_token"], Idempotency_Key="k1")  # fmt: skip
    await house.get(f"/v1/people/{done['person_id']}/contact?purpose=appointment-message", service)
    before = await counts(house)
    assert all(before.values())
    await purge(house.database, house.clock.now())
    assert await counts(house) == before
    house.advance(8 * 86_400)
    await purge(house.database, house.clock.now())
    week = await counts(house)
    assert [week[table] for table in ("message", "sign_up", "phone_code", "try_counter")] == [0] * 4
    assert [week[table] for table in ("session", "account", "person")] == [
        before[table] for table in ("session", "account", "person")
    ]
    house.advance(40 * 86_400)
    await purge(house.database, house.clock.now())
    later = await counts(house)
    assert (later["session"], later["refresh_token"]) == (0, 0)
    assert (later["account"], later["person"]) == (before["account"], before["person"])
    looks = "SELECT count(*) AS rows FROM contact_access WHERE person_id = %s"
    assert (await house.rows(looks, done["person_id"]))[0]["rows"] == 1
