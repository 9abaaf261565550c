"""Stored events: explicit names, everything comes back as it was, and what is newer than this release stops."""

from dataclasses import replace
from typing import get_args

import orjson
import pytest
from booking.adapters import codec
from booking.adapters.codec import UnknownEvent
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentEvent,
    Event,
    HoldClaimed,
    HoldEvent,
    HoldExpired,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from event_store import Event as StoredEvent

from ..given import NINE, NOW, confirmed, held, minutes, rules, visit

EVENTS: list[Event] = [
    held(),
    HoldReleased(NOW, "hold-1", "alice", visit().stretch, "replaced"),
    HoldExpired(NOW, "hold-1", "alice", visit().stretch),
    HoldExtended(NOW, "hold-1", "alice", visit(before=5, after=10).stretch, NOW + minutes(20)),
    HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(place=None), rules(capacity=3), NOW + minutes(5), True),
    confirmed(sealed="1.c2VhbGVk"),
    AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(start=NINE), 2, "practice", "1.c2VhbGVk"),
]


def stored(event: Event) -> StoredEvent:
    return codec.encode(event, {"actor": "account:alice"})


def test_every_event_comes_back_as_it_was() -> None:
    assert {type(event) for event in EVENTS} == {*get_args(HoldEvent), *get_args(AppointmentEvent)}
    for event in EVENTS:
        assert codec.decode(stored(event)) == event


def test_stored_names_are_for_ever() -> None:
    """Not to be changed together with the code: what is stored is called so."""
    assert [stored(event).type for event in EVENTS] == [
        "SlotHeld", "HoldReleased", "HoldExpired", "HoldExtended", "HoldClaimed",
        "AppointmentConfirmed", "AppointmentCancelled",
    ]  # fmt: skip


def test_the_bytes_of_the_first_release_are_still_read() -> None:
    data = (
        b'{"at":"2027-03-01T07:00:00Z","hold_id":"hold-1","account_id":"alice","stretch":{"agenda_id":"agenda-1",'
        b'"start":"2027-03-02T09:00:00Z","end":"2027-03-02T09:15:00Z","buffer_before_minutes":0,'
        b'"buffer_after_minutes":0}}'
    )
    event = HoldExpired(NOW, "hold-1", "alice", visit().stretch)
    assert stored(event).data == data
    assert codec.decode(StoredEvent(type="HoldExpired", data=data, tags=["agenda:agenda-1"])) == event


def test_an_unknown_type_or_a_newer_version_stops_and_guesses_nothing() -> None:
    event = stored(held())
    for unknown in (replace(event, type="SlotPromised"), replace(event, version=2)):
        with pytest.raises(UnknownEvent):
            codec.decode(unknown)


def test_an_old_version_is_raised_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(codec.KINDS, "SlotHeld", (SlotHeld, 3))
    monkeypatch.setitem(codec.UPCASTS, ("SlotHeld", 1), lambda fields: fields | {"holder": fields.pop("held_by")})
    monkeypatch.setitem(codec.UPCASTS, ("SlotHeld", 2), lambda fields: fields | {"account_id": fields.pop("holder")})
    fields = orjson.loads(stored(held()).data)
    fields["held_by"] = fields.pop("account_id")
    assert codec.decode(StoredEvent(type="SlotHeld", data=orjson.dumps(fields), tags=["a"], version=1)) == held()


def test_no_tag_and_no_metadata_says_anything_of_what_was_said() -> None:
    for event in EVENTS:
        words = " ".join((*stored(event).tags, *stored(event).metadata.values()))
        assert "dermatologie" not in words
        assert "c2VhbGVk" not in words
