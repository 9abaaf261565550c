"""Staff over HTTP: they book without an offer, override with a reason, and answer requests; two at once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from booking.domain.agenda import Motive

from ..house import House, Somebody, new_id, slug_of


async def book(house: House, agenda: str, who: Somebody, token: str | None = None, **more: Any) -> httpx.Response:
    app = more.pop("app", 0)
    body = {"person_id": who.people[0], "motive_id": "motive-1", "start": house.start_in().isoformat()} | more
    return await house.post(f"/v1/agendas/{agenda}/appointments", token or house.secretary(), body, app=app)


async def ask(house: House, who: Somebody, **more: Any) -> tuple[str, httpx.Response]:
    agenda = await house.agenda(
        motives=(Motive("asked", "dermatologie", 15, ("in_person",), "staff", on_request=True),)
    )
    body = {"person_id": who.people[0], "motive_id": "asked", "start": house.start_in().isoformat(), **more}
    return agenda, await house.post(f"/v1/agendas/{agenda}/requests", house.token(who), body)


async def test_staff_book_without_an_offer_and_the_patient_has_the_appointment(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    made = await book(house, agenda, who)
    assert (made.status_code, made.json()["state"]) == (201, "confirmed")
    assert made.json()["history"] == [{**made.json()["history"][0], "event": "confirmed", "by": "practice"}]
    seen = await house.get(made.headers["Location"], house.token(who))
    assert (seen.status_code, seen.json()["agenda_id"]) == (200, agenda)
    taken = await house.hold(house.token(await house.somebody()), agenda)
    assert (taken.status_code, slug_of(taken)) == (409, "slot-taken")
    cancelled = await house.post(f"{made.headers['Location']}/cancel", house.token(who))
    assert cancelled.json()["state"] == "cancelled"


async def test_an_override_needs_a_reason_and_is_an_event_of_its_own(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    await book(house, agenda, await house.somebody())
    refused = await book(house, agenda, who)
    assert (refused.status_code, slug_of(refused)) == (409, "slot-taken")
    without = await book(house, agenda, who, override=True, reason="  ")
    assert (without.status_code, slug_of(without)) == (422, "reason-missing")
    made = await book(house, agenda, who, override=True, reason="une urgence inventée")
    assert made.status_code == 201
    assert await house.events(f"appointment:{made.json()['id']}") == ["AppointmentBookedOverRules"]
    records = (await house.parts.ledger.read((f"appointment:{made.json()['id']}",))).records
    assert "urgence" not in str(records[0].event)


async def test_a_patient_cannot_book_as_staff_do(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    for token in (house.token(who), house.visitor(), house.auditor()):
        assert (await book(house, agenda, who, token, override=True, reason="x")).status_code == 403
    foreign = await book(house, agenda, who, house.secretary("place-2"))
    absent = await book(house, new_id(), who, house.secretary("place-2"))
    assert (foreign.status_code, foreign.content) == (404, absent.content)


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"motive_id": "other"}, "motive-unknown"),
        ({"mode": "video"}, "motive-unknown"),
        ({"person_id": "nobody"}, "person-unknown"),
        ({"start": "2027-03-01T09:03:00Z"}, "invalid-field"),
        ({"start": "2020-03-01T09:00:00Z"}, "already-over"),
        ({"start": "2060-03-01T09:00:00Z"}, "beyond-horizon"),
    ],
)
async def test_what_staff_cannot_book_is_refused_by_its_name(house: House, changed: dict[str, Any], slug: str) -> None:
    answer = await book(house, await house.agenda(), await house.somebody(), **changed)
    assert (answer.status_code in {409, 422}, slug_of(answer)) == (True, slug)


async def test_an_agenda_that_was_closed_takes_no_booking_of_staff(house: House) -> None:
    agenda = await house.agenda(closed=True)
    answer = await book(house, agenda, await house.somebody())
    assert (answer.status_code, slug_of(answer)) == (409, "agenda-closed")


async def test_of_two_staff_at_one_time_one_books_and_the_other_is_told(two: House) -> None:
    for _ in range(3):
        agenda, people = await two.agenda(), [await two.somebody() for _ in range(6)]
        answers = await asyncio.gather(*(book(two, agenda, who, app=n % 2) for n, who in enumerate(people)))
        assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
        assert {slug_of(answer) for answer in answers if answer.status_code == 409} == {"slot-taken"}


async def test_a_request_waits_for_the_practice_and_becomes_an_appointment(house: House) -> None:
    who = await house.somebody()
    agenda, asked = await ask(house, who, message="un mot inventé")
    path = asked.headers["Location"]
    assert (asked.status_code, asked.json()["state"]) == (201, "pending")
    head = {"Position_At_Least": asked.headers["Position"]}
    waiting = await house.get(f"/v1/requests?agenda={agenda}", house.secretary(), **head)
    assert [item["id"] for item in waiting.json()["items"]] == [asked.json()["id"]]
    assert (await house.get(f"/v1/requests?agenda={agenda}", house.secretary("place-2"))).json()["items"] == []
    assert (await house.get(path, house.secretary())).json()["message"] == "un mot inventé"
    again = await house.post(
        f"/v1/agendas/{agenda}/requests", house.token(who),
        {"person_id": who.people[0], "motive_id": "asked", "start": house.start_in(5).isoformat()},
    )  # fmt: skip
    assert (again.status_code, slug_of(again)) == (409, "request-pending")
    later = house.start_in(days=4).isoformat()
    approved = await house.post(f"{path}/approve", house.secretary(), {"start": later})
    assert approved.json()["state"] == "approved"
    made = await house.get(f"/v1/appointments/{approved.json()['appointment_id']}", house.token(who))
    assert made.json()["start"] == later.replace("+00:00", "Z")
    assert (await house.get(path, house.token(who))).json()["state"] == "approved"
    head = {"Position_At_Least": approved.headers["Position"]}
    assert (await house.get(f"/v1/requests?agenda={agenda}", house.secretary(), **head)).json()["items"] == []


async def test_two_secretaries_who_approve_at_once_get_one_appointment_and_the_same_answer(two: House) -> None:
    for _ in range(3):
        _, asked = await ask(two, await two.somebody())
        path = f"{asked.headers['Location']}/approve"
        answers = await asyncio.gather(*(two.post(path, two.secretary(), app=n % 2) for n in range(6)))
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
        assert await two.events(f"request:{asked.json()['id']}") == ["AppointmentRequested", "RequestApproved"]


async def test_of_an_approval_and_a_refusal_at_once_one_wins_and_the_other_is_told(two: House) -> None:
    for _ in range(3):
        _, asked = await ask(two, await two.somebody())
        path = asked.headers["Location"]
        answers = await asyncio.gather(
            two.post(f"{path}/approve", two.secretary()),
            two.post(f"{path}/decline", two.secretary(), {"reason": "complet"}, app=1),
            two.post(f"{path}/withdraw", two.token("nobody")),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 404, 409]
        told = next(answer for answer in answers if answer.status_code == 409)
        assert (slug_of(told), told.json()["answer"]) in {
            ("request-answered", "approved"), ("request-answered", "declined"),
        }  # fmt: skip


async def test_what_can_be_booked_online_is_not_asked_for(house: House) -> None:
    who, agenda = await house.somebody(), await house.agenda()
    body = {"person_id": who.people[0], "motive_id": "motive-1", "start": house.start_in().isoformat()}
    refused = await house.post(f"/v1/agendas/{agenda}/requests", house.token(who), body)
    assert (refused.status_code, slug_of(refused)) == (422, "book-online-instead")
    _, stranger = await ask(house, who, person_id=new_id())
    assert (stranger.status_code, slug_of(stranger)) == (422, "person-unknown")
    absent = await house.get(f"/v1/requests/{new_id()}", house.token(who))
    assert absent.status_code == 404


async def test_an_agendas_days_are_those_of_its_place_and_show_what_was_just_written(house: House) -> None:
    """The clocks of Paris go forward on 28 March 2027: its day has 23 hours."""
    agenda, who, other = await house.agenda(), await house.somebody(), await house.somebody()
    house.advance(seconds=(datetime(2027, 3, 26, tzinfo=UTC) - house.clock.now()).total_seconds())
    starts = ["2027-03-27T22:45:00Z", "2027-03-27T23:00:00Z", "2027-03-28T21:45:00Z", "2027-03-28T22:00:00Z"]
    made = [await book(house, agenda, await house.somebody(), start=start) for start in starts]
    gone = await book(house, agenda, other, start="2027-03-28T12:00:00Z")
    cancelled = await house.post(f"{gone.headers['Location']}/cancel", house.token(other))
    head = {"Position_At_Least": cancelled.headers["Position"]}
    path = f"/v1/agendas/{agenda}/days"
    day = (await house.get(f"{path}?from=2027-03-28", house.secretary(), **head)).json()
    assert [[each["id"] for each in item["appointments"]] for item in day["items"]] == [
        [made[1].json()["id"], made[2].json()["id"]]
    ]
    week = (await house.get(f"{path}?from=2027-03-22&count=7", house.secretary())).json()
    assert [(item["date"], len(item["appointments"])) for item in week["items"]][4:] == [
        ("2027-03-26", 0), ("2027-03-27", 1), ("2027-03-28", 2),
    ]  # fmt: skip
    for token, status in ((house.secretary("place-2"), 404), (house.token(who), 403)):
        assert (await house.get(f"{path}?from=2027-03-28", token)).status_code == status


async def test_a_practices_list_and_a_patients_history_are_the_practices_own(house: House) -> None:
    who, place = await house.somebody(), new_id()
    agendas = [await house.agenda(place_id=place), await house.agenda(place_id=place, practitioner_id="practitioner-2")]
    for n, agenda in enumerate(agendas):
        await book(house, agenda, who, house.secretary(place), start=house.start_in(3 + n).isoformat())
    elsewhere = await house.appointment(who, start=house.start_in(20))
    head = {"Position_At_Least": f"booking={elsewhere['position']}"}
    theirs = (await house.get(f"/v1/appointments?place={place}", house.secretary(place), **head)).json()["items"]
    assert [item["agenda_id"] for item in theirs] == agendas
    one = await house.get(f"/v1/appointments?place={place}&practitioner=practitioner-2", house.secretary(place))
    assert [item["agenda_id"] for item in one.json()["items"]] == agendas[1:]
    history = await house.get(f"/v1/appointments?person={who.people[0]}", house.secretary(place))
    assert [item["agenda_id"] for item in history.json()["items"]] == agendas
    mine = await house.get("/v1/appointments", house.token(who))
    assert len(mine.json()["items"]) == 3


@pytest.mark.parametrize(
    "start", ["9999-12-31T23:55:00Z", "9999-12-31T23:55:00-05:00", "2200-01-01T00:05:00Z", "0001-01-01T00:00:00+05:00"]
)
async def test_a_start_at_the_ends_of_the_calendar_is_a_wrong_field_whoever_asks(house: House, start: str) -> None:
    who, (agenda, asked) = await house.somebody(), await ask(house, await house.somebody())
    body = {"person_id": who.people[0], "motive_id": "asked", "start": start}
    offered = {"offer": house.offer(agenda, [house.start_in()]), "start": start}
    answers = [
        await house.post(f"/v1/agendas/{agenda}/appointments", house.secretary(), body),
        await house.post(f"/v1/agendas/{agenda}/requests", house.token(who), body),
        await house.post(f"{asked.headers['Location']}/approve", house.secretary(), {"start": start}),
        await house.post("/v1/holds", house.token(who), offered),
        await house.post("/v1/holds/any-of", house.token(who), {"offers": [offered]}),
    ]
    assert {(each.status_code, slug_of(each)) for each in answers} == {(422, "invalid-field")}
