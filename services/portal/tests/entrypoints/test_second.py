"""The second visit of a two-step motive: which days will do, and what the buttons of its calendar carry."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from portal.application.shapes import Motive, Profile, SecondVisit, Slot, Slots
from portal.application.week import Week
from portal.entrypoints.second import SecondWish
from portal.entrypoints.timetable import Sight, Wish
from portal.views.timetable import arrange

FIRST = Wish("pr", "ag/1", "first", "video")
# Half past midnight in Paris, where it is the 25th already.
START = datetime.fromisoformat("2026-11-25T00:30:00+01:00")
RULE = SecondVisit(motive_id="then", days_min=3, days_max=9)
THEN = Motive(id="then", name="Rappel", minutes=20)
WISH = SecondWish.of(FIRST, START, THEN, RULE)


def slot(at: datetime, offer: int = 0, agenda: str = "ag/1") -> Slot:
    return Slot(agenda_id=agenda, start=at, offer=offer)


def test_the_second_is_so_many_local_days_after_the_first() -> None:
    assert WISH.dates("Europe/Paris", date(2026, 11, 24)) == (date(2026, 11, 28), date(2026, 12, 4))
    assert WISH.dates("America/Martinique", date(2026, 11, 24)) == (date(2026, 11, 27), date(2026, 12, 3))


def test_the_second_is_in_the_mode_of_the_first_where_it_can_be() -> None:
    assert WISH.mode == "in_person"
    both = THEN.model_copy(update={"modes": ("in_person", "video")})
    assert SecondWish.of(FIRST, START, both, RULE).mode == "video"


@pytest.mark.parametrize(("chosen", "mode"), [("in_person", "in_person"), ("video", "video"), ("by pigeon", "video")])
def test_the_second_is_in_the_mode_that_was_chosen_for_it(chosen: str, mode: str) -> None:
    both = THEN.model_copy(update={"modes": ("in_person", "video")})
    wish = SecondWish.of(FIRST, START, both, RULE, chosen)
    assert (wish.mode, wish.fields["mode"], wish.fields["then"]) == (mode, "video", mode)
    ways = wish.ways(both, "2026-11-30")
    assert [way.mode for way in ways] == ["in_person", "video"]
    assert all(way.path.endswith(f"&then={way.mode}&week=2026-11-30") for way in ways)
    assert SecondWish.of(FIRST, START, THEN, RULE, "video").mode == "in_person"


def test_its_calendar_carries_the_first_visit_along() -> None:
    assert WISH.action == "/holds/second"
    assert WISH.fields == {**FIRST.fields, "first": "2026-11-25T00:30:00+01:00", "then": "in_person"}
    question = "agenda=ag%2F1&motive=first&mode=video&first=2026-11-25T00%3A30%3A00%2B01%3A00&then=in_person"
    assert WISH.path() == f"/practitioners/pr/second-visit?{question}"
    assert WISH.path("2026-11-30") == f"/practitioners/pr/second-visit?{question}&week=2026-11-30"


def test_no_other_day_is_shown_and_the_arrows_stop_with_the_days() -> None:
    first, last = WISH.dates("Europe/Paris", date(2026, 11, 24))
    slots = Slots(slots=tuple(slot(START + timedelta(days=n, hours=10)) for n in range(14)))
    one, two = (arrange(slots, week, first, last) for week in (Week.of(first), Week.of(last)))
    assert [day.date.day for day in one.days] == [28, 29]
    assert [day.date.day for day in two.days] == [30, 1, 2, 3, 4]
    assert (one.before, one.after, two.before, two.after) == (None, two.week, one.week, None)


@pytest.mark.parametrize(("days", "pointed_to"), [(9, True), (10, False)])
def test_the_next_time_is_pointed_to_while_it_is_not_too_late(days: int, pointed_to: bool) -> None:
    first, last = WISH.dates("Europe/Paris", date(2026, 11, 24))
    table = arrange(Slots(next_slot=slot(START + timedelta(days=days))), Week.of(first), first, last)
    assert (table.next_start is not None) is pointed_to


def test_a_sheet_of_another_agenda_of_the_place_says_so_in_its_form() -> None:
    week = Week.of(START.date())
    slots = Slots(offers=("a.b.c", "d.e.f"), slots=(slot(START), slot(START + timedelta(hours=8), 1, "ag/2")))
    profile = Profile(id="pr", status="registered", name="Dr Jeanne Exemple")
    sight = Sight(FIRST, profile, THEN, None, slots, arrange(slots, week, week.monday))
    assert [sight.fields(sheet)["agenda"] for sheet in (0, 1)] == ["ag/1", "ag/2"]


FORM = {"practitioner": "pr", "agenda": "ag", "motive": "first", "mode": "video", "offer": "a.b.c"}


@pytest.mark.parametrize("wrong", [{"first": "soon"}, {"first": "2027-03-01T08:00:00"}, {"start": "later"}])
async def test_a_pair_with_what_is_no_time_asks_nobody(visit, wrong: dict[str, str]) -> None:
    times = {"first": "2027-03-01T08:00:00+00:00", "start": "2027-04-01T08:00:00+00:00"}
    async with visit() as client:
        answer = await client.post("/holds/second", data={**FORM, **times, **wrong})
    assert answer.status_code == 400


@pytest.mark.parametrize("first", ["2020-01-01T08:00:00%2B01:00", "9999-12-31T23:59:00%2B01:00"])
async def test_a_first_visit_that_cannot_be_leads_back_to_its_times(visit, first: str) -> None:
    async with visit() as client:
        answer = await client.get(f"/practitioners/pr/second-visit?agenda=ag&motive=first&mode=video&first={first}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/practitioners/pr/times?agenda=ag&motive=first&mode=video"
