"""The language itself: round trips, openness to additions, closedness of producers, one owner and one key a topic."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from booking_events import EVENTS, TOPICS, PublicEvent, Undecodable, decode, encode, load
from booking_events.booking import SlotHeld
from pydantic import ValidationError

START = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
HELD = SlotHeld(
    agenda_id="a", start=START, end=START + timedelta(minutes=15), practitioner_id="p", place_id="l",
    zone="Europe/Paris", motive_id="m", mode="in_person", hold_id="h", held_by="c",
    expires_at=START - timedelta(days=3),
)  # fmt: skip


def record() -> tuple[list[tuple[str, bytes]], bytes]:
    made = encode(HELD, id="1", source="booking", time=START, sequence=42, traceparent="00-ab-cd-01")
    assert (made.topic, made.key) == ("booking.appointments.v1", b"a")
    return made.headers, made.value


def test_an_event_comes_back_as_it_went() -> None:
    headers, value = record()
    envelope = decode(headers, value)
    assert envelope.data == HELD
    assert (envelope.sequence, envelope.source, envelope.traceparent) == (42, "booking", "00-ab-cd-01")
    assert dict(headers)["ce_sequence"] == b"00000000000000000042"


def test_a_reader_drops_fields_that_it_does_not_know_at_every_depth() -> None:
    listed = EVENTS["rendezvous.directory.PractitionerListed.v1"]
    place = {"id": "1", "name": "n", "address": "a", "postcode": "49000", "city": "Angers", "zone": "Europe/Paris"}
    fields = {"practitioner_id": "p", "status": "listed", "first_name": "J", "last_name": "E", "speciality": "s"}
    grown = fields | {"places": [place | {"new": 1}], "added_later": True}
    assert load(listed, json.dumps(grown).encode()) == load(listed, json.dumps(fields | {"places": [place]}).encode())


def test_a_producer_cannot_add_a_field() -> None:
    with pytest.raises(ValidationError):
        SlotHeld.model_validate(HELD.model_dump() | {"patient_name": "x"})


def test_an_unknown_type_is_skipped_and_not_an_error() -> None:
    headers, value = record()
    unknown = [(n, b"rendezvous.booking.Newer.v1" if n == "ce_type" else v) for n, v in headers]
    assert decode(unknown, value).data is None


def test_a_record_that_does_not_fit_its_type_names_the_field_and_not_its_value() -> None:
    headers, value = record()
    broken = json.dumps(json.loads(value) | {"mode": "secret-words"}).encode()
    with pytest.raises(Undecodable, match="mode") as refusal:
        decode(headers, broken)
    assert "secret-words" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("ce_type", b"\xff"), ("ce_type", None), ("ce_id", None), ("ce_source", None), ("ce_time", b"yesterday"),
        ("ce_time", b"2027-03-01T08:00:00"), ("ce_time", None), ("ce_sequence", b"-1"), ("ce_sequence", b"many"),
        ("ce_sequence", b"9" * 20), ("ce_sequence", "٣".encode()), ("ce_sequence", None),
    ],
    ids=str,
)  # fmt: skip
def test_a_record_with_a_wrong_or_missing_attribute_is_undecodable_and_nothing_else(
    name: str, wrong: bytes | None
) -> None:
    headers, value = record()
    with pytest.raises(Undecodable):
        decode([(n, wrong if n == name else v) for n, v in headers], value)


@pytest.mark.parametrize("value", [None, b"", b"{", b"[]", b"null", b"1", b"\xff", b"[" * 100_000], ids=repr)
def test_a_value_that_is_no_object_is_undecodable_and_nothing_else(value: bytes | None) -> None:
    headers, _ = record()
    with pytest.raises(Undecodable):
        decode(headers, value)


def test_an_instant_in_an_event_is_in_utc() -> None:
    with pytest.raises(ValidationError):
        SlotHeld(**HELD.model_dump(exclude={"start"}), start=START.astimezone(timezone(timedelta(hours=1))))


@pytest.mark.parametrize("model", EVENTS.values(), ids=lambda m: m.__name__)
def test_every_event_has_a_topic_of_its_service_and_its_key(model: type[PublicEvent]) -> None:
    _, service, name_version, version = model.ce_type.split(".")
    assert (name_version, version) == (model.__name__, "v1")
    topic = TOPICS[model.topic]
    assert topic.owner == service
    assert topic.key == model.key
    assert model.key in model.model_fields
