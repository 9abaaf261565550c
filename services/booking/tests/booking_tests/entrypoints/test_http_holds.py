"""Holds over HTTP, on a real log: taken, seen, kept longer, made one's own, let go, ended by the clock."""

from datetime import timedelta

import pytest

from ..house import House, new_id, position_of, slug_of


async def test_a_slot_of_a_genuine_offer_is_held_for_ten_minutes(house: House) -> None:
    who, agenda, start = await house.somebody(), new_id(), house.start_in()
    answer = await house.hold(house.token(who), agenda, start, questions=[{"id": "q1", "required": True}])
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/holds/{body['id']}"
    assert body["agenda_id"] == agenda
    assert body["start"] == start.isoformat().replace("+00:00", "Z")
    assert body["zone"] == "Europe/Paris"
    assert body["questions"] == [{"id": "q1", "required": True}]
    seen = await house.get(answer.headers["Location"], house.token(who))
    assert seen.json() == body
    assert await house.events(f"hold:{body['id']}") == ["SlotHeld"]


async def test_a_hold_is_seen_by_its_holder_and_not_there_for_anybody_else(house: House) -> None:
    who, other = await house.somebody(), await house.somebody()
    held = (await house.hold(house.token(who))).json()
    assert [each["id"] for each in (await house.get("/v1/holds", house.token(who))).json()["items"]] == [held["id"]]
    assert (await house.get("/v1/holds", house.token(other))).json()["items"] == []
    path = f"/v1/holds/{held['id']}"
    for answer in (
        await house.get(path, house.token(other)),
        await house.request("DELETE", path, house.token(other)),
        await house.post(f"{path}/extend", house.token(other)),
        await house.post(f"{path}/confirm", house.token(other), {"person_id": other.people[0]}),
        await house.get(f"/v1/holds/{new_id()}", house.token(other)),
    ):
        assert (answer.status_code, slug_of(answer)) == (404, "not-found")


async def test_a_held_slot_is_refused_to_others_with_the_time_to_try_again(house: House) -> None:
    agenda = new_id()
    held = await house.hold(house.token(await house.somebody()), agenda)
    refused = await house.hold(house.token(await house.somebody()), agenda)
    assert (refused.status_code, slug_of(refused)) == (409, "slot-held")
    assert refused.json()["retry_at"] == held.json()["expires_at"]


async def test_a_new_hold_replaces_the_accounts_old_one(house: House) -> None:
    who = await house.somebody()
    first, second = await house.hold(house.token(who)), await house.hold(house.token(who))
    assert second.status_code == 201
    gone = await house.get(f"/v1/holds/{first.json()['id']}", house.token(who))
    assert (gone.status_code, slug_of(gone)) == (410, "hold-released")


async def test_letting_go_frees_the_slot_and_again_is_harmless(house: House) -> None:
    who, agenda = await house.somebody(), new_id()
    path = f"/v1/holds/{(await house.hold(house.token(who), agenda)).json()['id']}"
    for _ in range(2):
        assert (await house.request("DELETE", path, house.token(who))).status_code == 204
    assert (await house.hold(house.token(await house.somebody()), agenda)).status_code == 201


async def test_an_expired_hold_binds_nobody_though_no_sweeper_runs(house: House) -> None:
    who, agenda = await house.somebody(), new_id()
    path = f"/v1/holds/{(await house.hold(house.token(who), agenda)).json()['id']}"
    house.advance(minutes=10)
    gone = await house.get(path, house.token(who))
    assert (gone.status_code, slug_of(gone)) == (410, "hold-expired")
    late = await house.post(f"{path}/confirm", house.token(who), {"person_id": who.people[0]})
    assert (late.status_code, slug_of(late)) == (410, "hold-expired")
    assert (await house.hold(house.token(await house.somebody()), agenda)).status_code == 201


async def test_a_hold_is_kept_ten_minutes_longer_once(house: House) -> None:
    who = await house.somebody()
    held = (await house.hold(house.token(who))).json()
    longer = await house.post(f"/v1/holds/{held['id']}/extend", house.token(who))
    assert longer.status_code == 200
    assert longer.json()["extended"] is True
    assert longer.json()["expires_at"] > held["expires_at"]
    again = await house.post(f"/v1/holds/{held['id']}/extend", house.token(who))
    assert (again.status_code, slug_of(again)) == (409, "already-extended")


async def test_a_visitors_hold_becomes_the_accounts_and_replaces_its_own(house: House) -> None:
    who, visitor, agenda = await house.somebody(), house.visitor(), new_id()
    own = (await house.hold(house.token(who))).json()
    held = (await house.hold(visitor, agenda)).json()
    claimed = await house.post(f"/v1/holds/{held['id']}/claim", house.token(who), {"visitor_token": visitor})
    assert claimed.status_code == 200
    assert claimed.json() == held
    assert (await house.get(f"/v1/holds/{held['id']}", visitor)).status_code == 404
    assert slug_of(await house.get(f"/v1/holds/{own['id']}", house.token(who))) == "hold-released"
    again = await house.post(f"/v1/holds/{held['id']}/claim", house.token(who), {"visitor_token": visitor})
    assert again.status_code == 200
    confirm = await house.post(f"/v1/holds/{held['id']}/confirm", house.token(who), {"person_id": who.people[0]})
    assert confirm.status_code == 201


