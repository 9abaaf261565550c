"""The golden files: bytes that were stored once, one event a line, and what each means to the code of today.

A line that stands in `golden/` is never changed. What a release begins to write gets a line of its own.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from booking.adapters import codec
from booking.domain.events import (
    AppointmentCancelled,
    AppointmentMoved,
    Event,
    HoldClaimed,
    HoldExpired,
    HoldExtended,
    HoldReleased,
)
from booking.domain.events_absences import (
    AbsenceEnded,
    AbsenceNoted,
    AbsencePlanned,
    AbsenceSettled,
    Cancel,
    HandOver,
    Keep,
    Move,
)
from booking.domain.events_practice import (
    AppointmentBookedByPractice,
    AppointmentBookedOverRules,
    AppointmentHonoured,
    AppointmentImported,
    AppointmentMissed,
    AppointmentRequested,
    OnlineBookingResumed,
    OnlineBookingStopped,
    PatientMarkedKnown,
    PatientUnmarkedKnown,
    RequestApproved,
    RequestEnded,
)
from booking.domain.events_waiting import EarlierSlotOffered, FreedSlotClosed, WaitingListJoined, WaitingListLeft
from booking.domain.facts import Question, SecondVisit
from event_store import Event as StoredEvent
from event_store import StoredType, StoredTypes, UnknownEvent, UnknownType, UnknownVersion

from ..given import NINE, NOW, confirmed, held, minutes, rules, visit

GOLDEN = Path(__file__).parent / "golden"
BUFFERED = visit(before=5, after=10, place=None).stretch
BOUND = rules(
    capacity=3, booking="known_patients", notice_minutes=120, horizon_days=30, cancel_until_minutes=1440,
    max_future_per_patient=2, questions=(Question("q-1", True), Question("q-2", False)),
)  # fmt: skip

LIMITED = replace(BOUND, move_until_minutes=2880, min_days_between=6, max_per_day=4, max_per_week=12)

# The rules that came later are missing from the first lines: they read as "no such rule".
HELD: list[Event] = [held(), held(visit=replace(visit(place=None), mode="video"), rules=BOUND)]
CLAIMED: list[Event] = [
    HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(place=None), BOUND, NOW + minutes(5), True),
    HoldClaimed(NOW, "hold-1", "visitor", "alice", visit(), rules(), NOW + minutes(5), False),
]
CONFIRMED: list[Event] = [confirmed(), confirmed(sealed="1.c2VhbGVk", rules=BOUND)]
CANCELLED: list[Event] = [
    AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(start=NINE), 2, "patient"),
    AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 2, "practice", "1.c2VhbGVk"),
    AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 3, "absence"),
]

MOVED: list[Event] = [
    AppointmentMoved(NOW, "appointment-1", "bea", "bob", visit(NINE + minutes(60)), LIMITED, BUFFERED, 2, "patient"),
    AppointmentMoved(NOW, "appointment-1", "bea", "bob", visit(place=None), rules(), BUFFERED, 3, "practice"),
]
FREED = [FreedSlotClosed(NOW, "gone.2", visit(), 5)]
MEANING: dict[tuple[str, int], list[Event]] = {
    ("SlotHeld", 1): [*HELD, *HELD, held(rules=LIMITED)],
    ("HoldReleased", 1): [
        HoldReleased(NOW, "hold-1", "alice", visit().stretch, "replaced"),
        HoldReleased(NOW, "hold-1", "alice", BUFFERED, "released"),
    ],
    ("HoldExpired", 1): [HoldExpired(NOW, "hold-1", "alice", visit().stretch)],
    ("HoldExtended", 1): [HoldExtended(NOW, "hold-1", "alice", BUFFERED, NOW + minutes(20))],
    ("HoldClaimed", 1): [*CLAIMED, *CLAIMED],
    ("AppointmentConfirmed", 1): [*CONFIRMED, *CONFIRMED, confirmed(rules=LIMITED)],
    ("AppointmentMoved", 1): [
        *MOVED,
        *MOVED,
        AppointmentMoved(NOW, "appointment-1", "bea", "bob", visit(), rules(), BUFFERED, 2, "patient", "offer-1", 1),
    ],
    ("AppointmentCancelled", 1): [
        *CANCELLED,
        *CANCELLED,
        AppointmentCancelled(NOW, "appointment-1", "bea", "bob", visit(), 2, "patient", None, "appointment-2"),
    ],
    ("AppointmentBookedByPractice", 1): [
        AppointmentBookedByPractice(NOW, "appointment-1", "bea", "bob", visit(), rules(offer="")),
    ],
    ("AppointmentBookedOverRules", 1): [
        AppointmentBookedOverRules(
            NOW, "appointment-1", "bea", "bob", visit(), rules(offer=""), ("slot", "person"), "1.c2VhbGVk"
        ),
    ],
    ("AppointmentRequested", 1): [
        AppointmentRequested(NOW, "request-1", "bea", "bob", visit(), rules(offer="")),
        AppointmentRequested(NOW, "request-1", "bea", "bob", visit(place=None), rules(offer=""), "1.c2VhbGVk"),
    ],
    ("AbsenceNoted", 1): [
        AbsenceNoted(NOW, "absence-1", "agenda-1", NINE, NINE + minutes(60), plan) for plan in (Keep(), Cancel())
    ],
    ("AbsencePlanned", 1): [
        AbsencePlanned(NOW, "absence-1", "agenda-1", NINE, NINE + minutes(60), plan)
        for plan in (Keep(), Cancel(), Move(-7), HandOver("agenda-2"))
    ],
    ("AbsenceEnded", 1): [AbsenceEnded(NOW, "absence-1", "agenda-1", NINE, NINE + minutes(60))],
    ("AbsenceSettled", 1): [AbsenceSettled(NOW, "absence-1", "agenda-1", Move(7), ("appointment-1",))],
    ("WaitingListJoined", 1): [WaitingListJoined(NOW, "appointment-1", "bea", "bob", visit())],
    ("WaitingListLeft", 1): [WaitingListLeft(NOW, "appointment-1", "bea", "bob", visit())],
    ("EarlierSlotOffered", 1): [
        EarlierSlotOffered(NOW, "offer-1", "gone.2", "appointment-1", "bea", "bob", visit(), rules(), 1, NINE)
    ],
    ("FreedSlotClosed", 1): [*FREED],
    ("AppointmentImported", 1): [
        AppointmentImported(NOW, "appointment-1", "bea", "bob", visit(), rules(offer="")),
    ],
    ("RequestApproved", 1): [RequestApproved(NOW, "request-1", "bea", "bob", visit(), "appointment-1")],
    ("RequestEnded", 1): [
        RequestEnded(NOW, "request-1", "bea", "bob", visit(), "practice", "1.c2VhbGVk"),
        RequestEnded(NOW, "request-1", "bea", "bob", visit(), "patient"),
    ],
    ("AppointmentHonoured", 1): [
        AppointmentHonoured(NOW, "appointment-1", "bea", "bob", visit(), 2),
        AppointmentHonoured(NOW, "appointment-1", "bea", "bob", visit(), 3, True, "1.c2VhbGVk"),
    ],
    ("AppointmentMissed", 1): [
        AppointmentMissed(NOW, "appointment-1", "bea", "bob", visit(), 2, False),
        AppointmentMissed(NOW, "appointment-1", "bea", "bob", visit(), 3, True, True, "1.c2VhbGVk"),
    ],
    ("PatientMarkedKnown", 1): [PatientMarkedKnown(NOW, "bea", "practitioner-1")],
    ("PatientUnmarkedKnown", 1): [PatientUnmarkedKnown(NOW, "bea", "practitioner-1")],
    ("OnlineBookingStopped", 1): [OnlineBookingStopped(NOW, "bea", "place-1")],
    ("OnlineBookingResumed", 1): [OnlineBookingResumed(NOW, "bea", "place-1")],
}


SECOND = rules(second=SecondVisit("motive-2", 21, 28, together=True))
LINKED: dict[str, list[Event]] = {
    "SlotHeld": [replace(held(rules=SECOND), linked_to="hold-2")],
    "HoldReleased": [HoldReleased(NOW, "hold-1", "alice", BUFFERED, "released", "hold-2")],
    "HoldExpired": [HoldExpired(NOW, "hold-1", "alice", BUFFERED, "hold-2")],
    "HoldExtended": [HoldExtended(NOW, "hold-1", "alice", BUFFERED, NOW + minutes(20), "hold-2")],
    "HoldClaimed": [replace(CLAIMED[0], linked_to="hold-2")],  # type: ignore[type-var, list-item]
    "AppointmentConfirmed": [replace(confirmed(rules=SECOND), linked_to="appointment-2")],
    "AppointmentMoved": [replace(MOVED[0], linked_to="appointment-2")],  # type: ignore[type-var, list-item]
    "AppointmentCancelled": [replace(CANCELLED[0], linked_to="appointment-2")],  # type: ignore[type-var, list-item]
    "AppointmentBookedByPractice": [],
    "AppointmentBookedOverRules": [],
    "AppointmentImported": [],
    "AppointmentRequested": [],
    "EarlierSlotOffered": [],
}
# Two-step motives came later: whatever has rules or a link is written once more, and once with both.
for _name, _linked in LINKED.items():
    MEANING[_name, 1] += [*dict.fromkeys(MEANING[_name, 1]), *_linked]


IN_A_ROOM, ONE_OF = visit(room="room-1"), rules(rooms=("room-1", "room-2"))
ROOMS: dict[str, list[Event]] = {
    "SlotHeld": [held(visit=IN_A_ROOM, rules=ONE_OF)],
    "HoldReleased": [HoldReleased(NOW, "hold-1", "alice", IN_A_ROOM.stretch, "released")],
    "HoldExpired": [HoldExpired(NOW, "hold-1", "alice", IN_A_ROOM.stretch)],
    "HoldExtended": [HoldExtended(NOW, "hold-1", "alice", IN_A_ROOM.stretch, NOW + minutes(20))],
    "HoldClaimed": [HoldClaimed(NOW, "hold-1", "visitor", "alice", IN_A_ROOM, ONE_OF, NOW + minutes(5), False)],
    "AppointmentConfirmed": [confirmed(visit=IN_A_ROOM, rules=ONE_OF)],
    "AppointmentMoved": [
        AppointmentMoved(
            NOW, "appointment-1", "bea", "bob", visit(room="room-2"), ONE_OF, IN_A_ROOM.stretch, 2, "patient"
        )
    ],
    "AppointmentCancelled": [AppointmentCancelled(NOW, "appointment-1", "bea", "bob", IN_A_ROOM, 2, "patient")],
    "AppointmentBookedByPractice": [
        AppointmentBookedByPractice(NOW, "appointment-1", "bea", "bob", IN_A_ROOM, replace(ONE_OF, offer=""))
    ],
    "AppointmentBookedOverRules": [],
    "AppointmentImported": [],
    "AppointmentRequested": [],
    "AppointmentHonoured": [AppointmentHonoured(NOW, "appointment-1", "bea", "bob", IN_A_ROOM, 2)],
    "AppointmentMissed": [],
    "RequestApproved": [],
    "RequestEnded": [RequestEnded(NOW, "request-1", "bea", "bob", visit(), "lapse")],
    "WaitingListJoined": [WaitingListJoined(NOW, "appointment-1", "bea", "bob", IN_A_ROOM)],
    "WaitingListLeft": [],
    "EarlierSlotOffered": [],
    "FreedSlotClosed": [],
}
# Rooms came later still, with a stretch of time: whatever has one is written once more, and once in a room.
for _name, _in_a_room in ROOMS.items():
    MEANING[_name, 1] += [*dict.fromkeys(MEANING[_name, 1]), *_in_a_room]
# Then a freed time began to name who could not have gone there.
MEANING["FreedSlotClosed", 1] += [*FREED, FreedSlotClosed(NOW, "gone.2", visit(), 1, ("appointment-1",))]


def lines(name: str, version: int) -> list[bytes]:
    return (GOLDEN / f"{name}.v{version}.jsonl").read_bytes().splitlines()


def without_golden_file(types: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return [(name, version) for name, version in types if not (GOLDEN / f"{name}.v{version}.jsonl").exists()]


def stored(event: Event) -> StoredEvent:
    return codec.encode(event, {"actor": "account:alice"})


@pytest.mark.parametrize(("name", "version"), MEANING)
def test_what_was_stored_once_is_read_for_ever(name: str, version: int) -> None:
    read = [codec.TYPES.decode(StoredEvent(name, data, version=version)) for data in lines(name, version)]
    assert read == MEANING[name, version]


def test_what_is_written_today_stands_in_the_golden_files() -> None:
    """Whoever changes what is written fails here: it wants a version, a step and a file, or at least a line."""
    events = {type(event): name for (name, _), meant in MEANING.items() for event in meant}
    assert set(events) == set(codec.NAMES)
    for (name, version), meant in MEANING.items():
        if version == codec.TYPES.version(name):
            for event in meant:
                today = stored(event)
                assert (today.type, today.version) == (name, version)
                assert today.data in lines(name, version)


def test_every_type_and_version_has_its_golden_file_and_every_file_its_meaning() -> None:
    assert without_golden_file(codec.TYPES) == []
    assert {f"{name}.v{version}.jsonl" for name, version in MEANING} == {path.name for path in GOLDEN.iterdir()}
    assert {name for name, _ in codec.TYPES} >= set(codec.NAMES.values())


def test_a_new_version_without_its_golden_file_is_found() -> None:
    raised = StoredTypes([StoredType("SlotHeld", 2, bytes.decode, {1: lambda fields: fields})])
    assert without_golden_file(raised) == [("SlotHeld", 2)]


def test_a_new_version_without_the_step_to_it_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="SlotHeld version 2 needs one step"):
        StoredType("SlotHeld", 2, bytes.decode)


def test_an_unknown_type_or_a_newer_version_stops_and_guesses_nothing() -> None:
    event = stored(held())
    for unknown, refusal in (
        (replace(event, type="SlotPromised"), UnknownType),
        (replace(event, version=2), UnknownVersion),
    ):
        with pytest.raises(refusal) as raised:
            codec.TYPES.decode(unknown)
        assert isinstance(raised.value, UnknownEvent)
