"""Whether the log is unaltered: verified over HTTP and on the command line, against an owner who alters it."""

import asyncio
from typing import Any

import psycopg
import pytest

from ..house import House
from .auditing import command, told


@pytest.fixture
async def house(own: Any, empty_house: House) -> House:
    """On a log that only this test writes to."""
    await empty_house.start("projector")
    return empty_house


async def test_an_untouched_log_verifies_and_its_head_can_be_noted(house: House) -> None:
    assert (await command("verify"))[1] == "intact: 0 events hold together; head -\n"
    assert await told(house, "heads") == {"position": 0, "hash": None, "recorded_at": None}
    made = await house.appointment(await house.somebody())
    head = await told(house, "heads")
    assert head["position"] == made["position"]
    report = await told(house, "chain")
    assert (report["intact"], report["verified"], report["head"]) == (True, made["position"], head)
    await house.appointment(await house.somebody())
    assert await told(house, f"heads?position={head['position']}") == head
    assert (await house.get("/v1/audit/heads?position=999", house.auditor())).status_code == 404
    code, printed = await command("verify", "--head", f"{head['position']}:{head['hash']}")
    assert (code, printed.startswith("intact: 4 events")) == (0, True)
    for wrong in (f"1:{head['hash']}", f"99:{head['hash']}"):
        assert (await command("verify", "--head", wrong))[0] == 1


@pytest.mark.parametrize(
    "altered",
    [
        "data = set_byte(data, 20, get_byte(data, 20) # 1)",
        "tags = tags || 'agenda:another'::text",
        "recorded_at = recorded_at + interval '1 microsecond'",
        'metadata = \'{"actor":"account:another"}\'',
        "type = 'HoldExpired'",
    ],
)
async def test_an_altered_byte_is_found_with_its_position(house: House, own: Any, altered: str) -> None:
    for _ in range(2):
        await house.appointment(await house.somebody())
    with psycopg.connect(own.log.owner_url) as owner:
        done = owner.execute(f"UPDATE ledger.events SET {altered} WHERE position = 3")  # type: ignore[arg-type] # noqa: S608
        assert done.rowcount == 1
    report = await told(house, "chain")
    assert (report["intact"], report["broken_at"], report["verified"]) == (False, 3, 2)
    code, printed = await command("verify")
    assert (code, printed.startswith("broken at position 3: ")) == (1, True)


async def test_a_log_that_was_cut_off_is_found_by_a_noted_head(house: House, own: Any) -> None:
    made = await house.appointment(await house.somebody())
    head = await told(house, "heads")
    with psycopg.connect(own.log.owner_url) as owner:
        owner.execute("DELETE FROM ledger.events WHERE position = %s", [made["position"]])
    assert (await command("verify"))[0] == 0
    code, printed = await command("verify", "--head", f"{head['position']}:{head['hash']}")
    assert (code, "cut off" in printed) == (1, True)


async def test_a_past_instant_of_a_log_with_a_gap_is_refused_with_the_reason(house: House, own: Any) -> None:
    for _ in range(3):
        made = await house.appointment(await house.somebody())
    at = (await told(house, "heads"))["recorded_at"]
    asked = f"/v1/audit/state?appointment={made['id']}"
    assert (await house.get(f"{asked}&at={at}", house.auditor())).status_code == 200
    with psycopg.connect(own.log.owner_url) as owner:
        owner.execute("DELETE FROM ledger.events WHERE position BETWEEN 2 AND 5")
    answer = await house.get(f"{asked}&at={at}", house.auditor())
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "log-broken")
    assert (await house.get(f"{asked}&position=6", house.auditor())).status_code == 200


async def test_the_chain_and_its_heads_wait_for_the_position_that_is_asked(house: House) -> None:
    paths = ("/v1/audit/heads", "/v1/audit/chain")
    later = [house.get(path, house.auditor(), Position_At_Least="booking=999") for path in paths]
    assert [answer.status_code for answer in await asyncio.gather(*later)] == [503, 503]


async def test_the_service_role_can_alter_nothing_in_the_log(house: House, own: Any) -> None:
    await house.appointment(await house.somebody())
    with psycopg.connect(own.log.service_url, autocommit=True) as service:
        for words in ("UPDATE ledger.events SET version = 2", "DELETE FROM ledger.events", "TRUNCATE ledger.events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                service.execute(words)
