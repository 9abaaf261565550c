"""The practice's side over HTTP: how a visit went, who is known, whom it serves no more online; to others not there."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from ..house import House, Somebody, new_id, position_of, slug_of


async def visited(house: House, who: Somebody, **more: Any) -> str:
    """An appointment of this very minute, which has begun; its id."""
    start = house.clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    made = await house.appointment(who, start=start, **more)
    house.advance(hours=2, minutes=1)
    return str(made["id"])


async def attend(house: House, id_: str, outcome: str, token: str | None = None, **more: Any) -> httpx.Response:
    reason = {"reason": more.pop("reason")} if "reason" in more else {}
    body = {"outcome": outcome, **reason}
    return await house.post(f"/v1/appointments/{id_}/attendance", token or house.secretary(), body, **more)


async def test_how_a_visit_went_is_recorded_corrected_with_a_reason_and_listed(house: House) -> None:
    who = await house.somebody()
    id_ = await visited(house, who)
    missed = await attend(house, id_, "missed")
    assert (missed.status_code, missed.json()["state"], missed.json()["excused"]) == (200, "missed", False)
    again = await attend(house, id_, "missed")
    assert again.json() == missed.json()
    without = await attend(house, id_, "excused")
    assert (without.status_code, slug_of(without)) == (422, "reason-missing")
    excused = await attend(house, id_, "excused", reason="certificat inventé")
    assert (excused.json()["state"], excused.json()["excused"], excused.json()["version"]) == ("missed", True, 3)
    honoured = await attend(house, id_, "honoured", reason="une erreur inventée")
    assert [step["event"] for step in honoured.json()["history"]] == ["confirmed", "missed", "excused", "honoured"]
    assert await house.events(f"appointment:{id_}") == [
        "AppointmentConfirmed", "AppointmentMissed", "AppointmentMissed", "AppointmentHonoured",
    ]  # fmt: skip
    page = await house.get(
        f"/v1/appointments?state=honoured&person={who.people[0]}", house.token(who),
        Position_At_Least=f"booking={position_of(honoured)}",
    )  # fmt: skip
    assert [(item["id"], item["version"]) for item in page.json()["items"]] == [(id_, 4)]


async def test_before_its_start_a_visit_went_no_way_and_a_cancelled_one_never_took_place(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who)
    early = await attend(house, made["id"], "honoured")
    assert (early.status_code, slug_of(early), early.json()["start"]) == (409, "not-begun", made["start"])
    await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
    gone = await attend(house, made["id"], "honoured")
    assert (gone.status_code, slug_of(gone)) == (409, "appointment-cancelled")


async def test_attendance_is_the_practices_own_word(house: House) -> None:
    who = await house.somebody()
    id_ = await visited(house, who)
    foreign = await attend(house, id_, "missed", house.secretary("place-2"), reason="inventé")
    absent = await attend(house, new_id(), "missed", house.secretary("place-2"))
    assert (foreign.status_code, foreign.content) == (404, absent.content)
    for token in (house.token(who), house.auditor(), house.visitor()):
        assert (await attend(house, id_, "honoured", token)).status_code == 403
    assert await house.events(f"appointment:{id_}") == ["AppointmentConfirmed"]


async def test_of_two_outcomes_at_once_one_wins_and_the_other_is_told(house: House) -> None:
    await house.start()
    id_ = await visited(house, await house.somebody())
    answers = await asyncio.gather(
        *(attend(house, id_, ("honoured", "missed")[n % 2], app=n // 2 % 2) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 4 + [422] * 4
    assert {slug_of(answer) for answer in answers if answer.status_code == 422} == {"reason-missing"}
    assert len(await house.events(f"appointment:{id_}")) == 2


async def test_a_motive_for_known_patients_takes_who_was_seen_before_or_is_marked(house: House) -> None:
    seen, marked, agenda = await house.somebody(), await house.somebody(), await house.agenda()
    await attend(house, await visited(house, seen), "honoured")
    path = f"/v1/agendas/{agenda}/patients"
    assert not (await house.get(f"{path}/{marked.people[0]}", house.secretary())).json()["known"]
    answer = await house.post(f"{path}/{marked.people[0]}/known", house.secretary(), {"known": True})
    assert (answer.status_code, answer.json()["known"]) == (200, True)
    for who in (seen, marked):
        assert (await house.get(f"{path}/{who.people[0]}", house.secretary())).json()["known"]
        assert (await house.appointment(who, booking="known_patients"))["state"] == "confirmed"


async def test_a_repeat_offender_is_stopped_by_one_practice_and_let_in_again(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    path = f"/v1/agendas/{agenda}/patients/{who.people[0]}/online-booking"
    await attend(house, await visited(house, who), "missed")
    early = await house.post(path, house.secretary(), {"allowed": False})
    assert (early.status_code, slug_of(early), early.json()["missed"]) == (422, "not-repeatedly-absent", 1)
    await attend(house, await visited(house, who), "missed")
    stopped = await house.post(path, house.secretary(), {"allowed": False})
    assert (stopped.status_code, stopped.json()["may_book_online"]) == (200, False)
    held = await house.hold(house.token(who))
    refused = await house.post(
        f"/v1/holds/{held.json()['id']}/confirm", house.token(who), {"person_id": who.people[0]}, accept_language="fr"
    )
    assert (refused.status_code, slug_of(refused)) == (422, "online-booking-stopped")
    assert refused.json()["title"] == "Veuillez appeler le cabinet."
    elsewhere = await house.appointment(who, place_id="place-2", practitioner_id="practitioner-2")
    assert elsewhere["state"] == "confirmed"
    assert (await house.post(path, house.secretary(), {"allowed": True})).json()["may_book_online"]
    assert (await house.appointment(who, start=house.start_in(days=12)))["state"] == "confirmed"


async def test_patients_of_another_practices_agenda_are_not_there(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    absent = await house.get(f"/v1/agendas/{new_id()}/patients/{who.people[0]}", house.secretary())
    path = f"/v1/agendas/{agenda}/patients/{who.people[0]}"
    for answer in (
        await house.get(path, house.secretary("place-2")),
        await house.post(f"{path}/known", house.secretary("place-2"), {"known": True}),
        await house.post(f"{path}/online-booking", house.secretary("place-2"), {"allowed": False}),
    ):
        assert (answer.status_code, answer.content) == (404, absent.content)
    assert (await house.get(path, house.token(who))).status_code == 403
    stranger = await house.post(f"/v1/agendas/{agenda}/patients/{new_id()}/known", house.secretary(), {"known": True})
    assert (stranger.status_code, slug_of(stranger)) == (422, "person-unknown")
