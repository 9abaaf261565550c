"""Requests over HTTP, as the patient sees them: what was asked, and what became of it."""

from datetime import timedelta
from typing import Any

import httpx
from booking.adapters.heard import apply
from booking.application import handle_absences
from booking.application.ports import unanswered
from booking.application.react import MayBookFor
from booking.domain.agenda import Motive
from booking.domain.events_absences import Keep
from booking.entrypoints.consumer import Listener
from booking_events import decode, encode
from booking_events.accounts import PersonErased

from ..given import NOW
from ..house import House, Somebody, new_id, slug_of


async def agenda_to_ask(house: House) -> str:
    return await house.agenda(motives=(Motive("asked", "dermatologie", 15, ("in_person",), "staff", on_request=True),))


async def ask(house: House, who: Somebody, agenda: str = "", person: int = 0, **more: Any) -> httpx.Response:
    body = {"person_id": who.people[person], "motive_id": "asked", "start": house.start_in().isoformat(), **more}
    asked = await house.post(f"/v1/agendas/{agenda or await agenda_to_ask(house)}/requests", house.token(who), body)
    assert asked.status_code == 201, asked.text
    return asked


async def own(house: House, who: Somebody | str) -> list[dict[str, Any]]:
    found = await house.get("/v1/me/requests", house.token(who))
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


async def test_a_patient_finds_their_requests_and_what_became_of_each(house: House) -> None:
    who, days = await house.somebody(people=2), iter(range(3, 9))
    starts = [house.start_in(next(days)) for _ in range(4)]
    made = [await ask(house, who, person=n % 2, start=start.isoformat()) for n, start in enumerate(starts)]
    paths = [each.headers["Location"] for each in made]
    await house.post(f"{paths[0]}/decline", house.secretary())
    await house.post(f"{paths[1]}/withdraw", house.token(who))
    approved = await house.post(f"{paths[2]}/approve", house.secretary())
    found = await own(house, who)
    assert [(each["id"], each["state"], each["person_id"]) for each in found] == [
        (made[3].json()["id"], "pending", who.people[1]),
        (made[2].json()["id"], "approved", who.people[0]),
        (made[1].json()["id"], "withdrawn", who.people[1]),
        (made[0].json()["id"], "declined", who.people[0]),
    ]
    assert found[1]["appointment_id"] == approved.json()["appointment_id"]
    assert made[3].json() == found[0]


async def test_what_the_other_parent_asked_for_a_child_is_seen_and_what_strangers_ask_is_not(house: House) -> None:
    one = await house.somebody()
    other = Somebody(people=[*(await house.somebody()).people, *one.people])
    await house.tell(*(MayBookFor(other.account_id, person) for person in other.people))
    asked = await ask(house, one)
    await ask(house, await house.somebody())
    assert [each["id"] for each in await own(house, other)] == [asked.json()["id"]]
    assert await own(house, new_id()) == []


async def test_an_approval_is_bound_by_what_binds_staff_who_book(house: House) -> None:
    motive = Motive("asked", "dermatologie", 15, ("in_person",), "staff", on_request=True, max_per_day=1)
    agenda, people = await house.agenda(motives=(motive,)), [await house.somebody() for _ in range(2)]
    first, second = [(await ask(house, who, agenda)).headers["Location"] for who in people]
    assert (await house.post(f"{first}/approve", house.secretary())).status_code == 200

    async def refused(**body: str) -> str:
        return slug_of(await house.post(f"{second}/approve", house.secretary(), body))

    later = house.start_in() + timedelta(hours=2)
    assert await refused(start=later.isoformat()) == "day-full"
    assert await refused(start="2060-03-01T09:00:00Z") == "beyond-horizon"
    absence = handle_absences.note(new_id(), agenda, later, later + timedelta(days=2), Keep())
    await house.parts.ledger.decide(absence, "service:availability", unanswered)
    assert await refused(start=(later + timedelta(days=1)).isoformat()) == "practitioner-absent"
    body = {"person_id": people[1].people[0], "motive_id": "asked", "start": later.isoformat()}
    booked = await house.post(f"/v1/agendas/{agenda}/appointments", house.secretary(), body)
    assert slug_of(booked) == "practitioner-absent"


