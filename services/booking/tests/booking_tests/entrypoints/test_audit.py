"""What an auditor is told, over HTTP and on the command line: history, any past state, whether the log is unaltered."""

import json
from datetime import datetime
from typing import Any

import psycopg
import pytest
from booking.application.replay import Replay
from booking.bootstrap import BLUEPRINT

from ..house import House, new_id, position_of, slug_of
from .auditing import command, told


@pytest.fixture
async def house(own: Any, empty_house: House) -> House:
    """On a log that only this test writes to."""
    await empty_house.start("projector")
    return empty_house


async def test_the_history_tells_who_decided_what_on_which_facts(house: House) -> None:
    who, visitor, agenda = await house.somebody(), house.visitor("visitor-1"), new_id()
    held = (await house.hold(visitor, agenda)).json()
    await house.post(f"/v1/holds/{held['id']}/claim", house.token(who), {"visitor_token": visitor})
    confirm = {"person_id": who.people[0], "consulted_before": True, "answers": {"q": "une réponse inventée"}}
    made = await house.post(f"/v1/holds/{held['id']}/confirm", house.token(who), confirm, Idempotency_Key="k")
    await house.appointment(await house.somebody())
    path = f"/v1/appointments/{made.json()['id']}/cancel"
    await house.post(path, house.token("s-1", roles=["secretary"], practices=["place-1"]))

    history = await told(house, f"appointments/{made.json()['id']}")
    items = history["items"]
    assert [item["type"] for item in items] == [
        "SlotHeld", "HoldClaimed", "AppointmentConfirmed", "AppointmentCancelled",
    ]  # fmt: skip
    account = f"account:{who.account_id}"
    assert [item["actor"] for item in items] == ["visitor:visitor-1", account, account, "account:s-1"]
    confirmed = items[2]
    assert confirmed["position"] == position_of(made)
    assert confirmed["after"] == confirmed["position"] - 1
    assert set(confirmed["boundary"]) >= {f"hold:{held['id']}", f"person:{who.people[0]}"}
    assert any(tag.startswith(f"hour:{agenda}:") for tag in confirmed["boundary"])
    assert confirmed["facts"]["rules"]["agenda_version"] == 1
    assert confirmed["cause"] is not None
    assert "inventée" not in json.dumps(history, ensure_ascii=False)

    code, printed = await command("history", made.json()["id"])
    assert code == 0
    assert [line.split()[2] for line in printed.splitlines()[::4]] == [item["type"] for item in items]
    code, printed = await command("history", made.json()["id"], "--json")
    assert [json.loads(line)["hash"] for line in printed.splitlines()] == [item["hash"] for item in items]
    assert (await command("history", new_id()))[0] == 1


async def test_an_appointment_is_shown_as_it_was_at_a_position_and_at_an_instant(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who)
    cancelled = await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    items = (await told(house, f"appointments/{made['id']}"))["items"]
    for place, (item, hold, appointment) in enumerate(
        zip(items, ("Held", "Used", "Used"), (None, "Booked", "Cancelled"), strict=True), 1
    ):
        for point in (f"position={item['position']}", f"at={item['recorded_at'].replace('+', '%2B')}"):
            state = await told(house, f"state?appointment={made['id']}&{point}")
            assert (state["position"], state["events"]) == (item["position"], place)
            assert state["hold"]["state"] == hold
            assert (state["appointment"] or {}).get("state") == appointment
    newest = await told(house, f"state?appointment={made['id']}")
    assert (newest["position"], newest["appointment"]["version"]) == (position_of(cancelled), 2)
    both = await house.get(
        f"/v1/audit/state?appointment={made['id']}&position=1&at=2027-01-01T00:00:00Z", house.auditor()
    )
    assert (both.status_code, slug_of(both)) == (422, "invalid-field")
    assert (await house.get(f"/v1/audit/state?appointment={new_id()}", house.auditor())).status_code == 404


async def test_the_audit_is_for_auditors_only(house: House) -> None:
    made = await house.appointment(await house.somebody())
    paths = (f"appointments/{made['id']}", f"state?appointment={made['id']}", "chain", "heads")
    for path in paths:
        assert (await house.get(f"/v1/audit/{path}", None)).status_code == 401
        for token in (
            house.token(await house.somebody()),
            house.visitor(),
            house.token("p", roles=["practitioner"], practitioner_id="practitioner-1"),
            house.token("reader", kind="service", roles=["service"]),
        ):
            assert (await house.get(f"/v1/audit/{path}", token)).status_code == 403


async def test_a_replay_to_a_position_gives_the_state_that_there_was_then(house: House) -> None:
    who = await house.somebody()
    first = await house.appointment(who)
    seen = [await command("replay", "--json")]
    await house.appointment(who, start=house.start_in(days=6))
    await house.post(f"/v1/appointments/{first['id']}/cancel", house.token(who))
    seen.append(await command("replay", "--json"))
    then, now = (json.loads(printed) for _, printed in seen)
    assert (then["position"], then["confirmed"], then["cancelled"]) == (first["position"], 1, 0)
    assert (now["confirmed"], now["cancelled"]) == (1, 1)
    for words in (["--at", str(then["position"])], ["--time", then["recorded_at"]]):
        code, printed = await command("replay", "--json", *words)
        assert (code, json.loads(printed)) == (0, then)
    code, printed = await command("replay", "--at", str(then["position"]))
    assert code == 0
    assert dict(line.split() for line in printed.splitlines())["state"] == then["state"]
    assert (await command("replay", "--at", "0"))[0] == 0


async def test_a_replay_gives_what_the_service_answers_and_its_views_say(house: House) -> None:
    people = [await house.somebody() for _ in range(6)]
    made = [await house.appointment(who) for who in people]
    for who, each in zip(people[:3], made, strict=False):
        await house.post(f"/v1/appointments/{each['id']}/cancel", house.token(who))
    replay = Replay()
    async for records in house.parts.ledger.portions():
        replay.add(records)
    replayed = {
        each["appointment_id"]: ("confirmed" if each["state"] == "Booked" else "cancelled", each["version"])
        for each in replay.appointments()
    }
    wanted = f"booking={replay.position}"
    page = (await house.get("/v1/appointments", house.auditor(), Position_At_Least=wanted)).json()
    assert {item["id"]: (item["state"], item["version"]) for item in page["items"]} == replayed
    for each in made:
        one = (await house.get(f"/v1/appointments/{each['id']}", house.auditor())).json()
        assert (one["state"], one["version"]) == replayed[each["id"]]


async def test_an_instant_in_a_log_with_a_gap_is_refused_in_one_sentence(house: House, own: Any) -> None:
    await house.appointment(await house.somebody())
    items = (await told(house, "chain"))["head"]
    with psycopg.connect(own.log.owner_url) as owner:
        owner.execute("UPDATE ledger.events SET position = position + 5 WHERE position >= 2")
    code, printed = await command("replay", "--time", items["recorded_at"])
    assert (code, "gap" in printed, printed.count("\n")) == (1, True, 1)


async def test_a_word_that_means_nothing_is_named(house: House) -> None:
    for words in (["replay", "--at", "soon"], ["replay", "--time", "2027-01-01T00:00:00"], ["verify", "--head", "1"]):
        with pytest.raises(SystemExit) as ended:
            BLUEPRINT.commands["audit"](words)
        assert ended.value.code == 2
    assert datetime.fromisoformat((await told(house, "chain"))["head"]["recorded_at"] or "2027-01-01")
