"""The traps of design/slots.md, each by name: clocks that change, nights, holidays, capacities, buffers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from availability.domain.agenda import Agenda, Motive, Range, SecondVisit
from availability.domain.slots import Occupation, free_starts, next_start, next_starts
from availability.domain.span import instant_of, local_date

from .samples import EARLY, agenda, at, between, extra, starts, visit, weekly


def test_nine_o_clock_stays_nine_o_clock_across_the_change() -> None:
    opened = agenda(weekly("09:00", "10:00"))
    assert starts(opened, "2027-03-27", "2027-03-28") == ["03-27 08:00", "03-27 08:30", "03-28 07:00", "03-28 07:30"]
    assert starts(opened, "2027-10-30", "2027-10-31") == ["10-30 07:00", "10-30 07:30", "10-31 08:00", "10-31 08:30"]


def test_a_range_that_begins_in_the_missing_hour_opens_when_the_clock_has_jumped() -> None:
    assert starts(agenda(weekly("02:30", "03:15")), "2027-03-28", motive=visit(15)) == ["03-28 01:00"]
    assert starts(agenda(weekly("02:30", "04:00")), "2027-03-28") == ["03-28 01:00", "03-28 01:30"]


def test_the_missing_hour_has_no_slot_and_breaks_no_visit() -> None:
    assert starts(agenda(weekly("02:00", "03:00")), "2027-03-28") == []
    assert starts(agenda(weekly("01:30", "03:30")), "2027-03-28", motive=visit(60)) == ["03-28 00:30"]


def test_the_doubled_hour_has_two_distinct_slots() -> None:
    assert starts(agenda(weekly("02:00", "02:30")), "2027-10-31") == ["10-31 00:00", "10-31 01:00"]


def test_the_doubled_hour_does_not_open_what_lies_between_its_halves() -> None:
    opened = agenda(weekly("01:30", "02:30"))
    assert starts(opened, "2027-10-31") == ["10-30 23:30", "10-31 00:00", "10-31 01:00"]
    assert starts(opened, "2027-10-31", motive=visit(60)) == ["10-30 23:30"]


def test_a_visit_may_run_through_the_doubled_hour() -> None:
    found = starts(agenda(weekly("02:00", "03:00")), "2027-10-31", motive=visit(60))
    assert found == ["10-31 00:00", "10-31 01:00"]
    assert starts(agenda(weekly("02:00", "04:00")), "2027-10-31", motive=visit(120)) == ["10-31 00:00", "10-31 01:00"]


def test_a_zone_with_half_hours_and_one_far_east_keep_their_local_dates() -> None:
    assert starts(agenda(weekly("23:00", "23:30"), zone="Pacific/Marquesas"), "2027-01-04") == ["01-05 08:30"]
    assert starts(agenda(weekly("00:00", "00:30"), zone="Pacific/Wallis"), "2027-01-04") == ["01-03 12:00"]


def test_miquelon_changes_its_clock_on_another_day_than_paris() -> None:
    opened = agenda(weekly("09:00", "09:30"), zone="America/Miquelon")
    assert starts(opened, "2027-03-13", "2027-03-14") == ["03-13 12:00", "03-14 11:00"]


def test_the_sunday_night_comes_back_on_monday() -> None:
    opened = agenda(weekly("23:00", "01:00", "7"))
    assert starts(opened, "2027-01-11", motive=visit(60)) == ["01-10 23:00"]
    assert starts(opened, "2027-01-10", motive=visit(60)) == ["01-10 22:00"]


THEN = visit(30, "then")


def two_steps(*ranges: Range, days: tuple[int, int], motive: Motive = THEN, **more: object) -> tuple[Agenda, Motive]:
    first = visit(second=SecondVisit(motive.id, *days, together=True))
    return agenda(*ranges, motives=(first, motive), **more), first


def test_a_first_visit_is_offered_on_the_days_from_which_a_second_is_to_be_had() -> None:
    of, first = two_steps(weekly("09:00", "09:30", "1"), weekly("09:00", "09:30", "4"), days=(2, 3))
    assert starts(of, "2027-01-04", "2027-01-10", first) == ["01-04 08:00"]  # not on Thursday for Sunday
    taken = (between("2027-01-07 08:00", "2027-01-07 08:30"),)
    assert starts(of, "2027-01-04", "2027-01-10", first, busy=taken) == []
    assert starts(of, "2027-01-04", "2027-01-10", first, absences=taken) == []


def test_the_days_to_a_second_visit_are_local_dates_whatever_the_clock_does() -> None:
    """23:30 and 00:00 in Paris, on both sides of the change: 1 day apart, though 24 hours are not."""
    of, first = two_steps(weekly("23:30", "00:30", "6"), weekly("00:00", "00:30", "1"), days=(2, 2))
    assert starts(of, "2027-03-27", "2027-03-28", first) == ["03-27 22:30"]  # midnight belongs to Sunday


def test_notice_and_horizon_of_the_second_visit_bind_the_first() -> None:
    soon = datetime(2027, 1, 4, 6, tzinfo=UTC)
    for rules, found in (
        ({"horizon_days": 3}, ["01-04 08:00"]), ({"horizon_days": 2}, []),
        ({"notice_minutes": 74 * 60}, ["01-04 08:00"]),
        ({"notice_minutes": 74 * 60 + 1}, []), ({"booking": "staff"}, []), ({"modes": frozenset({"video"})}, []),
    ):  # fmt: skip
        opened = weekly("09:00", "09:30", "1"), weekly("09:00", "09:30", "4")
        of, first = two_steps(*opened, days=(3, 3), motive=replace(THEN, **rules))  # type: ignore[arg-type]
        assert starts(of, "2027-01-04", motive=first, now=soon) == found
    assert starts(replace(of, motives=(first,)), "2027-01-04", motive=first, now=soon) == []


def test_the_next_start_of_a_two_step_motive_has_its_second_visit_too() -> None:
    of, first = two_steps(weekly("09:00", "09:30", "1"), weekly("09:00", "09:30", "4"), days=(3, 3))
    taken = Occupation([between("2027-01-07 08:00", "2027-01-07 08:30")])
    now = datetime(2027, 1, 4, 6, tzinfo=UTC)
    assert next_start(of, first, "in_person", taken, now) == at("2027-01-11 08:00")
    assert next_starts(of, taken, now) == {
        ("m", "in_person"): at("2027-01-11 08:00"), ("then", "in_person"): at("2027-01-04 08:00"),
    }  # fmt: skip


def test_an_excepted_date_removes_the_whole_night_that_begins_on_it() -> None:
    opened = agenda(weekly("22:00", "06:00", "3", except_dates=frozenset({date(2027, 1, 6)})))
    assert starts(opened, "2027-01-06", "2027-01-07", visit(60)) == []


def test_a_public_holiday_removes_only_the_hours_of_its_own_date() -> None:
    opened = agenda(weekly("22:00", "02:00"), holidays_closed=True)
    found = starts(opened, "2027-07-13", "2027-07-15", visit(60))
    assert found == ["07-12 22:00", "07-12 23:00", "07-13 20:00", "07-13 21:00",
                     "07-14 22:00", "07-14 23:00", "07-15 20:00", "07-15 21:00"]  # fmt: skip


def test_holidays_are_those_of_the_territory_on_its_local_date() -> None:
    opened = weekly("19:00", "20:00")
    saint_stephen = ("2027-12-26", "2027-12-26")
    assert starts(agenda(opened, holidays_closed=True, territory="67"), *saint_stephen, visit(60)) == []
    assert starts(agenda(opened, holidays_closed=True, territory="FR"), *saint_stephen, visit(60)) == ["12-26 18:00"]
    tahiti = agenda(opened, zone="Pacific/Tahiti", territory="987", holidays_closed=True)
    assert starts(tahiti, "2027-03-04", "2027-03-06", visit(60)) == ["03-05 05:00", "03-07 05:00"]


def test_an_extra_opening_was_asked_for_by_date_and_opens_on_a_holiday() -> None:
    opened = agenda(extras=(extra("2027-07-14", "09:00", "10:00"),), holidays_closed=True)
    assert starts(opened, "2027-07-14") == ["07-14 07:00", "07-14 07:30"]


def test_every_second_week_turns_at_the_start_of_the_range_not_at_midnight() -> None:
    opened = agenda(weekly("23:00", "01:00", "7", valid_from=date(2027, 1, 4), every_weeks=2))
    found = starts(opened, "2027-01-04", "2027-01-31", visit(60))
    assert found == ["01-10 22:00", "01-10 23:00", "01-24 22:00", "01-24 23:00"]


def test_the_night_before_the_span_keeps_its_own_week() -> None:
    opened = agenda(weekly("22:00", "04:00", "7", valid_from=date(2027, 1, 4), every_weeks=2))
    assert starts(opened, "2027-01-11", motive=visit(180)) == ["01-11 00:00"]
    assert starts(opened, "2027-01-18", motive=visit(180)) == []


def test_validity_goes_by_the_date_on_which_the_night_begins() -> None:
    opened = agenda(weekly("22:00", "02:00", valid_from=date(2027, 1, 5), valid_until=date(2027, 1, 5)))
    assert starts(opened, "2027-01-04", "2027-01-07", visit(120)) == ["01-05 21:00", "01-05 23:00"]


def test_the_grid_counts_from_the_start_of_the_range() -> None:
    assert starts(agenda(weekly("09:10", "10:30")), "2027-01-04") == ["01-04 08:10", "01-04 08:40"]


def test_a_visit_must_end_before_the_opening_does() -> None:
    assert starts(agenda(weekly("09:00", "09:50")), "2027-01-04", motive=visit(25)) == ["01-04 08:00", "01-04 08:25"]
    assert starts(agenda(weekly("09:00", "09:20")), "2027-01-04") == []


def test_an_absence_is_rounded_outwards_and_touching_it_is_allowed() -> None:
    opened = agenda(weekly("09:00", "11:00"))
    found = starts(opened, "2027-01-04", absences=(between("2027-01-04 08:31", "2027-01-04 08:59"),))
    assert found == ["01-04 08:00", "01-04 09:00", "01-04 09:30"]


def test_buffers_of_neighbours_add_up() -> None:
    motive = visit(30, before_minutes=10, after_minutes=5)
    opened = agenda(weekly("08:00", "10:30"))
    taken = between("2027-01-04 07:50", "2027-01-04 08:35")
    assert starts(opened, "2027-01-04", motive=motive, busy=(taken,)) == ["01-04 07:00", "01-04 09:00"]
    a_little_longer = between("2027-01-04 07:35", "2027-01-04 08:55")
    assert starts(opened, "2027-01-04", motive=motive, busy=(a_little_longer,)) == ["01-04 07:00"]


def test_buffers_may_leave_the_opening_and_the_visit_may_not() -> None:
    motive = visit(30, before_minutes=60, after_minutes=60)
    assert starts(agenda(weekly("09:00", "09:30")), "2027-01-04", motive=motive) == ["01-04 08:00"]
    shut = agenda(weekly("09:00", "09:29"))
    assert starts(shut, "2027-01-04", motive=motive) == []


def test_capacity_counts_the_peak_of_visits_at_once() -> None:
    opened = agenda(weekly("09:00", "10:00", capacity=2))
    one_after_the_other = (
        between("2027-01-04 08:00", "2027-01-04 08:30"),
        between("2027-01-04 08:30", "2027-01-04 09:00"),
    )
    at_once = (between("2027-01-04 08:00", "2027-01-04 08:30"), between("2027-01-04 08:00", "2027-01-04 08:30"))
    assert starts(opened, "2027-01-04", motive=visit(60), busy=one_after_the_other) == ["01-04 08:00"]
    assert starts(opened, "2027-01-04", motive=visit(60), busy=at_once) == []


def test_each_capacity_has_its_own_sheet_and_a_start_stands_on_the_larger_one() -> None:
    opened = agenda(weekly("09:00", "11:00"), weekly("10:00", "11:00", capacity=3))
    day = date(2027, 1, 4)
    found = free_starts(opened, visit(30), "in_person", Occupation(), day, day, datetime(2026, 1, 1, tzinfo=UTC))
    assert [(sheet.capacity, len(sheet.minutes)) for sheet in found] == [(3, 2), (1, 2)]


def test_a_motive_or_mode_that_the_range_does_not_take_has_no_slot() -> None:
    day = date(2027, 1, 4)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    both = visit(30, modes=frozenset({"in_person", "video"}))
    assert free_starts(agenda(weekly("09:00", "11:00")), both, "video", Occupation(), day, day, now) == []


def test_notice_counts_minutes_and_the_horizon_local_dates() -> None:
    opened = agenda(weekly("00:00", "01:00"))
    now = datetime(2027, 1, 4, 22, 30, tzinfo=UTC)
    assert starts(opened, "2027-01-04", "2027-01-09", visit(30, notice_minutes=31, horizon_days=1), now=now) == [
        "01-04 23:30"
    ]
    later = datetime(2027, 1, 4, 23, 0, tzinfo=UTC)
    assert starts(opened, "2027-01-04", "2027-01-09", visit(30, horizon_days=1), now=later) == [
        "01-04 23:00", "01-04 23:30", "01-05 23:00", "01-05 23:30"]  # fmt: skip


def test_a_held_start_stays_its_holders_when_notice_overtakes_it() -> None:
    opened = agenda(weekly("09:00", "10:00"))
    day, now = date(2027, 1, 4), datetime(2027, 1, 4, 8, 5, tzinfo=UTC)
    found = free_starts(opened, visit(30), "in_person", Occupation(), day, day, now, held=(at("2027-01-04 08:00"),))
    assert found[0].minutes == (at("2027-01-04 08:00"), at("2027-01-04 08:30"))


def test_the_next_slot_is_the_first_free_one_within_the_horizon() -> None:
    opened = agenda(weekly("09:00", "10:00", "1"))
    now = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
    assert next_start(opened, visit(30), "in_person", Occupation(), now) == at("2027-01-11 08:00")
    taken = Occupation((between("2027-01-11 08:00", "2027-01-11 08:30"),))
    assert next_start(opened, visit(30), "in_person", taken, now) == at("2027-01-11 08:30")
    assert next_start(opened, visit(30, horizon_days=6), "in_person", Occupation(), now) is None
    assert next_start(opened, visit(30), "in_person", taken, now, first=date(2027, 1, 12)) == at("2027-01-18 08:00")


def test_a_closed_agenda_has_no_slot() -> None:
    assert starts(agenda(weekly("09:00", "10:00"), closed=True), "2027-01-04") == []


def test_days_and_weeks_that_a_limit_has_filled_are_not_offered() -> None:
    """Counted by local dates, weeks from Monday: 2027-03-28 is a Sunday, on which Paris has 23 hours."""
    opened = agenda(weekly("08:00", "09:00"), weekly("23:00", "24:00"))
    late = [at("2027-03-28 21:30")]  # 23:30 in Paris
    daily = visit(30, max_per_day=1)
    taken = Occupation(starts={"m": late, "other": [at("2027-03-29 06:00")] * 9})
    first, last = date(2027, 3, 28), date(2027, 3, 29)

    def found(motive: Motive, occupation: Occupation) -> set[int]:
        sheets = free_starts(opened, motive, "in_person", occupation, first, last, EARLY)
        return {local_date(instant_of(minute), opened.zone).day for sheet in sheets for minute in sheet.minutes}

    assert found(daily, taken) == {29}
    assert found(visit(30, max_per_day=2), taken) == {28, 29}
    weekly_limit = visit(30, max_per_week=2)
    assert found(weekly_limit, taken) == {28, 29}
    monday = Occupation(starts={"m": [at("2027-03-22 08:00"), *late]})
    assert found(weekly_limit, monday) == {29}
    assert found(weekly_limit, Occupation(starts={"m": [at("2027-03-21 08:00"), *late]})) == {28, 29}
    assert found(weekly_limit, Occupation(starts={"m": [at("2027-03-21 23:00"), *late]})) == {29}


def test_the_first_free_slot_is_after_the_day_that_is_full_and_a_full_second_visit_takes_the_first_with_it() -> None:
    opened = agenda(weekly("09:00", "10:00"), motives=(visit(id_="then", max_per_day=1),))
    now = datetime(2027, 1, 4, 6, tzinfo=UTC)
    full = Occupation(starts={"m": [at("2027-01-04 08:00")], "then": [at("2027-01-06 08:00")]})
    assert next_start(opened, visit(30, max_per_day=1), "in_person", full, now) == at("2027-01-05 08:00")
    second = visit(30, second=SecondVisit("then", 2, 2, together=True))
    assert next_start(opened, second, "in_person", Occupation(), now) == at("2027-01-04 08:00")
    assert next_start(opened, second, "in_person", full, now) == at("2027-01-05 08:00")
