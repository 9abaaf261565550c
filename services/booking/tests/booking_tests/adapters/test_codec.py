"""Stored events: what travels beside the bytes. The bytes themselves have their golden files (test_golden.py)."""

from booking.adapters import codec
from event_store import Event as StoredEvent

from ..given import confirmed, held
from .test_golden import MEANING

EVENTS = [event for meant in MEANING.values() for event in meant]


def stored() -> list[StoredEvent]:
    return [codec.encode(event, {"actor": "account:alice"}) for event in EVENTS]


def test_every_event_comes_back_as_it_was() -> None:
    assert [codec.TYPES.decode(each) for each in stored()] == EVENTS


def test_no_tag_and_no_metadata_says_anything_of_what_was_said() -> None:
    for each in stored():
        words = " ".join((*each.tags, *each.metadata.values()))
        assert "dermatologie" not in words
        assert "c2VhbGVk" not in words


def test_the_tags_are_those_that_decisions_ask_by() -> None:
    assert {tag.split(":")[0] for tag in codec.encode(held(), {}).tags} == {"agenda", "hour", "hold", "account"}
    assert {"appointment:appointment-1", "person:bea"} <= set(codec.encode(confirmed(), {}).tags)
