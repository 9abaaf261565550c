"""What a practice brings with it is taken over once, where there is room, whatever the rules of online booking."""

from datetime import timedelta
from typing import Any

import pytest
from booking.domain.actors import Patient
from booking.domain.commands_practice import ImportVisit
from booking.domain.events_absences import AbsenceNoted, Keep
from booking.domain.events_practice import AppointmentImported
from booking.domain.rejections import (
    AlreadyOver,
    ImportedOtherwise,
    OffTheGrid,
    PersonBusy,
    PractitionerAbsent,
    Rejection,
    SlotHeldByOthers,
    SlotTaken,
)

from ..given import NINE, NOW, confirmed, held, minutes, move, rules, visit, when

STRICT = rules(max_future_per_patient=0, max_per_day=0, max_per_week=0, min_days_between=30, booking="known_patients")


def bring(**more: Any) -> ImportVisit:
    whose = "imported-1", more.get("person", "anna"), "alice"
    return ImportVisit(NOW, *whose, more.get("visit", visit()), more.get("rules", rules()))


def test_an_appointment_is_taken_over_whatever_binds_online_booking() -> None:
    for bound in (rules(), STRICT):
        others = [visit(NINE + timedelta(days=1)), visit(NINE + minutes(60))]
        given = [confirmed(appointment=f"a-{n}", person="anna", visit=each) for n, each in enumerate(others)]
        (event,) = when(bring(rules=bound), *given)
        assert event == AppointmentImported(NOW, "imported-1", "anna", "alice", visit(), bound)


def test_bringing_it_again_changes_nothing_whatever_has_become_of_it() -> None:
    assert when(bring(), *when(bring())) == ()


@pytest.mark.parametrize(
    "otherwise",
    [{"visit": visit(NINE + minutes(60))}, {"visit": visit(motive="motive-2")}, {"person": "ben"}],
)
def test_a_reference_that_came_with_other_facts_before_is_named(otherwise: dict[str, Any]) -> None:
    brought = when(bring())
    with pytest.raises(ImportedOtherwise):
        when(bring(**otherwise), *brought)
    moved = when(move(visit(NINE + minutes(60)), appointment="imported-1", actor=Patient("alice")), *brought)
    assert when(bring(), *brought, *moved) == ()  # what has become of it here counts


def test_what_a_motive_takes_by_now_is_no_other_fact() -> None:
    assert when(bring(visit=visit(NINE, 30, after=5)), *when(bring())) == ()


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        (confirmed(), SlotTaken),
        (held("bob"), SlotHeldByOthers),
        (confirmed(person="anna", visit=visit(agenda="agenda-2")), PersonBusy),
        (AbsenceNoted(NOW, "a", "agenda-1", NINE, NINE + minutes(5), Keep()), PractitionerAbsent),
    ],
)
def test_what_cannot_be_at_once_is_named(given: Any, refusal: type[Rejection]) -> None:
    with pytest.raises(refusal):
        when(bring(), given)


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (visit(NOW), AlreadyOver),
        (visit(NINE + minutes(3)), OffTheGrid),
        (visit(NINE, 17), OffTheGrid),
        (visit(NINE, 0), OffTheGrid),
    ],
)
def test_what_is_no_visit_to_come_is_named(wanted: Any, refusal: type[Rejection]) -> None:
    with pytest.raises(refusal):
        when(bring(visit=wanted))