async def test_what_an_erased_person_asked_for_waits_for_nobodys_answer(house: House) -> None:
    who = await house.somebody(people=2)
    gone, stays = [(await ask(house, who, person=n)).headers["Location"] for n in range(2)]
    said = encode(PersonErased(person_id=who.people[0]), id=new_id(), source="accounts", time=NOW, sequence=1)
    for _ in range(2):  # heard again, it is harmless
        async with house.parts.database.transaction() as connection:
            listener = Listener(apply, house.parts.seals, house.parts.ledger)
            await listener.hear(connection, decode(said.headers, said.value))
    assert await house.events(f"request:{gone.rpartition('/')[2]}") == ["AppointmentRequested", "RequestEnded"]
    late = await house.post(f"{gone}/approve", house.secretary())
    assert (late.status_code, slug_of(late), late.json()["answer"]) == (409, "request-answered", "withdrawn")
    assert (await house.post(f"{stays}/approve", house.secretary())).status_code == 200


async def test_only_a_patients_account_has_requests_of_its_own(house: House) -> None:
    for token in (house.visitor(), house.secretary(), house.auditor()):
        assert (await house.get("/v1/me/requests", token)).status_code == 403
    assert (await house.get("/v1/me/requests", None)).status_code == 401


async def test_a_request_that_is_approved_at_another_time_still_says_what_was_wished(house: House) -> None:
    who = await house.somebody()
    asked, later = await ask(house, who), house.start_in(days=6)
    path, wished = asked.headers["Location"], asked.json()["start"]
    assert asked.json()["wished_start"] == wished
    await house.post(f"{path}/approve", house.secretary(), {"start": later.isoformat()})
    for found in ((await house.get(path, house.token(who))).json(), (await own(house, who))[0]):
        assert (found["start"], found["wished_start"]) == (later.isoformat().replace("+00:00", "Z"), wished)


async def test_a_patient_reads_why_a_practice_declined_and_nobody_else_does(house: House) -> None:
    who = await house.somebody()
    asked = await ask(house, who, message="un mot inventé")
    path = asked.headers["Location"]
    declined = await house.post(f"{path}/decline", house.secretary(), {"reason": "une raison inventée"})
    assert "inventée" not in declined.text
    said = (await house.get(path, house.token(who))).json()
    assert (said["state"], said["message"], said["reason"]) == ("declined", None, "une raison inventée")
    assert (await house.get(path, house.token(await house.somebody()))).status_code == 404
    assert (await house.get(path, house.secretary("place-2"))).status_code == 404
    records = (await house.parts.ledger.read((f"request:{asked.json()['id']}",))).records
    assert "inventé" not in str([record.event for record in records])


async def test_what_was_declined_without_a_word_or_withdrawn_has_no_reason(house: House) -> None:
    who = await house.somebody()
    for end, token in (("decline", house.secretary()), ("withdraw", house.token(who))):
        path = (await ask(house, who)).headers["Location"]
        await house.post(f"{path}/{end}", token, {} if end == "decline" else None)
        assert (await house.get(path, house.token(who))).json()["reason"] is None


async def test_a_request_that_was_answered_meanwhile_is_not_withdrawn(house: House) -> None:
    who = await house.somebody()
    path = (await ask(house, who)).headers["Location"]
    approved = await house.post(f"{path}/approve", house.secretary())
    told = await house.post(f"{path}/withdraw", house.token(who))
    assert (told.status_code, slug_of(told)) == (409, "request-answered")
    assert (told.json()["answer"], told.json()["appointment_id"]) == ("approved", approved.json()["appointment_id"])
    assert (await house.get(f"/v1/appointments/{told.json()['appointment_id']}", house.token(who))).status_code == 200


async def test_a_motive_of_staff_that_is_not_on_request_is_not_there_for_a_patient(house: House) -> None:
    inside = Motive("asked", "dermatologie", 15, ("in_person",), "staff")
    who, agenda = await house.somebody(), await house.agenda(motives=(inside,))
    body = {"person_id": who.people[0], "motive_id": "asked", "start": house.start_in().isoformat()}
    refused = await house.post(f"/v1/agendas/{agenda}/requests", house.token(who), body)
    assert (refused.status_code, slug_of(refused)) == (422, "motive-unknown")


async def test_a_request_is_asked_once_however_often_its_form_is_sent(house: House) -> None:
    who, agenda, key = await house.somebody(), await agenda_to_ask(house), new_id()
    body = {"person_id": who.people[0], "motive_id": "asked", "start": house.start_in().isoformat()}
    path = f"/v1/agendas/{agenda}/requests"
    first, again = [await house.post(path, house.token(who), body, Idempotency_Key=key) for _ in range(2)]
    assert (first.status_code, again.content) == (201, first.content)
    assert len(await own(house, who)) == 1
    wished = house.start_in() + timedelta(days=1)
    other = await house.post(path, house.token(who), body | {"start": wished.isoformat()})
    assert (slug_of(other), other.json()["request_id"]) == ("request-pending", first.json()["id"])
