"""What a patient says before a visit: asked for, heard by whom it concerns, sealed wherever it is kept."""

import pytest
from event_store.packing import unpack, unpack_answer

from ..house import House, slug_of
from .test_http_appointments import confirm


async def test_a_required_answer_must_be_there_and_is_heard_by_whom_it_concerns_only(house: House) -> None:
    who = await house.somebody()
    questions = [{"id": "q1", "required": True}, {"id": "q2", "required": False}]
    blank = await confirm(house, who, who.people[0], questions=questions, extra={"answers": {"q1": "  "}})
    assert (blank.status_code, slug_of(blank)) == (422, "answer-missing")
    assert blank.json()["errors"] == [{"pointer": "/answers/q1", "detail": "required"}]
    said = {"consulted_before": True, "answers": {"q1": "une réponse inventée"}}
    made = await confirm(house, who, who.people[0], questions=questions, extra=said)
    assert made.status_code == 201
    assert "inventée" not in made.text
    path = f"/v1/appointments/{made.json()['id']}"
    practice = house.token("staff", roles=["secretary"], practices=["place-1"])
    for token in (house.token(who), practice):
        seen = (await house.get(path, token)).json()
        assert (seen["consulted_before"], seen["answers"]) == (True, {"q1": "une réponse inventée"})
    watched = (await house.get(path, house.auditor())).json()
    assert "answers" not in watched


async def test_nothing_that_was_said_stands_in_the_log_in_the_clear(house: House) -> None:
    who, said = await house.somebody(), "une douleur inventée au genou"
    held = (await house.hold(house.token(who))).json()
    body = {"person_id": who.people[0], "consulted_before": True, "answers": {"q1": said}}
    made = await house.post(f"/v1/holds/{held['id']}/confirm", house.token(who), body, Idempotency_Key="k")
    path = f"/v1/appointments/{made.json()['id']}"
    await house.post(f"{path}/cancel", house.token(who), {"reason": said}, Idempotency_Key="k")
    async with house.parts.database.connection() as connection:
        events = await (await connection.execute("SELECT data, metadata, tags FROM ledger.events")).fetchall()
        answers = await (await connection.execute("SELECT fingerprint, answer FROM ledger.requests")).fetchall()
    # Looked for in what was said, not in its deflated form, where nothing could be found.
    said_in_events = [(unpack(row["metadata"], row["data"], row["tags"]), row["tags"]) for row in events]
    kept = [(row["fingerprint"], unpack_answer(row["answer"])) for row in answers]
    everything = repr([said_in_events, kept])
    assert '"account_id"' in everything
    assert made.json()["id"] in everything
    for words in ("inventée", "invent\\", "genou", "consulted_before"):
        assert words not in everything
    assert (await house.get(path, house.token(who))).json()["answers"] == {"q1": said}


async def test_while_the_keys_are_away_what_is_said_is_not_taken_and_the_rest_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOKING_KEYS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    await house.start()
    who = await house.somebody()
    path = f"/v1/holds/{(await house.hold(house.token(who))).json()['id']}/confirm"
    body = {"person_id": who.people[0]}
    away = await house.post(path, house.token(who), body | {"answers": {"q": "inventé"}}, app=1, Idempotency_Key="k")
    assert (away.status_code, slug_of(away)) == (503, "unavailable")
    assert away.headers["Retry-After"]
    assert (await house.post(path, house.token(who), body, app=1, Idempotency_Key="k-2")).status_code == 201
