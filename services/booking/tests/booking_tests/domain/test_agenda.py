"""The agenda that staff book on: its motives, the visits and rules made of them, and where several fit at once."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from booking.domain.agenda import Agenda, Motive, Opening
from booking.domain.facts import Mode, Question, Rules, Stretch, Visit
from booking.domain.rejections import AgendaClosed, NoSuchMotive, OfferStale

from ..given import NINE, minutes

MOTIVE = Motive("motive-1", "dermatologie", 20, ("in_person",), "everyone")
TUESDAY = Opening((2,), time(9), time(12), date(2027, 3, 1), date(2027, 3, 31), (), ("in_person",), 3)
NIGHT = replace(TUESDAY, start=time(22), end=time(2))


def agenda(*motives: Motive, **changes: Any) -> Agenda:
    return replace(
        Agenda("agenda-1", 7, "practitioner-1", "place-1", "Europe/Paris", motives or (MOTIVE,)), **changes
    )  # fmt: skip


def march(day: int, hour: int, minute: int = 0) -> datetime:
    """On the place's wall; the 2nd, 9th and 16th are Tuesdays."""
    return datetime.combine(date(2027, 3, day), time(hour, minute))


@pytest.mark.parametrize(
    ("at", "taken"),
    [(march(2, 8, 59), False), (march(2, 9), True), (march(2, 11, 59), True), (march(2, 12), False),
     (march(1, 9), False), (march(3, 9), False), (march(9, 9), True)],
)  # fmt: skip
def test_an_opening_takes_what_begins_on_its_weekdays_from_its_start_to_before_its_end(
    at: datetime, taken: bool
) -> None:
    assert TUESDAY.takes("motive-1", "in_person", at) == taken


@pytest.mark.parametrize(
    ("at", "taken"),
    [(march(2, 21, 59), False), (march(2, 22), True), (march(2, 23, 59), True), (march(3, 0), True),
     (march(3, 1, 59), True), (march(3, 2), False), (march(2, 1), False), (march(3, 22), False)],
)  # fmt: skip
def test_a_night_belongs_to_the_day_on_which_it_begins(at: datetime, taken: bool) -> None:
    assert NIGHT.takes("motive-1", "in_person", at) == taken


@pytest.mark.parametrize("start", [0, 8])
def test_an_opening_that_ends_when_it_begins_lasts_a_whole_day(start: int) -> None:
    whole = replace(TUESDAY, start=time(start), end=time(start))
    first = march(2, start)
    inside, outside = (first, first + minutes(24 * 60 - 1)), (first - minutes(1), first + minutes(24 * 60))
    assert [whole.takes("motive-1", "in_person", at) for at in (*inside, *outside)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("first", "last", "taken"),
    [(2, 2, True), (3, None, False), (1, 1, False), (1, None, True)],
)  # fmt: skip
def test_an_opening_is_valid_on_its_first_and_on_its_last_date(first: int, last: int | None, taken: bool) -> None:
    period = {"valid_from": date(2027, 3, first), "valid_until": last and date(2027, 3, last)}
    assert replace(TUESDAY, **period).takes("motive-1", "in_person", march(2, 9)) == taken
    # The hours after midnight are those of the date on which the night began.
    assert replace(NIGHT, **period).takes("motive-1", "in_person", march(3, 1)) == taken


@pytest.mark.parametrize(
    ("at", "taken"),
    [(march(2, 22), True), (march(3, 1), True), (march(9, 22), False), (march(10, 1), False), (march(16, 22), False),
     (march(17, 1), False), (march(30, 22), True), (march(31, 1), True)],
)  # fmt: skip
def test_a_night_of_every_second_week_is_left_out_as_a_whole(at: datetime, taken: bool) -> None:
    seldom = replace(NIGHT, every_weeks=2, except_dates=(date(2027, 3, 16),))
    assert seldom.takes("motive-1", "in_person", at) == taken


