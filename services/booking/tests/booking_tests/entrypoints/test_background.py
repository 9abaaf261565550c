"""What runs behind: ends of holds are recorded once, and views move with the log, twice over or made anew."""

import asyncio
import contextlib
import io
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from booking.application import handle_absences
from booking.application.ports import Answer
from booking.bootstrap import BLUEPRINT
from booking.domain.agenda import Motive
from booking.domain.events_absences import Cancel
from booking.entrypoints.projector import VIEWS, rebuild
from booking.views import appointments, holds_due, progress
from service_kit.rebuilding import checksum

from ..house import House, new_id, slug_of, until


async def rows(house: House, table: str) -> list[dict[str, Any]]:
    async with house.parts.database.connection() as connection:
        cursor = await connection.execute(f"SELECT * FROM {table} ORDER BY 1".encode())  # noqa: S608
        return await cursor.fetchall()


async def reflected(house: House) -> None:
    wanted = f"booking={await house.parts.ledger.head()}"

    async def there() -> bool:
        answer = await house.get("/v1/appointments", house.auditor(), Position_At_Least=wanted)
        return answer.status_code == 200

    await until(there)


async def test_the_end_of_a_hold_is_recorded_once_by_two_sweepers(house: House) -> None:
    await house.start("projector")
    held = [(await house.hold(house.token(await house.somebody()))).json()["id"] for _ in range(5)]
    await reflected(house)
    sweepers = [house.task("sweeper", service) for service in house.services]
    await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
    assert await house.events(f"hold:{held[0]}") == ["SlotHeld"]
    house.advance(minutes=11)
    await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
    for hold_id in held:
        assert await house.events(f"hold:{hold_id}") == ["SlotHeld", "HoldExpired"]
    await reflected(house)
    assert not set(held) & {row["hold_id"] for row in await rows(house, "hold_due")}


async def test_a_request_that_nobody_answered_lapses_once_and_is_said(house: House) -> None:
    await house.start("projector")
    agenda = await house.agenda(
        motives=(Motive("asked", "dermatologie", 15, ("in_person",), "staff", on_request=True),)
    )
    who, start = await house.somebody(people=2), house.start_in(days=2)
    path, wish = f"/v1/agendas/{agenda}/requests", {"motive_id": "asked", "start": start.isoformat()}
    asked = [
        (await house.post(path, house.token(who), {**wish, "person_id": person})).json()["id"] for person in who.people
    ]
    declined = await house.post(
        f"/v1/requests/{asked[1]}/decline", house.secretary(), {"reason": "une raison inventée"}
    )
    assert declined.status_code == 200
    await reflected(house)
    sweepers = [house.task("sweeper", service) for service in house.services]
    await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
    assert await house.events(f"request:{asked[0]}") == ["AppointmentRequested"]
    house.advance(days=3)
    await asyncio.gather(*(sweeper.sweep() for sweeper in sweepers))
    for each in asked:
        assert await house.events(f"request:{each}") == ["AppointmentRequested", "RequestEnded"]
    seen = await house.get(f"/v1/requests/{asked[0]}", house.token(who))
    assert seen.json()["state"] == "lapsed"
    late = await house.post(f"/v1/requests/{asked[0]}/decline", house.secretary())
    assert (late.status_code, slug_of(late), late.json()["answer"]) == (409, "request-answered", "lapsed")
    feed = await house.get(f"/v1/events?agenda={agenda}", house.token("reader", kind="service", roles=["service"]))
    said = [(item["type"], item["data"]["request_id"], item["data"].get("outcome")) for item in feed.json()["items"]]
    made = [("rendezvous.booking.AppointmentRequested.v1", each, None) for each in asked]
    ended = "rendezvous.booking.AppointmentRequestEnded.v1"
    assert said == [*made, (ended, asked[1], "declined"), (ended, asked[0], "lapsed")]
    assert "raison" not in feed.text


async def test_a_hold_that_became_something_else_is_not_swept(house: House) -> None:
    who = await house.somebody()
    made = await house.appointment(who)
    let_go = (await house.hold(house.token(who))).json()
    await house.request("DELETE", f"/v1/holds/{let_go['id']}", house.token(who))
    longer = (await house.hold(house.token(await house.somebody()))).json()
    house.advance(minutes=9)
    holder = (await house.parts.ledger.read((f"hold:{longer['id']}",))).records[0].event.account_id
    assert (await house.post(f"/v1/holds/{longer['id']}/extend", house.token(holder))).status_code == 200
    house.advance(minutes=5)
    await reflected(house)
    await house.task("sweeper").sweep()
    assert await house.events(f"hold:{let_go['id']}") == ["SlotHeld", "HoldReleased"]
    assert await house.events(f"hold:{longer['id']}") == ["SlotHeld", "HoldExtended"]
    assert await house.events(f"appointment:{made['id']}") == ["AppointmentConfirmed"]


async def test_the_sweeper_goes_on_though_the_view_lags(house: House) -> None:
    held = (await house.hold(house.token(await house.somebody()))).json()
    await reflected(house)
    house.advance(minutes=11)
    sweeper = house.task("sweeper")
    await sweeper.sweep()
    await sweeper.sweep()
    assert await house.events(f"hold:{held['id']}") == ["SlotHeld", "HoldExpired"]


