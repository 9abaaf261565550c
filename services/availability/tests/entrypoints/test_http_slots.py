"""Free slots over HTTP: on signed sheets, as the holder and as others see them, on days when the clock changes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from ..house import House, motive, opening

DAY = "2027-03-17"


def starts(found: dict[str, Any]) -> list[str]:
    return [slot["start"][11:16] for slot in found["slots"]]


async def test_free_slots_stand_on_signed_sheets_in_the_place_s_time(house: House) -> None:
    agenda = await house.open()
    found = await house.slots(agenda["id"], DAY)
    assert found["zone"] == "Europe/Paris"
    assert found["slots"][0] == {
        "agenda_id": agenda["id"],
        "start": "2027-03-17T09:00:00+01:00",
        "end": "2027-03-17T09:30:00+01:00",
        "mode": "in_person",
        "offer": 0,
    }
    assert starts(found) == ["09:00", "09:30", "10:00", "10:30"]
    assert found["next_slot"] == {name: found["slots"][0][name] for name in ("agenda_id", "start", "end", "mode")}


async def test_each_sheet_verifies_with_the_published_key_and_holds_exactly_its_starts(house: House) -> None:
    first, second = await house.open(), await house.open(opening_ranges=[opening("14:00", "16:00", capacity=3)])
    query = [("agenda", first["id"]), ("agenda", second["id"]), ("motive", "check-up"), ("from", DAY), ("to", DAY)]
    found = (await house.client.get("/v1/slots", params=query)).json()
    keys = KeySet.import_key_set((await house.client.get("/.well-known/jwks.json")).json())
    assert all("d" not in key.as_dict() for key in keys.keys)
    assert len(found["offers"]) == 2
    for place, offer in enumerate(found["offers"]):
        verified = jws.deserialize_compact(offer, keys, algorithms=["Ed25519"])
        assert verified.headers()["typ"] == "offer+jws"
        sheet = json.loads(verified.payload)
        listed = [slot for slot in found["slots"] if slot["offer"] == place]
        assert sheet["agenda_id"] in (first["id"], second["id"])
        assert {slot["agenda_id"] for slot in listed} == {sheet["agenda_id"]}
        assert sheet_starts(sheet) == [datetime.fromisoformat(slot["start"]).astimezone(UTC) for slot in listed]
        assert sheet["exp"] - sheet["iat"] == 600
        assert sheet["iat"] == int(house.clock.now().timestamp())
        assert sheet["capacity"] == (1 if sheet["agenda_id"] == first["id"] else 3)
        assert (sheet["minutes"], sheet["motive_id"], sheet["speciality"]) == (30, "check-up", "SM15")
        assert "name" not in sheet


def sheet_starts(sheet: dict[str, Any]) -> list[datetime]:
    """The starts of a sheet: LEB128 steps of 5 minutes since 1970."""
    raw = base64.urlsafe_b64decode(sheet["starts"] + "=" * (-len(sheet["starts"]) % 4))
    found, cell, step, shift = [], 0, 0, 0
    for byte in raw:
        step |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            cell += step
            found.append(datetime.fromtimestamp(cell * 300, UTC))
            step = shift = 0
    assert shift == 0
    return found


@pytest.mark.parametrize(
    ("day", "range_", "expected"),
    [
        ("2027-03-28", ("01:00", "04:00"), ["01:00:00+01:00", "01:30:00+01:00", "03:00:00+02:00", "03:30:00+02:00"]),
        ("2027-03-28", ("02:00", "03:00"), []),
        ("2027-10-31", ("02:00", "03:00"), ["02:00:00+02:00", "02:30:00+02:00", "02:00:00+01:00", "02:30:00+01:00"]),
        ("2027-03-29", ("09:00", "10:00"), ["09:00:00+02:00", "09:30:00+02:00"]),
    ],
)
async def test_on_a_day_when_the_clock_changes_no_slot_is_missing_or_made_up(
    house: House, day: str, range_: tuple[str, str], expected: list[str]
) -> None:
    agenda = await house.open(
        opening_ranges=[opening(*range_)], motives=[motive("check-up", horizon_days=365)], holidays_closed=False
    )
    found = await house.slots(agenda["id"], day)
    assert [slot["start"][11:] for slot in found["slots"]] == expected


async def test_modes_may_be_asked_for_apart(house: House) -> None:
    agenda = await house.open()
    both = await house.slots(agenda["id"], DAY, motive="talk")
    video = await house.slots(agenda["id"], DAY, motive="talk", mode="video")
    assert {slot["mode"] for slot in both["slots"]} == {"in_person", "video"}
    assert len(both["offers"]) == 2
    assert {slot["mode"] for slot in video["slots"]} == {"video"}
    assert len(video["slots"]) == 8


async def test_an_empty_week_names_the_next_slot_after_it(house: House) -> None:
    agenda = await house.open(opening_ranges=[opening("09:00", "11:00", valid_from="2027-04-20")])
    found = await house.slots(agenda["id"], "2027-03-15", "2027-03-21")
    assert (found["slots"], found["offers"]) == ([], [])
    assert found["next_slot"]["start"] == "2027-04-20T09:00:00+02:00"
    none = await house.slots(agenda["id"], "2028-01-01")
    assert none["next_slot"] is None


async def test_notice_horizon_and_staff_only_motives_bound_what_is_offered(house: House) -> None:
    motives = [
        motive("check-up", notice_minutes=23 * 60, horizon_days=2),
        motive("inside", booking="staff"),
    ]
    agenda = await house.open(motives=motives)
    found = await house.slots(agenda["id"], "2027-03-10", "2027-03-31")
    assert [slot["start"][:16] for slot in found["slots"]][:1] == ["2027-03-12T09:00"]
    assert {slot["start"][:10] for slot in found["slots"]} == {"2027-03-12"}
    staff_only = await house.slots(agenda["id"], DAY, motive="inside")
    assert staff_only["slots"] == []
    assert staff_only["next_slot"] is None


async def test_the_times_of_a_motive_on_request_are_told_to_who_asks_for_one_on_no_sheet(house: House) -> None:
    motives = [motive("asked", booking="staff", on_request=True), motive("inside", booking="staff"), motive("check-up")]
    agenda = await house.open(motives=motives)
    found = await house.slots(agenda["id"], DAY, motive="asked", on_request="true")
    assert (starts(found), found["offers"]) == (["09:00", "09:30", "10:00", "10:30"], [])
    assert {slot["offer"] for slot in found["slots"]} == {None}
    assert found["next_slot"]["start"] == found["slots"][0]["start"]
    assert (await house.slots(agenda["id"], DAY, motive="asked"))["slots"] == []
    inside = await house.slots(agenda["id"], DAY, motive="inside", on_request="true")
    assert (inside["slots"], inside["next_slot"]) == ([], None)
    holiday = await house.slots(agenda["id"], "2027-03-29", motive="asked", on_request="true")
    assert (holiday["slots"], holiday["next_slot"]["start"][:10]) == ([], "2027-03-30")
    booked = await house.slots(agenda["id"], DAY, on_request="true")
    assert (len(booked["offers"]), {slot["offer"] for slot in booked["slots"]}) == (1, {0})


async def test_a_public_holiday_closes_its_date(house: House) -> None:
    agenda = await house.open()
    easter_monday = "2027-03-29"
    assert (await house.slots(agenda["id"], easter_monday))["slots"] == []
    opened = await house.open(holidays_closed=False)
    assert len((await house.slots(opened["id"], easter_monday))["slots"]) == 4


@pytest.mark.parametrize(
    ("change", "status", "slug"),
    [
        ({"agenda": "nobody-s"}, 404, "not-found"),
        ({"motive": "unheard-of"}, 422, "invalid-field"),
        ({"to": "2027-03-16"}, 422, "invalid-field"),
        ({"to": "2027-04-17"}, 422, "invalid-field"),
        ({"from": "yesterday"}, 422, "invalid-field"),
        ({"mode": "by-letter"}, 422, "invalid-field"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_by_name(
    house: House, change: dict[str, str], status: int, slug: str
) -> None:
    agenda = await house.open()
    query = {"agenda": agenda["id"], "motive": "check-up", "from": DAY, "to": DAY} | change
    answer = await house.client.get("/v1/slots", params=query)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (status, slug)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_thirty_one_days_may_be_asked_for_at_once(house: House) -> None:
    agenda = await house.open()
    found = await house.slots(agenda["id"], "2027-03-17", "2027-04-16")
    assert len({slot["start"][:10] for slot in found["slots"]}) == 30  # Easter Monday is closed


async def test_a_wrong_token_is_refused_even_where_none_is_needed(house: House) -> None:
    agenda = await house.open()
    query = {"agenda": agenda["id"], "motive": "check-up", "from": DAY, "to": DAY}
    answer = await house.client.get("/v1/slots", params=query, headers={"Authorization": "Bearer not-a-token"})
    assert answer.status_code == 401


async def test_reads_say_what_they_reflect_and_wait_for_a_position(house: House) -> None:
    agenda = await house.open()
    query = {"agenda": agenda["id"], "motive": "check-up", "from": DAY, "to": DAY}
    read = await house.client.get("/v1/slots", params=query)
    said = dict(part.split("=") for part in read.headers["position"].split(", "))
    assert set(said) == {"availability", "booking", "directory"}
    assert int(said["availability"]) >= 2
    own = {"Position-At-Least": f"availability={said['availability']}, booking=0"}
    assert (await house.client.get("/v1/slots", params=query, headers=own)).status_code == 200
    later = await house.client.get("/v1/slots", params=query, headers={"Position-At-Least": "booking=999999"})
    assert (later.status_code, later.headers["retry-after"]) == (503, "1")
    foreign = await house.client.get("/v1/slots", params=query, headers={"Position-At-Least": "notification=1"})
    assert foreign.status_code == 400