@pytest.mark.parametrize(
    ("start", "length", "is_open"),
    [(march(2, 9), 20, True), (march(2, 11, 40), 20, True), (march(2, 11, 45), 20, False), (march(2, 8, 55), 20, False),
     (march(2, 13, 50), 20, True), (march(2, 12, 55), 20, False), (march(2, 14), 20, False), (march(2, 9), 180, True),
     (march(2, 9), 185, False)],
)  # fmt: skip
def test_a_visit_is_within_the_openings_from_its_first_minute_to_its_last(
    start: datetime, length: int, is_open: bool
) -> None:
    """Two that touch are one; what others than its motive are taken in is none."""
    own = replace(TUESDAY, start=time(13), end=time(14), motive_ids=("motive-1",))
    after = own, replace(TUESDAY, start=time(14), end=time(14, 10))
    others = replace(TUESDAY, start=time(12), end=time(13), motive_ids=("motive-2",))
    begin = start.replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    asked = agenda(replace(MOTIVE, minutes=length)).visit("motive-1", "in_person", begin)
    assert agenda(openings=(TUESDAY, *after, others)).is_open(asked) == is_open


@pytest.mark.parametrize(
    ("motives", "mode", "taken"),
    [((), "in_person", True), (("motive-1", "motive-2"), "in_person", True), (("motive-2",), "in_person", False),
     ((), "video", False)],
)  # fmt: skip
def test_an_opening_takes_its_motives_or_all_and_its_modes_only(
    motives: tuple[str, ...], mode: Mode, taken: bool
) -> None:
    assert replace(TUESDAY, motive_ids=motives).takes("motive-1", mode, march(2, 9)) == taken


def test_a_motive_is_found_by_its_id_and_a_mode_that_it_has() -> None:
    other = replace(MOTIVE, id="motive-2", modes=("in_person", "video"))
    on = agenda(MOTIVE, other)
    assert on.motive("motive-1", "in_person") == MOTIVE
    assert on.motive("motive-2", "video") == other
    for motive_id, mode in (("motive-1", "video"), ("motive-3", "in_person")):
        with pytest.raises(NoSuchMotive):
            on.motive(motive_id, mode)  # type: ignore[arg-type]


def test_a_closed_agenda_says_so_whatever_motive_is_asked_for() -> None:
    closed = agenda(closed=True)
    for asked in (closed.motive, lambda *what: closed.visit(*what, NINE), lambda *what: closed.rules(*what, NINE)):
        with pytest.raises(AgendaClosed):
            asked("motive-1", "in_person")


def test_a_visit_lasts_as_long_as_its_motive_says_and_keeps_its_buffers() -> None:
    buffered = replace(MOTIVE, buffer_before_minutes=5, buffer_after_minutes=10)
    assert agenda(buffered).visit("motive-1", "in_person", NINE) == Visit(
        stretch=Stretch("agenda-1", NINE, NINE + minutes(20), 5, 10),
        practitioner_id="practitioner-1",
        place_id="place-1",
        speciality="dermatologie",
        zone="Europe/Paris",
        motive_id="motive-1",
        mode="in_person",
    )


def test_a_visit_at_no_place_is_in_the_practice_of_its_practitioner() -> None:
    for on, practice in ((agenda(), "place-1"), (agenda(place_id=None), "practitioner-1")):
        assert on.practice_id == practice
        assert on.visit("motive-1", "in_person", NINE).practice_id == practice


