"""The explanation and the offer never contradict each other, and each rule is named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from availability.domain.agenda import Acceptance, Motive, SecondVisit, Stretch
from availability.domain.explanation import Reason, Taker, explain
from availability.domain.slots import Occupation, free_starts
from availability.domain.span import instant_of, local_date
from hypothesis import given, settings
from hypothesis import strategies as st

from .samples import agenda, at, visit, weekly

NOW = instant_of(at("2027-03-26 07:00"))
BASE = at("2027-03-26 00:00")


def rules(found: list[Reason]) -> list[str]:
    return [reason.rule for reason in found]


@pytest.mark.parametrize(
    ("changes", "start", "expected"),
    [
        ({"closed": True}, "2027-03-29 08:00", "agenda-closed"),
        ({"motives": ()}, "2027-03-29 08:00", "unknown-motive"),
        ({"motives": (visit(30, booking="staff"),)}, "2027-03-29 08:00", "staff-only"),
        ({"ranges": (weekly("09:00", "12:00", every_weeks=2),)}, "2027-04-05 08:00", "other-week"),
        (
            {"ranges": (weekly("09:00", "12:00", valid_until=date(2027, 3, 27)),)},
            "2027-03-30 08:00",
            "outside-validity",
        ),
        (
            {"ranges": (weekly("09:00", "12:00", accepts=Acceptance(motive_ids=frozenset({"other"}))),)},
            "2027-03-30 08:00",
            "other-motives",
        ),
    ],
)
def test_rules_of_the_agenda_are_named(changes: dict[str, object], start: str, expected: str) -> None:
    facts: dict[str, object] = {"motives": (visit(),), **changes}
    ranges = facts.pop("ranges", (weekly("09:00", "12:00"),))
    opened = agenda(*ranges, **facts)  # type: ignore[arg-type, misc]
    assert rules(explain(opened, 7, [], "m", at(start), NOW)) == [expected]


def test_a_rule_carries_the_position_that_set_it_and_a_taker_its_own() -> None:
    opened = agenda(weekly("09:00", "12:00"), motives=(visit(),))
    taker = Taker("appointment", Stretch(at("2027-03-29 07:00"), at("2027-03-29 07:30")), 41)
    assert explain(opened, 7, [taker], "m", at("2027-03-29 07:00"), NOW) == [Reason("appointment", 41)]
    assert explain(opened, 7, [], "m", at("2027-03-29 20:00"), NOW) == [Reason("not-open", 7)]


def test_a_day_and_a_week_that_are_full_are_named_and_another_motives_visits_fill_neither() -> None:
    limited = visit(max_per_day=1, max_per_week=2)
    opened = agenda(weekly("09:00", "12:00"), motives=(limited, visit(id_="other")))

    def taker(day: str, motive_id: str = "m") -> Taker:
        start = at(f"{day} 08:30")
        return Taker("appointment", Stretch(start, start + 30), 41, motive_id=motive_id, start=start)

    tuesday = at("2027-03-30 08:00")
    assert rules(explain(opened, 7, [taker("2027-03-30")], "m", tuesday, NOW)) == ["day-full"]
    assert rules(explain(opened, 7, [taker("2027-03-29"), taker("2027-03-31")], "m", tuesday, NOW)) == ["week-full"]
    assert explain(opened, 7, [taker("2027-03-28"), taker("2027-03-31")], "m", tuesday, NOW) == []
    assert explain(opened, 7, [taker("2027-03-30", "other")], "m", tuesday, NOW) == []
    assert explain(opened, 7, [taker("2027-03-30")], "other", tuesday, NOW) == []


def test_a_start_without_a_second_visit_is_explained_as_it_is_offered() -> None:
    first = visit(second=SecondVisit("then", 2, 3, together=True))
    opened = agenda(weekly("09:00", "09:30", "14"), motives=(first, visit(id_="then")))
    start, thursday = at("2027-03-29 07:00"), Stretch(at("2027-04-01 07:00"), at("2027-04-01 07:30"))
    assert explain(opened, 7, [], "m", start, NOW) == []
    for rule in ("appointment", "hold", "absence"):
        found = explain(opened, 7, [Taker(rule, thursday, 41)], "m", start, NOW)  # type: ignore[arg-type]
        assert found == [Reason("no-second-visit", 7)]
    assert rules(explain(opened, 7, [], "m", at("2027-04-01 07:00"), NOW)) == ["no-second-visit"]


def test_who_is_in_the_rooms_is_named_where_each_that_would_do_is_taken_at_some_moment_of_the_visit() -> None:
    needs = visit(30, rooms=("r1", "r2"))
    opened, start = agenda(weekly("09:00", "12:00"), motives=(needs,)), at("2027-03-29 07:00")
    one = Taker("appointment", Stretch(start - 10, start + 5), 41, "r1", elsewhere=True)
    two = Taker("hold", Stretch(start + 25, start + 60), 42, "r2", elsewhere=True)
    assert explain(opened, 7, [one], "m", start, NOW) == []
    assert explain(opened, 7, [one, two], "m", start, NOW) == [Reason("no-room-free", 41), Reason("no-room-free", 42)]
    assert explain(opened, 7, [one, two], "m", start + 60, NOW) == []


def test_capacity_leaves_room_beside_another_visit() -> None:
    opened = agenda(weekly("09:00", "12:00", capacity=2), motives=(visit(),))
    one = Taker("hold", Stretch(at("2027-03-29 07:00"), at("2027-03-29 07:30")), 1)
    two = Taker("hold", Stretch(at("2027-03-29 07:15"), at("2027-03-29 07:45")), 2)
    assert explain(opened, 7, [one], "m", at("2027-03-29 07:00"), NOW) == []
    assert rules(explain(opened, 7, [one, two], "m", at("2027-03-29 07:00"), NOW)) == ["hold", "hold"]


takers = st.lists(
    st.builds(
        lambda rule, cell, cells, where: Taker(rule, Stretch(BASE + 5 * cell, BASE + 5 * (cell + cells)), 1, *where),
        st.sampled_from(["absence", "appointment", "hold"]),
        st.integers(80, 1000),
        st.integers(1, 24),
        st.sampled_from([(None, False), (None, False), ("r1", False), ("r1", True), ("r2", True)]),
    ),
    max_size=8,
)


def test_what_is_offered_has_no_reason_and_what_is_not_has_one() -> None:
    motives = {
        notice: visit(30, before_minutes=10, after_minutes=5, notice_minutes=notice, horizon_days=2, rooms=rooms)
        for notice, rooms in ((0, ()), (600, ()), (1, ("r1",)), (2, ("r2", "r1")))
    }
    ranges = (weekly("09:00", "12:00"), weekly("01:30", "05:00", capacity=2))

    def offered(motive: Motive, takers: list[Taker], first: date, last: date) -> set[int]:
        visits = [taker for taker in takers if taker.rule != "absence"]
        busy = [taker.time for taker in visits if not taker.elsewhere]
        away = [taker.time for taker in takers if taker.rule == "absence"]
        rooms = {room: [taker.time for taker in visits if taker.room_id == room] for room in ("r1", "r2")}
        opened = agenda(*ranges, motives=(motive,))
        found = free_starts(opened, motive, "in_person", Occupation(busy, away, rooms), first, last, NOW)
        return {start for sheet in found for start in sheet.minutes}

    # Most of the week is closed: without these, the starts drawn would nearly all be refused for that alone.
    open_starts = sorted(offered(motives[0], [], date(2027, 3, 26), date(2027, 3, 29)))
    starts = st.sampled_from(open_starts) | st.integers(84, 900).map(lambda cell: BASE + 5 * cell)
    seen = {True: 0, False: 0}

    @settings(max_examples=400, deadline=None)
    @given(takers=takers, start=starts, notice=st.sampled_from(sorted(motives)))
    def probe(takers: list[Taker], start: int, notice: int) -> None:
        opened = agenda(*ranges, motives=(motives[notice],))
        on = local_date(instant_of(start), opened.zone)
        is_offered = start in offered(motives[notice], takers, on - timedelta(days=1), on + timedelta(days=1))
        seen[is_offered] += 1
        assert (explain(opened, 7, takers, "m", start, NOW) == []) == is_offered

    probe()
    assert min(seen.values()) > 60, seen  # starts of one kind only would prove nothing
