"""Many at once, through two processes: whatever they do, nobody is booked twice."""

import asyncio
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from booking.application.react import MayBookFor

from ..house import House, new_id, slug_of


def outcome(answer: httpx.Response) -> str:
    return "held" if answer.status_code == 201 else f"{answer.status_code} {slug_of(answer)}"


@pytest.mark.parametrize("round_number", range(5))
async def test_of_fifty_after_one_slot_one_gets_it(two: House, round_number: int) -> None:
    agenda, start = new_id(), two.start_in(hour=8 + round_number)
    people = [await two.somebody() for _ in range(50)]
    held = await asyncio.gather(*(two.hold(two.token(who), agenda, start, app=n % 2) for n, who in enumerate(people)))
    assert Counter(map(outcome, held)) == {"held": 1, "409 slot-held": 49}
    winner = next(n for n, answer in enumerate(held) if answer.status_code == 201)
    path, body = f"/v1/holds/{held[winner].json()['id']}/confirm", {"person_id": people[winner].people[0]}
    confirmed = await asyncio.gather(*(two.post(path, two.token(people[winner]), body, app=n % 2) for n in range(6)))
    assert sorted(answer.status_code for answer in confirmed) == [201, 409, 409, 409, 409, 409]
    late = await asyncio.gather(*(two.hold(two.token(who), agenda, start) for who in people[:10]))
    assert {outcome(answer) for answer in late} == {"409 slot-taken"}
    assert await two.events(f"agenda:{agenda}") == ["SlotHeld", "AppointmentConfirmed"]


async def test_of_overlapping_stretches_of_unequal_length_one_wins(two: House) -> None:
    agenda, start = new_id(), two.start_in(hour=10)
    shapes = [(start, 60), (start + timedelta(minutes=45), 15), (start + timedelta(minutes=45), 45),
              (start - timedelta(minutes=15), 65), (start + timedelta(minutes=40), 20)]  # fmt: skip
    tries = [
        two.hold(two.token(await two.somebody()), agenda, at, app=n % 2, minutes=length)
        for n, (at, length) in enumerate(shapes * 4)
    ]
    assert Counter(map(outcome, await asyncio.gather(*tries))) == {"held": 1, "409 slot-held": 19}


async def test_of_visits_whose_buffers_meet_one_wins_though_they_share_no_hour_of_their_own(two: House) -> None:
    agenda, start = new_id(), two.start_in(hour=10, minute=45)
    after = two.start_in(hour=11)
    tries = [
        two.hold(two.token(await two.somebody()), agenda, at, app=n % 2, buffer_before=before)
        for n, (at, before) in enumerate([(start, 0), (after, 5)] * 6)
    ]
    assert Counter(map(outcome, await asyncio.gather(*tries))) == {"held": 1, "409 slot-held": 11}


async def test_touching_intervals_are_all_held(two: House) -> None:
    agenda, start = new_id(), two.start_in(hour=10)
    tries = [
        two.hold(two.token(await two.somebody()), agenda, start + timedelta(minutes=15 * n), app=n % 2)
        for n in range(12)
    ]
    assert Counter(map(outcome, await asyncio.gather(*tries))) == {"held": 12}


async def test_a_vaccination_line_is_filled_to_its_capacity_and_no_further(two: House) -> None:
    agenda, start = new_id(), two.start_in(hour=10)
    tries = [
        two.hold(
            two.token(await two.somebody()), agenda, start + timedelta(minutes=5 * (n % 6)),
            app=n % 2, minutes=5, capacity=5,
        )
        for n in range(90)
    ]  # fmt: skip
    assert Counter(map(outcome, await asyncio.gather(*tries))) == {"held": 30, "409 slot-held": 60}


async def test_a_pool_with_one_hold_still_takes_the_next_and_only_one(two: House) -> None:
    agenda, start = new_id(), two.start_in(hour=10)
    people = [two.token(await two.somebody()) for _ in range(11)]
    assert (await two.hold(people[0], agenda, start, capacity=2)).status_code == 201
    tries = [two.hold(who, agenda, start, app=n % 2, capacity=2) for n, who in enumerate(people[1:])]
    assert Counter(map(outcome, await asyncio.gather(*tries))) == {"held": 1, "409 slot-held": 9}