def test_what_staff_book_is_bound_by_the_motive_but_not_by_notice_horizon_or_offer() -> None:
    bound = replace(
        MOTIVE, booking="known_patients", cancel_until_minutes=1440, move_until_minutes=2880,
        max_future_per_patient=2, min_days_between=6, max_per_day=4, max_per_week=9,
        questions=(Question("allergies", required=True),), rooms=("room-1",),
    )  # fmt: skip
    assert agenda(bound).rules("motive-1", "in_person", NINE) == Rules(
        agenda_version=7, offer="", capacity=1, booking="known_patients", cancel_until_minutes=1440,
        move_until_minutes=2880, max_future_per_patient=2, min_days_between=6, max_per_day=4, max_per_week=9,
        questions=(Question("allergies", required=True),), rooms=("room-1",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("says", "binds"), [("everyone", "everyone"), ("known_patients", "known_patients"), ("staff", "everyone")]
)
def test_a_motive_for_staff_asks_nobody_to_be_known(says: Any, binds: str) -> None:
    assert agenda(replace(MOTIVE, booking=says)).rules("motive-1", "in_person", NINE).booking == binds


@pytest.mark.parametrize(
    ("openings", "start", "capacity"),
    [
        ((), NINE, 1),
        ((TUESDAY,), NINE, 3),
        ((TUESDAY, replace(TUESDAY, capacity=2)), NINE, 3),
        ((replace(TUESDAY, motive_ids=("motive-1",)),), NINE, 3),
        ((replace(TUESDAY, motive_ids=("motive-2",)),), NINE, 1),
        ((replace(TUESDAY, modes=("video",)),), NINE, 1),
        ((TUESDAY,), NINE - minutes(61), 1),  # 08:59 in Paris
        ((TUESDAY,), NINE - minutes(60), 3),  # 09:00
        ((TUESDAY,), NINE + minutes(120), 1),  # 12:00
        ((TUESDAY,), datetime(2027, 3, 30, 7, 0, tzinfo=UTC), 3),  # 09:00 after the clocks went forward
        ((TUESDAY,), datetime(2027, 3, 30, 6, 59, tzinfo=UTC), 1),
    ],
)
def test_as_many_visits_fit_at_once_as_the_widest_opening_of_that_local_hour_takes(
    openings: tuple[Opening, ...], start: datetime, capacity: int
) -> None:
    assert agenda(openings=openings).rules("motive-1", "in_person", start).capacity == capacity


def test_nobody_needs_a_room_for_a_video_visit() -> None:
    both = replace(MOTIVE, modes=("in_person", "video"), rooms=("room-1", "room-2"))
    assert both.rooms_in("in_person") == ("room-1", "room-2")
    assert both.rooms_in("video") == ()
    assert agenda(both).rules("motive-1", "video", NINE).rooms == ()


@pytest.mark.parametrize(
    ("on", "offered"),
    [
        (agenda(), True),
        (agenda(replace(MOTIVE, booking="known_patients")), True),
        (agenda(replace(MOTIVE, booking="staff")), False),
        (agenda(replace(MOTIVE, id="motive-2")), False),
        (agenda(replace(MOTIVE, modes=("video",))), False),
        (agenda(closed=True), False),
    ],
)
def test_patients_book_online_what_an_open_agenda_has_for_them(on: Agenda, offered: bool) -> None:
    assert on.offers("motive-1", "in_person") == offered


DAY_BEFORE = replace(MOTIVE, notice_minutes=24 * 60)


@pytest.mark.parametrize(
    ("on", "notice", "before", "reason"),
    [
        (agenda(), 0, 60, "agenda-changed"),
        (agenda(closed=True), 0, 60, "agenda-closed"),
        (agenda(replace(MOTIVE, id="motive-2")), 0, 60, "motive-withdrawn"),
        (agenda(replace(MOTIVE, booking="staff")), 0, 60, "motive-withdrawn"),
        (agenda(DAY_BEFORE), 60, 24 * 60 - 1, "notice-raised"),
        (agenda(DAY_BEFORE), 60, 24 * 60, "agenda-changed"),  # in time all the same
        (agenda(DAY_BEFORE), 24 * 60, 60, "agenda-changed"),  # as it was offered with
    ],
)
def test_a_stale_offer_says_what_became_of_it(on: Agenda, notice: int, before: int, reason: str) -> None:
    visit = agenda().visit("motive-1", "in_person", NINE)
    assert on.staleness(visit, notice, NINE - minutes(before)) == reason


def test_a_stale_offer_is_refused_with_the_version_and_the_reason() -> None:
    assert (OfferStale(7).version, OfferStale(7).reason) == (7, "agenda-changed")
    assert OfferStale(7, "notice-raised").reason == "notice-raised"
