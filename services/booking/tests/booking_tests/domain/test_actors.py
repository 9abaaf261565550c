"""Who may see which appointment: a table of everybody who may ask."""

import pytest
from booking.domain.actors import Actor, Auditor, Leaver, Patient, Staff, may_see
from booking.domain.evolve import fold

from ..given import confirmed, visit

SECRETARY = Staff(None, frozenset({"place-1", "place-9"}))


@pytest.mark.parametrize(
    ("actor", "seen"),
    [
        (Patient("bob"), True),  # who booked it
        (Patient("carl", frozenset({"bea"})), True),  # who may book for the person
        (Patient("carl", frozenset({"bob", "anna"})), False),
        (Patient("bea"), False),  # a person's id is no account's
        (Staff("practitioner-1"), True),
        (Staff("practitioner-2"), False),
        (SECRETARY, True),
        (Staff(None, frozenset({"place-2"})), False),
        (Auditor(), True),
        (Leaver("bea"), True),
        (Leaver("bob"), False),
    ],
)
def test_an_appointment_is_seen_by_its_patients_its_practice_and_auditors(actor: Actor | Leaver, seen: bool) -> None:
    appointment = fold([confirmed()]).appointments["appointment-1"]
    assert may_see(actor, appointment) == seen


def test_a_visit_at_no_place_is_seen_by_its_practitioner_and_by_no_secretary() -> None:
    appointment = fold([confirmed(visit=visit(place=None))]).appointments["appointment-1"]
    assert may_see(Staff("practitioner-1", frozenset({"place-1"})), appointment)
    assert not may_see(SECRETARY, appointment)
