"""The starts on a sheet come back as they went in."""

from __future__ import annotations

import pytest
from availability.domain.agenda import SecondVisit
from availability.domain.sheet import STARTS_MAX, encode_starts, payload
from availability.domain.slots import Starts
from hypothesis import given
from hypothesis import strategies as st

from .samples import EARLY, agenda, visit


def decode(raw: bytes) -> list[int]:
    """Unsigned LEB128, written down from its definition."""
    found, cell, value, shift = [], 0, 0, 0
    for byte in raw:
        value += (byte % 128) << shift
        shift += 7
        if byte < 128:
            cell += value
            found.append(cell * 5)
            value = shift = 0
    return found


@given(st.sets(st.integers(1, 2**31 // 5), max_size=200))
def test_starts_are_steps_of_five_minutes(cells: set[int]) -> None:
    minutes = [5 * cell for cell in sorted(cells)]
    assert decode(encode_starts(minutes)) == minutes


@pytest.mark.parametrize("wrong", [[7], [10, 10], [10, 5], range(5, 5 * (STARTS_MAX + 2), 5)])
def test_what_booking_would_refuse_is_never_signed(wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="starts of a sheet"):
        encode_starts(wrong)


def test_two_weeks_of_a_practice_take_a_byte_for_each_start() -> None:
    day = [27_000_000 + 15 * quarter for quarter in range(24)]
    starts = [minute + 1440 * days for days in range(14) for minute in day]
    assert len(encode_starts(starts)) <= len(starts) + 20


def test_the_facts_that_decide_are_on_the_sheet_and_no_name_is() -> None:
    motive = visit(30, booking="known_patients", questions=(("q1", True),), cancel_until_minutes=60)
    signed = payload(agenda(motives=(motive,)), motive, "video", Starts(2, (5, 10)), EARLY)
    assert signed["exp"] - signed["iat"] == 600
    in_person = payload(agenda(), visit(rooms=("r2", "r1")), "in_person", Starts(1, (5,)), EARLY)
    assert (in_person["rooms"], signed["rooms"]) == (("r2", "r1"), ())
    by_video = payload(agenda(), visit(rooms=("r2", "r1")), "video", Starts(1, (5,)), EARLY)
    assert by_video["rooms"] == ()
    assert signed["questions"] == [{"id": "q1", "required": True}]
    facts = (signed["mode"], signed["capacity"], signed["booking"], signed["cancel_until_minutes"], signed["place_id"])
    assert facts == ("video", 2, "known_patients", 60, "l")
    assert not {"name", "text", "price"} & signed.keys()


def test_the_second_visit_that_a_motive_wants_is_on_its_sheet() -> None:
    second = SecondVisit("then", 21, 28, together=True)
    one, two = visit(30), visit(30, second=second)
    assert payload(agenda(motives=(one,)), one, "video", Starts(1, (5,)), EARLY)["second"] is None
    signed = payload(agenda(motives=(two,)), two, "video", Starts(1, (5,)), EARLY)["second"]
    assert signed == {"motive_id": "then", "days_min": 21, "days_max": 28, "together": True}


def test_the_limits_of_the_motive_are_on_its_sheet() -> None:
    limits = {"move_until_minutes": 120, "min_days_between": 6, "max_per_day": 4, "max_per_week": 12}
    motive = visit(30, **limits)
    signed = payload(agenda(motives=(motive,)), motive, "video", Starts(1, (5,)), EARLY)
    assert {name: signed[name] for name in limits} == limits
