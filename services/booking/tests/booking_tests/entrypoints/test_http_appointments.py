"""Appointments over HTTP: confirmed for oneself or a relative, listed, seen by whom they concern, cancelled."""

from datetime import timedelta
from typing import Any

import httpx

from ..house import House, Somebody, new_id, position_of, slug_of


async def confirm(
    house: House, who: Somebody, person: str, *, extra: dict[str, Any] | None = None, **more: Any
) -> httpx.Response:
    held = await house.hold(house.token(who), **more)
    assert held.status_code == 201, held.text
    body = {"person_id": person, **(extra or {})}
    return await house.post(f"/v1/holds/{held.json()['id']}/confirm", house.token(who), body)


async def test_a_hold_is_confirmed_and_becomes_an_appointment(house: House) -> None:
    who, agenda, start = await house.somebody(), new_id(), house.start_in()
    answer = await confirm(house, who, who.people[0], agenda_id=agenda, start=start)
    assert answer.status_code == 201
    body = answer.json()
    assert answer.headers["Location"] == f"/v1/appointments/{body['id']}"
    assert (body["state"], body["version"], body["person_id"]) == ("confirmed", 1, who.people[0])
    assert (body["agenda_id"], body["zone"]) == (agenda, "Europe/Paris")
    assert [(step["event"], step["by"]) for step in body["history"]] == [("confirmed", "patient")]
    assert (await house.get(f"/v1/appointments/{body['id']}", house.token(who))).json()["state"] == "confirmed"
    taken = await house.hold(house.token(await house.somebody()), agenda, start)
    assert (taken.status_code, slug_of(taken)) == (409, "slot-taken")


async def test_a_confirmed_hold_cannot_be_confirmed_again_nor_let_go(house: House) -> None:
    who = await house.somebody()
    held = (await house.hold(house.token(who))).json()
    path, body = f"/v1/holds/{held['id']}", {"person_id": who.people[0]}
    made = await house.post(f"{path}/confirm", house.token(who), body)
    for refused in (
        await house.post(f"{path}/confirm", house.token(who), body),
        await house.request("DELETE", path, house.token(who)),
        await house.post(f"{path}/extend", house.token(who)),
    ):
        assert (refused.status_code, slug_of(refused)) == (409, "hold-confirmed")
        assert refused.json()["appointment_id"] == made.json()["id"]


async def test_one_confirms_for_a_relative_but_not_for_a_stranger(house: House) -> None:
    who, other = await house.somebody(people=2), await house.somebody()
    refused = await confirm(house, who, other.people[0])
    assert (refused.status_code, slug_of(refused)) == (422, "person-unknown")
    assert refused.json()["errors"][0]["pointer"] == "/person_id"
    answer = await confirm(house, who, who.people[1])
    assert (answer.status_code, answer.json()["person_id"]) == (201, who.people[1])


async def test_a_person_is_not_booked_twice_at_overlapping_times_with_anyone(house: House) -> None:
    who, start = await house.somebody(people=2), house.start_in()
    assert (await confirm(house, who, who.people[0], start=start, minutes=30)).status_code == 201
    busy = await confirm(house, who, who.people[0], start=start + timedelta(minutes=15))
    assert (busy.status_code, slug_of(busy)) == (409, "person-busy")
    assert (await confirm(house, who, who.people[1], start=start + timedelta(minutes=15))).status_code == 201
    assert (await confirm(house, who, who.people[0], start=start + timedelta(minutes=30))).status_code == 201


async def test_the_rules_of_the_offer_bind_the_confirmation(house: House) -> None:
    who, agenda = await house.somebody(), new_id()
    known = await confirm(house, who, who.people[0], booking="known_patients")
    assert (known.status_code, slug_of(known)) == (422, "known-patients-only")
    first = await confirm(house, who, who.people[0], agenda_id=agenda, max_future_per_patient=1)
    assert first.status_code == 201
    later = house.start_in(days=10)
    limit = await confirm(house, who, who.people[0], agenda_id=agenda, start=later, max_future_per_patient=1)
    assert (limit.status_code, slug_of(limit), limit.json()["limit"]) == (422, "limit-reached", 1)