async def test_a_view_made_anew_says_the_same(house: House) -> None:
    await house.start("projector")
    people = [await house.somebody() for _ in range(12)]
    made = await asyncio.gather(*(house.appointment(who) for who in people))
    for who, each in zip(people[:6], made, strict=False):
        await house.post(f"/v1/appointments/{each['id']}/cancel", house.token(who))
    await asyncio.gather(*(house.hold(house.token(who)) for who in people))
    agenda = await house.agenda(motives=(Motive("asked", "x", 15, ("in_person",), "staff", on_request=True),))
    body = {"person_id": people[0].people[0], "motive_id": "asked", "start": house.start_in(30).isoformat()}
    assert (await house.post(f"/v1/agendas/{agenda}/requests", house.token(people[0]), body)).status_code == 201
    start = house.start_in(30)
    absence = handle_absences.note(new_id(), agenda, start, start + timedelta(days=2), Cancel())
    await house.parts.ledger.decide(absence, "service:test", lambda _: Answer(204, b""))
    late = await house.appointment(people[1], agenda_id=agenda, start=house.start_in(40))
    await house.post(f"/v1/appointments/{late['id']}/waiting-list", house.token(people[1]))
    gone = await house.appointment(people[2], agenda_id=agenda, start=house.start_in(20))
    await house.post(f"/v1/appointments/{gone['id']}/cancel", house.token(people[2]))
    await reflected(house)
    for view, table in (
        ("appointments", "appointment"),
        ("holds_due", "hold_due"),
        ("requests", "request_pending"),
        ("absences", "absence_due"),
        ("waiting", "waiting_list"),
        ("waiting", "freed_slot"),
    ):
        before = await rows(house, table)
        assert before
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            assert await asyncio.to_thread(BLUEPRINT.commands["rebuild-view"], [view]) == 0
        assert printed.getvalue().startswith(f"{view}: made anew, up to position ")
        assert printed.getvalue().endswith("; 0 rows were not as the log says\n")
        assert await rows(house, table) == before
    assert set(VIEWS) == {"appointments", "holds_due", "requests", "absences", "waiting"}


async def test_a_view_that_went_wrong_is_made_right_and_every_other_row_is_left_as_it_is(
    empty_house: House, own: Any
) -> None:
    house = empty_house
    await house.start("projector")
    made = [await house.appointment(await house.somebody()) for _ in range(6)]
    await reflected(house)
    right = await rows(house, "appointment")
    with psycopg.connect(own.log.owner_url) as owner:
        owner.execute("DELETE FROM appointment WHERE appointment_id = %s", [made[0]["id"]])
        owner.execute("UPDATE appointment SET zone = 'Asia/Tokyo' WHERE appointment_id = %s", [made[1]["id"]])
        owner.execute("UPDATE appointment SET appointment_id = 'nobody' WHERE appointment_id = %s", [made[2]["id"]])
        untouched = owner.execute("SELECT ctid FROM appointment WHERE appointment_id = %s", [made[3]["id"]]).fetchall()
        owner.commit()
        assert await rebuild(house.parts.database, house.parts.ledger, appointments) == (
            12,
            4,
        )  # one of them is gone, and another come in its place
        assert await rows(house, "appointment") == right
        owner.rollback()
        found = owner.execute("SELECT ctid FROM appointment WHERE appointment_id = %s", [made[3]["id"]]).fetchall()
        assert found == untouched


async def test_a_rebuild_equals_the_live_view_octet_for_octet_while_people_book(house: House) -> None:
    await house.start("projector")
    ended = asyncio.Event()
    booked = 0

    async def book() -> None:
        nonlocal booked
        while not ended.is_set():
            made = await house.appointment(who := await house.somebody())
            if booked % 3 == 0:
                await house.post(f"/v1/appointments/{made['id']}/cancel", house.token(who))
            booked += 1

    async def sums() -> list[str]:
        """Of what is live, in one snapshot with the position it is at."""
        async with house.parts.database.transaction() as connection:
            await progress.locked(connection, VIEWS)
            return [await checksum(connection, table) for view in VIEWS.values() for table in view.TABLES]

    async with asyncio.TaskGroup() as people:
        for _ in range(4):
            people.create_task(book())
        for view in list(VIEWS.values()) * 3:
            before = booked
            _, differing = await rebuild(house.parts.database, house.parts.ledger, view)
            assert differing == 0
            async with asyncio.timeout(120):
                while booked <= before:  # noqa: ASYNC110 (people book meanwhile, in their own time)
                    await asyncio.sleep(0.01)
        ended.set()
    await reflected(house)
    live = await sums()
    for view in VIEWS.values():
        await rebuild(house.parts.database, house.parts.ledger, view)
    assert await sums() == live
    assert len(set(live)) == 6


def test_a_view_that_does_not_exist_is_not_made_anew(capsys: pytest.CaptureFixture[str]) -> None:
    assert BLUEPRINT.commands["rebuild-view"](["other"]) == 2
    assert "appointments, holds_due, requests, absences, waiting" in capsys.readouterr().err


async def test_a_view_that_fails_keeps_its_rows_and_its_position(
    empty_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows and position are one transaction: whoever starts again finds neither or both."""
    house, project = empty_house, holds_due.project
    await house.start()
    held = await house.hold(house.token(await house.somebody()))
    projector, due = house.task("projector"), await rows(house, "hold_due")
    before = await projector.position()

    async def break_afterwards(connection: Any, records: Any) -> None:
        await project(connection, records)
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(holds_due, "project", break_afterwards)
        with pytest.raises(RuntimeError):
            await projector.run()
    assert (await projector.position(), await rows(house, "hold_due")) == (before, due)
    await house.run(projector)
    await reflected(house)
    assert held.json()["id"] in {row["hold_id"] for row in await rows(house, "hold_due")}