async def test_one_person_is_not_booked_twice_by_two_holds_at_once(two: House) -> None:
    first, start = await two.somebody(), two.start_in()
    second = await two.somebody()
    second.people = first.people
    await two.tell(MayBookFor(second.account_id, first.people[0]))
    held = [(await two.hold(two.token(who), new_id(), start)).json()["id"] for who in (first, second)]
    answers = await asyncio.gather(
        *(
            two.post(f"/v1/holds/{id_}/confirm", two.token(who), {"person_id": first.people[0]}, app=n)
            for n, (id_, who) in enumerate(zip(held, (first, second), strict=True))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert {slug_of(answer) for answer in answers if answer.status_code == 409} == {"person-busy"}


async def test_one_account_keeps_one_hold_however_many_it_asks_for_at_once(two: House) -> None:
    who = await two.somebody()
    answers = await asyncio.gather(*(two.hold(two.token(who), app=n % 2) for n in range(8)))
    assert Counter(map(outcome, answers)) == {"held": 8}
    assert len((await two.get("/v1/holds", two.token(who))).json()["items"]) == 1


async def test_a_hold_is_either_claimed_or_confirmed_or_let_go_when_all_happen_at_once(two: House) -> None:
    for _ in range(5):
        who, visitor = await two.somebody(), two.visitor()
        hold = (await two.hold(visitor)).json()["id"]
        claim, drop = await asyncio.gather(
            two.post(f"/v1/holds/{hold}/claim", two.token(who), {"visitor_token": visitor}),
            two.request("DELETE", f"/v1/holds/{hold}", visitor, app=1),
        )
        seen = await two.get(f"/v1/holds/{hold}", two.token(who))
        assert (claim.status_code, drop.status_code, seen.status_code) in {
            (200, 404, 200),
            (410, 204, 404),
            (404, 204, 404),
        }


async def test_cancelling_at_once_from_both_sides_is_one_event(two: House) -> None:
    who = await two.somebody()
    made = await two.appointment(who)
    staff = two.token("s", roles=["secretary"], practices=["place-1"])
    answers = await asyncio.gather(
        *(
            two.post(f"/v1/appointments/{made['id']}/cancel", token, app=n % 2)
            for n, token in enumerate([two.token(who), staff] * 4)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await two.events(f"appointment:{made['id']}") == ["AppointmentConfirmed", "AppointmentCancelled"]


@pytest.mark.parametrize("rule", [{"max_per_day": 2}, {"max_per_week": 2}])
async def test_a_limited_motive_is_held_to_its_limit_by_however_many_ask_at_once(two: House, rule: dict) -> None:  # type: ignore[type-arg]
    agenda = new_id()
    tries = [
        two.hold(two.token(await two.somebody()), agenda, two.start_in(hour=8 + n), app=n % 2, zone="UTC", **rule)
        for n in range(10)
    ]
    slug = "409 day-full" if "max_per_day" in rule else "409 week-full"
    assert Counter(map(outcome, await asyncio.gather(*tries))) == {"held": 2, slug: 8}


@pytest.mark.parametrize(
    ("rule", "slug", "most"),
    [({"min_days_between": 6}, "visit-too-close", 1), ({"max_future_per_patient": 2}, "limit-reached", 2)],
)
async def test_five_confirmations_of_one_patient_at_once_keep_to_the_limit(
    two: House, rule: dict[str, int], slug: str, most: int
) -> None:
    """Five guardians, each with a hold of their own, book for one child."""
    child, agenda = new_id(), new_id()
    guardians = [await two.somebody() for _ in range(5)]
    await two.tell(*(MayBookFor(who.account_id, child) for who in guardians))
    held = [
        (await two.hold(two.token(who), agenda, two.start_in(hour=8 + n), **rule)).json()["id"]
        for n, who in enumerate(guardians)
    ]
    answers = await asyncio.gather(
        *(
            two.post(f"/v1/holds/{id_}/confirm", two.token(who), {"person_id": child}, app=n % 2)
            for n, (id_, who) in enumerate(zip(held, guardians, strict=True))
        )
    )
    assert Counter(a.status_code for a in answers) == {201: most, 422: 5 - most}
    assert {slug_of(answer) for answer in answers if answer.status_code == 422} == {slug}


async def test_a_move_and_a_hold_of_the_same_time_at_once_are_one_or_the_other(two: House) -> None:
    for _ in range(4):
        who, other, agenda = await two.somebody(), await two.somebody(), new_id()
        made = await two.appointment(who, agenda_id=agenda)
        later = two.start_in(days=4)
        sheet = two.offer(agenda, [later])
        moved, taken = await asyncio.gather(
            two.post(
                f"/v1/appointments/{made['id']}/move", two.token(who), {"offer": sheet, "start": later.isoformat()}
            ),
            two.hold(two.token(other), agenda, later, app=1),
        )
        assert sorted((moved.status_code < 300, taken.status_code < 300)) == [False, True]
        shown = (await two.get(f"/v1/appointments/{made['id']}", two.token(who))).json()
        assert (shown["start"] == later.isoformat().replace("+00:00", "Z")) is (moved.status_code == 200)


async def test_moves_of_one_appointment_at_once_leave_it_in_one_place(two: House) -> None:
    who, agenda = await two.somebody(), new_id()
    made = await two.appointment(who, agenda_id=agenda)
    starts = [two.start_in(days=4, hour=8 + n) for n in range(4)]
    sheet, path = two.offer(agenda, starts), f"/v1/appointments/{made['id']}/move"
    answers = await asyncio.gather(
        *(
            two.post(path, two.token(who), {"offer": sheet, "start": start.isoformat(), "version": 1}, app=n % 2)
            for n, start in enumerate(starts)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert {slug_of(answer) for answer in answers if answer.status_code == 409} == {"appointment-changed"}
    free = [await two.hold(two.token(await two.somebody()), agenda, start) for start in [*starts, two.start_in()]]
    assert Counter(map(outcome, free)) == {"held": 4, "409 slot-taken": 1}


async def test_of_ten_who_want_any_of_three_agendas_exactly_three_get_one_each(two: House) -> None:
    agendas, start = [new_id() for _ in range(3)], two.start_in()
    offers = [{"offer": two.offer(agenda, [start]), "start": start.isoformat()} for agenda in agendas]
    people = [await two.somebody() for _ in range(10)]
    answers = await asyncio.gather(
        *(
            two.post("/v1/holds/any-of", two.token(who), {"offers": offers[n % 3 :] + offers[: n % 3]}, app=n % 2)
            for n, who in enumerate(people)
        )
    )
    assert Counter(map(outcome, answers)) == {"held": 3, "409 slot-held": 7}
    assert {answer.json()["agenda_id"] for answer in answers if answer.status_code == 201} == set(agendas)
