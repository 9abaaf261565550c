"""What others say, as what it means to booking."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from booking.application.react import AgendaTouched, Erased, MayBookFor, react
from booking.domain.rejections import AgendaClosed as ClosedForGood
from booking.domain.rejections import NoSuchMotive
from booking_events import PublicEvent
from booking_events.accounts import PersonErased, PersonRegistered, RelativeAdded
from booking_events.availability import (
    AbsenceDeclared,
    AbsenceLifted,
    AgendaChanged,
    AgendaClosed,
    AgendaOpened,
    ExtraOpening,
    MotiveRules,
    NextAvailabilityChanged,
    OpeningRange,
)

FACTS = {
    "agenda_id": "a", "version": 4, "practitioner_id": "p", "place_id": None, "speciality": "dermatologie",
    "zone": "Europe/Paris",
}  # fmt: skip
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def touched(event: PublicEvent) -> AgendaTouched:
    """Without the state, which has tests of its own."""
    effect = react(event)
    assert isinstance(effect, AgendaTouched)
    return replace(effect, agenda=None)


def test_an_agenda_is_known_with_its_motives_and_its_openings() -> None:
    changed = AgendaChanged(
        **FACTS,
        motives=(
            MotiveRules(id="m", name="Vaccin", speciality="x", duration_minutes=10, booking="staff", notice_minutes=60),
        ),
        opening_ranges=(
            OpeningRange(weekdays=(1,), start="22:00", end="02:00", valid_from=date(2027, 1, 4), capacity=3),
            OpeningRange(weekdays=(1,), start="09:00", end="12:00", valid_from=date(2027, 1, 4)),
            OpeningRange(
                weekdays=(3,),
                start="09:00",
                end="12:00",
                valid_from=date(2027, 1, 4),
                capacity=4,
                every_weeks=2,
                except_dates=(date(2027, 3, 3),),
            ),
        ),
        extra_openings=(ExtraOpening(on=date(2027, 3, 7), start="09:00", end="12:00", capacity=2),),
    )
    effect = react(changed)
    assert isinstance(effect, AgendaTouched)
    agenda = effect.agenda
    assert agenda is not None
    assert [(motive.id, motive.notice_minutes) for motive in agenda.motives] == [("m", 60)]
    nine = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)  # a Monday, 10 o'clock in Paris
    capacities = {
        nine: 1,
        nine.replace(hour=21): 3,
        nine.replace(day=2, hour=0): 3,
        nine.replace(day=2, hour=1): 1,
        nine.replace(day=7): 2,
        nine.replace(day=7, hour=12): 1,
        datetime(2026, 12, 28, 21, 0, tzinfo=UTC): 1,
        nine.replace(day=3): 1,
        nine.replace(day=10): 1,
        nine.replace(day=17): 4,
    }
    assert {at: agenda.rules("m", "in_person", at).capacity for at in capacities} == capacities
    assert agenda.is_open(agenda.visit("m", "in_person", nine))
    assert not agenda.is_open(agenda.visit("m", "in_person", nine.replace(hour=11)))
    stretch = agenda.visit("m", "in_person", nine).stretch
    assert stretch.end - stretch.start == timedelta(minutes=10)
    for motive, mode in (("other", "in_person"), ("m", "video")):
        with pytest.raises(NoSuchMotive):
            agenda.visit(motive, mode, nine)  # type: ignore[arg-type] # both are modes
    with pytest.raises(ClosedForGood):
        replace(agenda, closed=True).visit("m", "in_person", nine)


def test_a_motive_needs_its_rooms_where_one_meets_in_person() -> None:
    both, rooms = ("in_person", "video"), ("room-2", "room-1")
    motive = MotiveRules(id="m", name="Vaccin", speciality="x", duration_minutes=10, modes=both, rooms=rooms)
    effect = react(AgendaChanged(**FACTS, motives=(motive,)))
    assert isinstance(effect, AgendaTouched)
    agenda = effect.agenda
    assert agenda is not None
    assert agenda.rules("m", "in_person", NOON).rooms == ("room-2", "room-1")
    assert agenda.rules("m", "video", NOON).rooms == ()


def test_a_change_touches_its_local_dates_the_last_one_included() -> None:
    """The clocks of Paris go forward on 28 March 2027."""
    changed = AgendaChanged(**FACTS, affected_from=date(2027, 3, 27), affected_until=date(2027, 3, 28))
    assert touched(changed) == AgendaTouched(
        "a", 4, datetime(2027, 3, 26, 23, 0, tzinfo=UTC), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)
    )
    assert touched(AgendaOpened(**FACTS)) == AgendaTouched("a", 4, None, None)


def test_an_absence_touches_its_own_time_when_declared_and_when_lifted() -> None:
    for kind in (AbsenceDeclared, AbsenceLifted):
        absence = kind(agenda_id="a", version=5, absence_id="b", start=NOON, end=NOON.replace(hour=18))
        assert react(absence) == AgendaTouched("a", 5, NOON, NOON.replace(hour=18))


def test_a_closed_agenda_is_touched_for_ever() -> None:
    assert react(AgendaClosed(agenda_id="a", version=6)) == AgendaTouched("a", 6, None, None, closed=True)


def test_people_may_be_booked_for_until_they_are_erased() -> None:
    assert react(PersonRegistered(person_id="x", account_id="acc")) == MayBookFor("acc", "x")
    assert react(RelativeAdded(person_id="y", account_id="acc")) == MayBookFor("acc", "y")
    assert react(PersonErased(person_id="y")) == Erased("y")


def test_what_is_nothing_to_booking_is_nothing() -> None:
    news = NextAvailabilityChanged(
        agenda_id="a", practitioner_id="p", place_id=None, zone="Europe/Paris", items=(), as_of=NOON
    )
    assert react(news) is None