async def test_an_appointment_is_there_for_its_account_its_practice_and_auditors_only(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who)
    path = f"/v1/appointments/{made['id']}"
    allowed = (
        house.token(who),
        house.token("p", roles=["practitioner"], practitioner_id="practitioner-1"),
        house.token("s", roles=["secretary"], practices=["place-0", "place-1"]),
        house.auditor(),
    )
    for token in allowed:
        assert (await house.get(path, token)).status_code == 200
    others = (
        house.token(await house.somebody()),
        house.token("p", roles=["practitioner"], practitioner_id="practitioner-2"),
        house.token("s", roles=["secretary"], practitioner_id="practitioner-1", practices=["place-2"]),
    )
    absent = await house.get(f"/v1/appointments/{new_id()}", house.token(who))
    for token in others:
        for answer in (await house.get(path, token), await house.post(f"{path}/cancel", token)):
            assert (answer.status_code, answer.content) == (404, absent.content)
    assert (await house.get(path, None)).status_code == 401
    assert (await house.get(path, house.visitor())).status_code == 403
    assert (await house.post(f"{path}/cancel", house.auditor())).status_code == 403


async def test_cancelling_frees_the_slot_and_again_adds_no_event(house: House) -> None:
    who, agenda, start = await house.somebody(), new_id(), house.start_in()
    made = await house.appointment(who, agenda_id=agenda, start=start)
    path = f"/v1/appointments/{made['id']}/cancel"
    first = await house.post(path, house.token(who), {"reason": "un empêchement inventé"})
    again = await house.post(path, house.token(who))
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert (first.json()["state"], first.json()["version"]) == ("cancelled", 2)
    assert [step["event"] for step in first.json()["history"]] == ["confirmed", "cancelled"]
    assert await house.events(f"appointment:{made['id']}") == ["AppointmentConfirmed", "AppointmentCancelled"]
    assert (await house.hold(house.token(await house.somebody()), agenda, start)).status_code == 201


async def test_the_deadline_binds_the_patient_and_not_the_practice(house: House) -> None:
    who, start = await house.somebody(), house.start_in(days=1)
    made = await house.appointment(who, start=start, cancel_until_minutes=48 * 60)
    path = f"/v1/appointments/{made['id']}/cancel"
    late = await house.post(path, house.token(who))
    assert (late.status_code, slug_of(late)) == (409, "too-late")
    assert late.json()["deadline"] == (start - timedelta(hours=48)).isoformat().replace("+00:00", "Z")
    done = await house.post(path, house.token("s", roles=["secretary"], practices=["place-1"]))
    assert (done.status_code, done.json()["history"][-1]["by"]) == (200, "practice")


async def test_what_has_begun_is_not_cancelled(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who, start=house.start_in(days=1))
    house.advance(days=2)
    over = await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    assert (over.status_code, slug_of(over)) == (409, "already-over")


async def test_the_list_reflects_the_position_that_is_asked_for(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who)
    wanted = f"booking={made['position']}"
    page = await house.get("/v1/appointments", house.token(who), Position_At_Least=wanted)
    assert [item["id"] for item in page.json()["items"]] == [made["id"]]
    assert "booking=" in page.headers["Position"]
    cancelled = await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    wanted = f"booking={position_of(cancelled)}"
    page = await house.get("/v1/appointments?state=cancelled", house.token(who), Position_At_Least=wanted)
    assert [(item["id"], item["version"]) for item in page.json()["items"]] == [(made["id"], 2)]


async def test_the_list_is_narrowed_turned_page_by_page_and_the_callers_own(house: House) -> None:
    who, other, agenda = await house.somebody(people=2), await house.somebody(), new_id()
    starts = [house.start_in(days=days) for days in (3, 4, 5)]
    made = [await house.appointment(who, agenda_id=agenda, start=start) for start in starts]
    strange = await house.appointment(other, agenda_id=agenda, start=house.start_in(days=6))
    at_least = f"booking={strange['position']}"

    async def listed(query: str, token: str) -> httpx.Response:
        return await house.get(f"/v1/appointments?{query}", token, Position_At_Least=at_least)

    first = (await listed("limit=2", house.token(who))).json()
    assert [item["id"] for item in first["items"]] == [made[0]["id"], made[1]["id"]]
    second = (await listed(f"limit=2&after={first['next']}", house.token(who))).json()
    assert ([item["id"] for item in second["items"]], second["next"]) == ([made[2]["id"]], None)
    days = f"from={starts[1].date()}&to={starts[1].date()}"
    assert [item["id"] for item in (await listed(days, house.token(who))).json()["items"]] == [made[1]["id"]]
    relative = (await listed(f"person={who.people[1]}", house.token(who))).json()
    assert relative["items"] == []
    staff = house.token("s", roles=["secretary"], practices=["place-1"])
    assert len((await listed(f"agenda={agenda}", staff)).json()["items"]) == 4
    foreign = house.token("s", roles=["secretary"], practices=["place-2"])
    assert (await listed(f"agenda={agenda}", foreign)).json()["items"] == []
    wrong = await listed("after=bm8", house.token(who))
    assert (wrong.status_code, slug_of(wrong)) == (422, "invalid-field")