async def test_a_hold_is_claimed_with_its_own_visitors_token_only(house: House) -> None:
    who, visitor = await house.somebody(), house.visitor()
    path = f"/v1/holds/{(await house.hold(visitor)).json()['id']}/claim"
    assert (await house.post(path, house.token(who), {"visitor_token": house.visitor()})).status_code == 404
    for wrong in (house.token(who), "not.a.token", visitor[:-8] + "AAAAAAAA"):
        refused = await house.post(path, house.token(who), {"visitor_token": wrong})
        assert (refused.status_code, slug_of(refused)) == (422, "invalid-field")
    assert (await house.post(path, visitor, {"visitor_token": visitor})).status_code == 403


async def test_a_visitor_may_hold_and_not_confirm(house: House) -> None:
    visitor = house.visitor()
    held = (await house.hold(visitor)).json()
    refused = await house.post(f"/v1/holds/{held['id']}/confirm", visitor, {"person_id": new_id()})
    assert (refused.status_code, slug_of(refused)) == (403, "forbidden")


async def test_an_offer_older_than_a_change_of_its_time_is_stale(house: House) -> None:
    who, agenda, start = await house.somebody(), new_id(), house.start_in()
    await house.touch(agenda, 2, start - timedelta(days=2), start - timedelta(days=1))
    assert (await house.hold(house.token(who), agenda, start)).status_code == 201
    await house.touch(agenda, 3, start - timedelta(hours=1), start + timedelta(hours=1))
    stale = await house.hold(house.token(who), agenda, start)
    assert (stale.status_code, slug_of(stale)) == (409, "offer-stale")
    assert (stale.json()["reason"], stale.json()["agenda_version"]) == ("agenda-changed", 3)
    assert (await house.hold(house.token(who), agenda, start, agenda_version=3)).status_code == 201


async def test_an_offer_lives_as_long_as_it_says(house: House) -> None:
    token, start = house.token(await house.somebody()), house.start_in()
    sheet = house.offer(new_id(), [start])
    house.advance(minutes=10, seconds=1)
    late = await house.post("/v1/holds", token, {"offer": sheet, "start": start.isoformat()})
    assert (late.status_code, slug_of(late)) == (410, "offer-expired")


async def test_a_start_that_is_not_on_the_sheet_is_refused(house: House) -> None:
    token, start = house.token(await house.somebody()), house.start_in()
    sheet = house.offer(new_id(), [start, start + timedelta(minutes=30)])
    for other in (start + timedelta(minutes=15), start + timedelta(minutes=1), start - timedelta(days=400)):
        answer = await house.post("/v1/holds", token, {"offer": sheet, "start": other.isoformat()})
        assert (answer.status_code, slug_of(answer)) == (422, "start-not-offered")
    local = (start + timedelta(minutes=30)).isoformat().replace("+00:00", "Z")
    assert (await house.post("/v1/holds", token, {"offer": sheet, "start": local})).status_code == 201


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_an_offer_with_an_altered_part_is_not_genuine(house: House, part: int) -> None:
    token, start = house.token(await house.somebody()), house.start_in()
    parts = house.offer(new_id(), [start]).split(".")
    parts[part] = parts[part][:10] + ("A" if parts[part][10] != "A" else "B") + parts[part][11:]
    answer = await house.post("/v1/holds", token, {"offer": ".".join(parts), "start": start.isoformat()})
    assert (answer.status_code, slug_of(answer)) == (422, "offer-not-genuine")


async def test_no_token_a_strange_token_and_a_service_are_refused(house: House) -> None:
    start = house.start_in()
    body = {"offer": house.offer(new_id(), [start]), "start": start.isoformat()}
    nobody = await house.post("/v1/holds", None, body)
    assert (nobody.status_code, slug_of(nobody)) == (401, "unauthenticated")
    assert (await house.post("/v1/holds", "a.b.c", body)).status_code == 401
    service = house.token("notification", kind="service", roles=["service"])
    assert (await house.post("/v1/holds", service, body)).status_code == 403


async def test_the_position_of_a_change_can_be_asked_for_when_reading(house: House) -> None:
    who = await house.somebody()
    held = await house.hold(house.token(who))
    wanted = f"booking={position_of(held)}"
    seen = await house.get(held.headers["Location"], house.token(who), Position_At_Least=wanted)
    assert seen.status_code == 200
    assert position_of(seen) >= position_of(held)
    strange = await house.get(held.headers["Location"], house.token(who), Position_At_Least="directory=1")
    assert (strange.status_code, slug_of(strange)) == (400, "malformed")
    never = await house.get(held.headers["Location"], house.token(who), Position_At_Least="booking=999999999")
    assert (never.status_code, slug_of(never)) == (503, "not-yet")
    assert never.headers["Retry-After"]


async def test_any_of_several_offers_is_held_the_stale_and_the_taken_passed_over(house: House) -> None:
    stale, taken, free, start = new_id(), new_id(), new_id(), house.start_in()
    offers = [{"offer": house.offer(agenda, [start]), "start": start.isoformat()} for agenda in (stale, taken, free)]
    await house.touch(stale, 2, None, None)
    await house.appointment(await house.somebody(), agenda_id=taken, start=start)
    token = house.token(await house.somebody())
    answer = await house.post("/v1/holds/any-of", token, {"offers": offers})
    assert (answer.status_code, answer.json()["agenda_id"]) == (201, free)
    assert [each["agenda_id"] for each in (await house.get("/v1/holds", token)).json()["items"]] == [free]
    refused = await house.post("/v1/holds/any-of", token, {"offers": offers[:1]})
    assert (refused.status_code, slug_of(refused)) == (409, "offer-stale")
    full = await house.post("/v1/holds/any-of", house.token(await house.somebody()), {"offers": offers[:2]})
    assert (full.status_code, slug_of(full)) == (409, "slot-taken")
