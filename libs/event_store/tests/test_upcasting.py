"""Old versions are raised in pure steps while the stored bytes stay; what is newer or unknown stops."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from event_store import (
    Event,
    EventStore,
    StoredType,
    StoredTypes,
    UnknownEvent,
    UnknownType,
    UnknownVersion,
    tagged,
    verify_chain,
)

GOLDEN = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Measured:
    """An invented fact, as the third release knows it."""

    weight: str
    unit: str
    of: str | None


def decode(data: bytes) -> Measured:
    fields = json.loads(data)
    return Measured(fields["weight"]["value"], fields["weight"]["unit"], fields["of"])


def grams_become_kilograms(fields: dict[str, Any]) -> dict[str, Any]:
    grams = fields["grams"]
    return {"kilograms": f"{grams // 1000}.{grams % 1000:03}", "of": None}


def a_weight_has_a_unit(fields: dict[str, Any]) -> dict[str, Any]:
    return {"weight": {"value": fields["kilograms"], "unit": "kg"}, "of": fields["of"]}


TYPES = StoredTypes([StoredType("Measured", 3, decode, {1: grams_become_kilograms, 2: a_weight_has_a_unit})])

MEANING = {
    1: [Measured("1.250", "kg", None), Measured("0.000", "kg", None)],
    2: [Measured("1.250", "kg", "été"), Measured("0.000", "kg", None)],
    3: [Measured("1.250", "kg", "été"), Measured("0.000", "kg", None)],
}


def golden(version: int) -> list[Event]:
    lines = (GOLDEN / f"Measured.v{version}.jsonl").read_bytes().splitlines()
    return [Event("Measured", line, version=version) for line in lines]


@pytest.mark.parametrize("version", MEANING)
def test_the_golden_stream_of_every_version_is_read_as_today_s(version: int) -> None:
    assert [TYPES.decode(event) for event in golden(version)] == MEANING[version]


def test_every_version_that_was_ever_written_is_told() -> None:
    assert list(TYPES) == [("Measured", 1), ("Measured", 2), ("Measured", 3)]
    assert TYPES.version("Measured") == 3


async def test_raising_changes_no_stored_byte(store: EventStore) -> None:
    tag = f"scale:{uuid4()}"
    written = [event for version in MEANING for event in golden(version)]
    for event in written:
        event.tags.append(tag)
    await store.append(written)
    recorded = (await store.read(tagged(tag))).events
    for _ in range(2):
        assert [TYPES.decode(each.event) for each in recorded] == [meant for each in MEANING.values() for meant in each]
    assert (await store.read(tagged(tag))).events == recorded
    assert [each.event.data for each in recorded] == [event.data for event in written]
    assert verify_chain(recorded, previous=recorded[0].previous_hash).intact


@pytest.mark.parametrize("version", [4, 2**31 - 1, 0])
def test_a_version_that_this_release_does_not_know_stops(version: int) -> None:
    with pytest.raises(UnknownVersion, match=f"Measured version {version} is not known"):
        TYPES.decode(Event("Measured", b'{"grams":1}', version=version))


def test_an_unknown_type_stops() -> None:
    for ask in (lambda: TYPES.decode(Event("Weighed", b"{}")), lambda: TYPES.version("Weighed")):
        with pytest.raises(UnknownType, match="Weighed") as raised:
            ask()
        assert isinstance(raised.value, UnknownEvent)


@pytest.mark.parametrize("steps", [{}, {1: dict}, {2: dict}, {1: dict, 2: dict, 3: dict}, {0: dict, 1: dict, 2: dict}])
def test_a_version_with_a_missing_or_a_needless_step_cannot_be_declared(steps: dict[int, Any]) -> None:
    with pytest.raises(ValueError, match="Measured version 3 needs one step from each version before it"):
        StoredType("Measured", 3, decode, steps)


def test_a_name_belongs_to_one_type_and_is_not_empty() -> None:
    one = StoredType("Measured", 1, decode)
    with pytest.raises(ValueError, match="two stored types"):
        StoredTypes([one, one])
    with pytest.raises(ValueError, match="name"):
        StoredType("", 1, decode)
    with pytest.raises(ValueError, match="version 0"):
        StoredType("Measured", 0, decode)
