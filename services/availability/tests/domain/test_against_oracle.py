"""The bit sets answer like the minute-by-minute oracle, on generated agendas of which most have slots."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from availability.domain.agenda import Acceptance, Agenda, Extra, Motive, Range, Stretch
from availability.domain.slots import Occupation, free_starts, next_start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from . import oracle
from .samples import agenda, visit

Case = tuple[Agenda, Motive, list[Stretch], list[Stretch], dict[str, list[Stretch]], date, date, datetime]
SEEN: Counter[str] = Counter()
DAYS = [date(2027, 3, 27), date(2027, 10, 30), date(2027, 5, 5), date(2026, 12, 31), date(2027, 7, 12)]
ZONES = ["Europe/Paris", "Europe/Paris", "America/Miquelon", "Pacific/Marquesas", "Pacific/Wallis"]


@st.composite
def ranges(draw: st.DrawFn, first: date, capacities: list[int]) -> Range:
    start = draw(st.sampled_from([0, 60, 110, 120, 150, 480, 540, 845, 1320, 1380]))
    length = draw(st.sampled_from([30, 60, 90, 240, 480, 1440]))
    weekdays = draw(st.frozensets(st.integers(1, 7), min_size=5))
    return Range(
        weekdays, start, length,
        valid_from=first - timedelta(days=draw(st.sampled_from([0, 1, 8, 400]))),
        accepts=Acceptance(capacity=draw(st.sampled_from(capacities))),
        valid_until=draw(st.sampled_from([None, None, first + timedelta(days=1)])),
        every_weeks=draw(st.sampled_from([1, 1, 1, 2])),
        except_dates=frozenset(first - timedelta(days=day) for day in draw(st.sampled_from([(), (), (), (0,), (1,)]))),
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn) -> Case:
    first = draw(st.sampled_from(DAYS))
    capacities = draw(st.sampled_from([[1], [1, 3], [2]]))
    rules = draw(st.lists(ranges(first, capacities), min_size=1, max_size=3))
    extras = tuple(
        Extra(first + timedelta(days=day), 600, length, Acceptance(capacity=capacities[0]))
        for day, length in draw(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([40, 1000])), max_size=1))
    )
    motive = visit(
        draw(st.sampled_from([5, 15, 20, 60, 90])),
        before_minutes=draw(st.sampled_from([0, 0, 5, 30])),
        after_minutes=draw(st.sampled_from([0, 0, 10])),
        notice_minutes=draw(st.sampled_from([0, 7, 500])),
        horizon_days=draw(st.sampled_from([1, 3, 30, 30])),
        rooms=draw(st.sampled_from([(), (), ("r1",), ("r2", "r1")])),
    )
    opened = agenda(*rules, zone=draw(st.sampled_from(ZONES)), extras=extras, holidays_closed=draw(st.booleans()))
    midnight = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) // 60
    # Off the grid only at capacity 1: there alone is rounding exact.
    grain = 1 if capacities == [1] else 5
    times = st.tuples(st.integers(-600 // grain, 3400 // grain), st.integers(1, 300 // grain))
    busy, absences, one, other = (
        [Stretch(midnight + a * grain, midnight + (a + n) * grain) for a, n in draw(st.lists(times, max_size=size))]
        for size in (6, 1, 4, 4)
    )
    rooms = {"r1": one, "r2": other}
    now = datetime.fromtimestamp((midnight + draw(st.sampled_from([-1440, -720, -720, 61, 500]))) * 60 + 1, UTC)
    return opened, motive, busy, absences, rooms, first, first + timedelta(days=draw(st.integers(0, 1))), now


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(cases())
def _compare(case: Case) -> None:
    opened, motive, busy, absences, rooms, first, last, now = case
    expected = oracle.free(opened, motive, "in_person", busy, absences, rooms, first, last, now)
    occupation = Occupation(busy, absences, rooms)
    sheets = free_starts(opened, motive, "in_person", occupation, first, last, now)
    assert {minute: sheet.capacity for sheet in sheets for minute in sheet.minutes} == expected
    assert all(list(sheet.minutes) == sorted(set(sheet.minutes)) for sheet in sheets)
    SEEN["with slots" if expected else "without"] += 1
    if expected:
        found = next_start(opened, motive, "in_person", occupation, now, first)
        assert found == min(expected)


@pytest.mark.timeout(150)
def test_the_bit_sets_answer_like_the_oracle_that_looks_at_every_minute() -> None:
    SEEN.clear()
    _compare()
    assert SEEN["with slots"] > 0.4 * SEEN.total(), f"too few agendas with any slot: {SEEN}"
