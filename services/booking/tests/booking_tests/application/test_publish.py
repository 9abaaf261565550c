"""Ours to public: every private event has a public form, and what is private stays so."""

from typing import get_args

from booking.application.publish import PUBLIC_TYPES, publish
from booking.domain.events import AppointmentCancelled, AppointmentEvent, HoldClaimed, HoldEvent
from booking_events import booking as public

from ..given import NOW, confirmed, held, minutes, rules, visit


def test_every_private_event_has_a_public_type_and_becomes_it() -> None:
    assert set(PUBLIC_TYPES) == {*get_args(HoldEvent), *get_args(AppointmentEvent)}
    for event in (held(), confirmed()):
        assert type(publish(event)) is PUBLIC_TYPES[type(event)]


def test_a_claim_is_said_as_an_extension_with_a_new_holder() -> None:
    claimed = HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(), rules(), NOW + minutes(8), False)
    said = publish(claimed)
    assert isinstance(said, public.HoldExtended)
    assert (said.held_by, said.expires_at, said.partition_key) == ("alice", NOW + minutes(8), "agenda-1")


def test_rules_seals_and_specialities_stay_private() -> None:
    cancelled = AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 2, "patient", "1.reason")
    for event in (held(), confirmed(sealed="1.sealed"), cancelled):
        text = publish(event).model_dump_json()
        for private in ("dermatologie", "sealed", "1.reason", "0" * 64, "capacity"):
            assert private not in text
