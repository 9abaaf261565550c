"""Ours to public: every private event has a public form, and what is private stays so."""

import json
from typing import get_args

import booking_events
from booking.adapters import codec
from booking.application.publish import PUBLIC_TYPES, PublishedEvent, publish
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentMoved,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
)
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    OnlineBookingStopped,
    PatientMarkedKnown,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, WaitingListJoined
from booking.entrypoints.relay import publishing
from booking_events import booking as public
from booking_events import decode
from event_store import RecordedEvent

from ..given import NOW, confirmed, held, minutes, rules, visit


def test_every_private_event_has_a_public_type_and_becomes_it() -> None:
    assert set(PUBLIC_TYPES) == set(get_args(PublishedEvent))
    for event in (held(), confirmed()):
        assert type(publish(event)) is PUBLIC_TYPES[type(event)]


def test_what_a_practice_thinks_of_a_patient_is_told_to_nobody() -> None:
    say = publishing("booking", codec.record)
    for event in (PatientMarkedKnown(NOW, "bea", "practitioner-1"), OnlineBookingStopped(NOW, "bea", "place-1")):
        assert say(RecordedEvent(codec.encode(event, {}), 7, NOW, b"", b"")) is None


def test_the_room_of_a_visit_is_said_with_it() -> None:
    for event in (held(visit=visit(room="room-1")), confirmed(visit=visit(room="room-1"))):
        said = publish(event)
        assert isinstance(said, public.SlotHeld | public.AppointmentConfirmed)
        assert said.room_id == "room-1"


def test_a_claim_is_said_as_an_extension_with_a_new_holder() -> None:
    claimed = HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(), rules(), NOW + minutes(8), False)
    said = publish(claimed)
    assert isinstance(said, public.HoldExtended)
    assert (said.held_by, said.expires_at, said.partition_key) == ("alice", NOW + minutes(8), "agenda-1")


def test_a_request_that_came_to_nothing_is_said_with_its_outcome_and_without_the_reason() -> None:
    outcomes = []
    for by in ("practice", "patient", "lapse"):
        said = publish(RequestEnded(NOW, "request-1", "bea", "bob", visit(), by, "1.reason"))
        assert isinstance(said, public.AppointmentRequestEnded)
        assert "1.reason" not in said.model_dump_json()
        outcomes.append(said.outcome)
    assert outcomes == ["declined", "withdrawn", "lapsed"]


def test_what_a_patient_asks_for_is_said_without_the_message_to_the_practice() -> None:
    said = publish(AppointmentRequested(NOW, "request-1", "bea", "bob", visit(), rules(), "1.message"))
    assert isinstance(said, public.AppointmentRequested)
    assert (said.request_id, said.requested_at, said.start) == ("request-1", NOW, visit().stretch.start)
    assert "1.message" not in said.model_dump_json()


def test_rules_seals_and_specialities_stay_private() -> None:
    cancelled = AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 2, "patient", "1.reason")
    for event in (held(), confirmed(sealed="1.sealed"), cancelled):
        text = publish(event).model_dump_json()
        for private in ("dermatologie", "sealed", "1.reason", "0" * 64, "capacity"):
            assert private not in text


def test_the_relay_says_of_every_private_event_what_its_public_model_says() -> None:
    stretch, at = visit(before=5).stretch, NOW + minutes(8)
    events: list[PublishedEvent] = [
        held(),
        confirmed(sealed="1.sealed"),
        HoldReleased(NOW, "hold-1", "alice", stretch, "replaced"),
        HoldExpired(NOW, "hold-1", "alice", stretch),
        HoldExtended(NOW, "hold-1", "alice", stretch, at),
        HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(place=None), rules(), at, False),
        AppointmentMoved(NOW, "appointment-1", "bea", "bob", visit(), rules(), stretch, 2, "patient"),
        AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 2, "patient", "1.reason"),
        AppointmentBookedByPractice(NOW, "appointment-1", "bea", "bob", visit(), rules()),
        AppointmentBookedOverRules(NOW, "appointment-1", "bea", "bob", visit(), rules(), ("slot",), "1.reason"),
        WaitingListJoined(NOW, "appointment-1", "bea", "bob", visit()),
        EarlierSlotOffered(NOW, "offer-1", "gone.2", "appointment-1", "bea", "bob", visit(), rules(), 0, at),
        AppointmentImported(NOW, "appointment-1", "bea", "bob", visit(), rules()),
        AppointmentHonoured(NOW, "appointment-1", "bea", "bob", visit(), 3, True, "1.reason"),
        AppointmentMissed(NOW, "appointment-1", "bea", "bob", visit(), 2, True, sealed_reason="1.reason"),
        AppointmentRequested(NOW, "request-1", "bea", "bob", visit(), rules(), "1.message"),
        RequestEnded(NOW, "request-1", "bea", "bob", visit(), "practice", "1.reason"),
    ]
    assert {type(event) for event in events} == set(PUBLIC_TYPES)
    say = publishing("booking", codec.record)
    for event in events:
        stored = RecordedEvent(codec.encode(event, {"traceparent": "00-1-2-01"}), 7, NOW, b"", b"")
        record = say(stored)
        assert record is not None
        said = booking_events.encode(
            publish(event),
            id=str(stored.event.id),
            source="booking",
            time=event.at,
            sequence=7,
            traceparent="00-1-2-01",
        )
        assert json.loads(record.value) == json.loads(said.value)
        assert (record.topic, record.key, record.headers) == (said.topic, said.key, said.headers)
        assert decode(record.headers, record.value).data == publish(event)
