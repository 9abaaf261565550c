"""What others say, as what it means to booking."""

from datetime import UTC, date, datetime

from booking.application.react import AgendaTouched, Erased, MayBookFor, react
from booking_events.accounts import PersonErased, PersonRegistered, RelativeAdded
from booking_events.availability import (
    AbsenceDeclared,
    AbsenceLifted,
    AgendaChanged,
    AgendaClosed,
    AgendaOpened,
    NextAvailabilityChanged,
)

FACTS = {
    "agenda_id": "a", "version": 4, "practitioner_id": "p", "place_id": None, "speciality": "dermatologie",
    "zone": "Europe/Paris",
}  # fmt: skip
NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


def test_a_change_touches_its_local_dates_the_last_one_included() -> None:
    """The clocks of Paris go forward on 28 March 2027."""
    changed = AgendaChanged(**FACTS, affected_from=date(2027, 3, 27), affected_until=date(2027, 3, 28))
    assert react(changed) == AgendaTouched(
        "a", 4, datetime(2027, 3, 26, 23, 0, tzinfo=UTC), datetime(2027, 3, 28, 22, 0, tzinfo=UTC)
    )
    assert react(AgendaOpened(**FACTS)) == AgendaTouched("a", 4, None, None)


def test_an_absence_touches_its_own_time_when_declared_and_when_lifted() -> None:
    for kind in (AbsenceDeclared, AbsenceLifted):
        absence = kind(agenda_id="a", version=5, absence_id="b", start=NOON, end=NOON.replace(hour=18))
        assert react(absence) == AgendaTouched("a", 5, NOON, NOON.replace(hour=18))


def test_a_closed_agenda_is_touched_for_ever() -> None:
    assert react(AgendaClosed(agenda_id="a", version=6)) == AgendaTouched("a", 6, None, None)


def test_people_may_be_booked_for_until_they_are_erased() -> None:
    assert react(PersonRegistered(person_id="x", account_id="acc")) == MayBookFor("acc", "x")
    assert react(RelativeAdded(person_id="y", account_id="acc")) == MayBookFor("acc", "y")
    assert react(PersonErased(person_id="y")) == Erased("y")


def test_what_is_nothing_to_booking_is_nothing() -> None:
    news = NextAvailabilityChanged(
        agenda_id="a", practitioner_id="p", place_id=None, zone="Europe/Paris", items=(), as_of=NOON
    )
    assert react(news) is None
