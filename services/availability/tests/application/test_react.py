"""What each fact of booking means for an agenda's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from availability.application.react import Key, effect_of
from availability.domain.agenda import Stretch
from booking_events import EVENTS
from booking_events.booking import (
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentMoved,
    HoldExtended,
    HoldReleased,
    SlotHeld,
)
from booking_events.directory import PractitionerWithdrawn

START = datetime(2027, 3, 17, 8, tzinfo=UTC)
AT = int(START.timestamp()) // 60
STRETCH: dict[str, Any] = {"agenda_id": "a", "start": START, "end": START + timedelta(minutes=30)}
VISIT: dict[str, Any] = STRETCH | {
    "practitioner_id": "p", "place_id": None, "zone": "Europe/Paris", "motive_id": "m", "mode": "video",
    "buffer_before_minutes": 5, "buffer_after_minutes": 10,
}  # fmt: skip
WHO: dict[str, Any] = {"appointment_id": "x", "person_id": "p", "account_id": "ann"}


def test_a_hold_takes_its_time_with_buffers_until_it_expires() -> None:
    effect = effect_of(SlotHeld(**VISIT, hold_id="h", held_by="ann", expires_at=START))
    assert effect is not None
    assert effect.begins is not None
    assert (effect.begins.key, effect.begins.held_by, effect.begins.expires_at) == (Key("hold", "h"), "ann", START)
    assert (effect.begins.time, effect.begins.visit) == (Stretch(AT - 5, AT + 40), Stretch(AT, AT + 30))


def test_a_confirmation_ends_the_hold_and_takes_its_place() -> None:
    effect = effect_of(AppointmentConfirmed(**VISIT, **WHO, hold_id="h", confirmed_at=START))
    assert effect is not None
    assert set(effect.ends) == {Key("hold", "h"), Key("appointment", "x")}
    assert effect.begins is not None
    assert (effect.begins.key, effect.begins.expires_at) == (Key("appointment", "x"), None)


def test_a_release_and_a_cancellation_free_the_time() -> None:
    released = effect_of(HoldReleased(**STRETCH, hold_id="h", reason="replaced"))
    cancelled = effect_of(AppointmentCancelled(**VISIT, **WHO, version=2, by="absence", cancelled_at=START))
    assert released is not None
    assert cancelled is not None
    assert (released.ends, cancelled.ends) == ((Key("hold", "h"),), (Key("appointment", "x"),))
    assert released.begins is cancelled.begins is None


def test_a_move_frees_the_old_time_and_takes_the_new_one() -> None:
    effect = effect_of(
        AppointmentMoved(
            **VISIT, **WHO, version=2, by="patient", previous_start=START, previous_end=START, moved_at=START
        )
    )
    assert effect is not None
    assert effect.ends == (Key("appointment", "x"),)
    assert effect.begins is not None
    assert (effect.begins.key, effect.begins.expires_at) == (Key("appointment", "x"), None)


def test_an_extension_or_a_claim_prolongs_the_hold() -> None:
    effect = effect_of(HoldExtended(**STRETCH, hold_id="h", held_by="bob", expires_at=START))
    assert effect is not None
    assert effect.prolonged is not None
    assert (effect.prolonged.hold, effect.prolonged.held_by) == (Key("hold", "h"), "bob")


def test_every_fact_of_booking_that_takes_or_frees_time_has_an_effect_and_others_have_none() -> None:
    source = {"hold_id": "h", "held_by": "a", "expires_at": START, "reason": "released", "by": "patient", "version": 1}
    moved = {"previous_start": START, "previous_end": START, "moved_at": START}
    facts = VISIT | WHO | source | moved | {"confirmed_at": START, "cancelled_at": START}
    # What became of a visit, and who waits or asked for one, takes and frees no time.
    without = {
        "AppointmentHonoured", "AppointmentMissed", "WaitingListJoined", "EarlierSlotOffered",
        "AppointmentRequested", "AppointmentRequestEnded",
    }  # fmt: skip
    of_booking = [model for model in EVENTS.values() if model.topic == "booking.appointments.v1"]
    assert without <= {model.__name__ for model in of_booking}
    of_booking = [model for model in of_booking if model.__name__ not in without]
    assert len(of_booking) == 7
    for model in of_booking:
        fields = {name: value for name, value in facts.items() if name in model.model_fields}
        assert effect_of(model.model_validate(fields)) is not None
    assert effect_of(PractitionerWithdrawn(practitioner_id="p", reason="gone")) is None
