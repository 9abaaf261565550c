"""`python -m booking import`: a dry run that changes nothing, conflicts by name, once only, thousands in a minute."""

import asyncio
import contextlib
import io
import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from booking.bootstrap import BLUEPRINT

from ..house import House, new_id

HEADER = "reference;person_id;motive_id;start\n"


async def run(*arguments: str) -> tuple[int, Any]:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        code = await asyncio.to_thread(BLUEPRINT.commands["import"], [*arguments, "--json"])
    return code, json.loads(printed.getvalue() or "null")


async def lines(house: House, count: int, days: int = 10) -> list[str]:
    who = await house.somebody(people=count)
    first = house.start_in(days, hour=8)
    starts = [first + timedelta(days=n // 32, minutes=15 * (n % 32)) for n in range(count)]
    return [
        f"ref-{n};{person};motive-1;{start.isoformat()}\n"
        for n, (person, start) in enumerate(zip(who.people, starts, strict=True))
    ]


async def test_a_dry_run_says_what_would_be_and_changes_nothing(house: House, tmp_path: Path) -> None:
    agenda, file = await house.agenda(), tmp_path / "appointments.csv"
    good = await lines(house, 3)
    taken = house.start_in(20)
    await house.appointment(await house.somebody(), agenda_id=agenda, start=taken)
    person, other = (await house.somebody()).people[0], (await house.somebody()).people[0]
    bad = [
        f"x1;{person};motive-1;{taken.isoformat()}\n",  # what another has
        f"x2;{other};motive-1;{good[0].strip().rpartition(';')[2]}\n",  # what a row before it has
        f"x3;{new_id()};motive-1;{house.start_in(21).isoformat()}\n",
        f"x4;{person};other;{house.start_in(21).isoformat()}\n",
        f"x5;{person};motive-1;soon\n",
        f"x6;{person};motive-1;2020-01-01 09:00\n",
    ]
    file.write_text(HEADER + "".join([*good, *bad]), encoding="utf-8-sig")
    head = await house.parts.ledger.head()
    code, dry = await run(agenda, str(file))
    assert (code, dry["dry_run"], await house.parts.ledger.head()) == (1, True, head)
    outcomes = [row["outcome"] for row in dry["rows"]]
    assert outcomes == [
        "imported", "imported", "imported", "slot-taken", "slot-taken", "person-unknown", "no-such-motive",
        "time-unreadable", "already-over",
    ]  # fmt: skip
    code, real = await run(agenda, str(file), "--go")
    assert (code, [row["outcome"] for row in real["rows"]]) == (1, outcomes)
    known = (await house.parts.ledger.read((f"agenda:{agenda}",))).known
    assert len(known.booked()) == 4
    code, again = await run(agenda, str(file), "--go")
    assert [row["outcome"] for row in again["rows"]] == ["already-there"] * 3 + outcomes[3:]
    assert (await run(agenda, str(file)))[1]["counts"]["already-there"] == 3


async def test_a_row_that_came_before_with_another_time_is_named_and_nothing_is_lost(
    house: House, tmp_path: Path
) -> None:
    agenda, file = await house.agenda(), tmp_path / "appointments.csv"
    first, second = await lines(house, 2)
    later = f"ref-0;{first.split(';')[1]};motive-1;{house.start_in(30).isoformat()}\n"
    file.write_text(HEADER + first + second + later)
    for go in ([], ["--go"]):
        code, report = await run(agenda, str(file), *go)
        assert (code, [row["outcome"] for row in report["rows"]]) == (1, ["imported"] * 2 + ["imported-otherwise"])
    file.write_text(HEADER + later + second)
    code, again = await run(agenda, str(file), "--go")
    assert (code, [row["outcome"] for row in again["rows"]]) == (1, ["imported-otherwise", "already-there"])


async def test_what_was_imported_is_the_patients_appointment_and_no_confirmation_is_asked_for(
    house: House, tmp_path: Path
) -> None:
    agenda, who, file = await house.agenda(), await house.somebody(), tmp_path / "appointments.ics"
    start = house.start_in(9)
    file.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:r-1\r\nDTSTAMP:20270101T000000Z\r\n"
        f"ATTENDEE:urn:uuid:{who.people[0]}\r\nCATEGORIES:motive-1\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
        "DURATION:PT20M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert (await run(agenda, str(file), "--go"))[0] == 0
    reading = await house.parts.ledger.read((f"person:{who.people[0]}",))
    (booked,) = reading.known.booked()
    seen = (await house.get(f"/v1/appointments/{booked.appointment_id}", house.token(who))).json()
    assert (seen["state"], seen["end"]) == (
        "confirmed", (start + timedelta(minutes=20)).isoformat().replace("+00:00", "Z"),
    )  # fmt: skip
    service = house.token("reader", kind="service", roles=["service"])
    feed = (await house.get(f"/v1/events?agenda={agenda}", service)).json()["items"]
    assert [(item["type"].split(".")[2], item["data"]["imported"]) for item in feed] == [("AppointmentConfirmed", True)]


async def test_a_thousand_appointments_take_seconds(house: House, tmp_path: Path) -> None:
    """Thousands in a minute: the bound here is generous, for a busy machine."""
    agenda, file = await house.agenda(), tmp_path / "appointments.csv"
    file.write_text(HEADER + "".join(await lines(house, 1000)))
    began = time.monotonic()
    code, report = await run(agenda, str(file), "--go")
    assert (code, report["counts"]) == (0, {"imported": 1000})
    assert time.monotonic() - began < 30


async def test_a_file_or_an_agenda_that_is_not_there_is_a_wrong_word(house: House, tmp_path: Path) -> None:
    agenda, file = await house.agenda(), tmp_path / "a.csv"
    file.write_text("a;b\n")
    assert (await run(agenda, str(tmp_path / "none.csv")))[0] == 2
    assert (await run(new_id(), str(file)))[0] == 2
    assert (await run(agenda, str(file)))[0] == 2
