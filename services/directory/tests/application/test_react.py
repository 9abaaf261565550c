"""What is kept of availability's news."""

import uuid
from datetime import UTC, datetime

import pytest
from booking_events.availability import NextAvailabilityChanged, NextSlot
from directory.application.react import Unreadable, next_free

AT = datetime(2026, 12, 3, 9, tzinfo=UTC)


def news(practitioner: str, place: str | None, *items: NextSlot) -> NextAvailabilityChanged:
    return NextAvailabilityChanged(
        agenda_id="a", practitioner_id=practitioner, place_id=place, zone="Europe/Paris", items=items, as_of=AT
    )


def test_only_motives_with_a_free_slot_are_kept() -> None:
    who = str(uuid.uuid4())
    items = (
        NextSlot(motive_id="m", mode="in_person", start=AT),
        NextSlot(motive_id="n", mode="in_person", start=None),
        NextSlot(motive_id="m", mode="video", start=AT),
    )
    found = next_free(news(who, None, *items))
    assert (found.practitioner_id, found.place_id) == (who, None)
    assert found.slots == (("m", "in_person", AT), ("m", "video", AT))


def test_ids_that_are_not_the_directorys_are_refused_without_being_quoted() -> None:
    for practitioner, place in (("somebody", None), (str(uuid.uuid4()), "somewhere")):
        with pytest.raises(Unreadable) as refused:
            next_free(news(practitioner, place))
        assert "some" not in str(refused.value)
