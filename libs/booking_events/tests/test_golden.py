"""What is committed beside the models is what the models say; what was once committed can be read for ever."""

import json
from pathlib import Path
from typing import Any

import pytest
from booking_events import EVENTS, PublicEvent, decode, load
from booking_events.examples_of_events import EXAMPLES
from booking_events.golden import HERE, PAGE, Golden, files, goldens, write
from booking_events.page import page_of
from booking_events.schemas_of_events import name_of, schemas_of
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel

COMMITTED = list(goldens())


def valid(schema: dict[str, Any], data: Any) -> bool:
    return bool(Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(data))


def test_the_committed_files_are_up_to_date() -> None:
    wanted = {HERE / name: text for name, text in files().items()}
    folders = ("examples", "schemas", ".")
    committed = {file: file.read_text() for folder in folders for file in (HERE / folder).glob("*.json")}
    stale = [file.name for file, text in wanted.items() if committed.get(file) != text]
    assert stale == [], "run: python -m booking_events"
    stray = [file.name for file in committed.keys() - wanted.keys()]
    assert stray == [], "these belong to no event"
    assert PAGE.read_text() == page_of(json.loads((HERE / "asyncapi.json").read_text())), (
        "run: python -m booking_events"
    )


def _as_far_as(said: Any, before: Any) -> Any:
    """What is said now of the fields that were said then, at every depth."""
    if isinstance(said, dict) and isinstance(before, dict):
        return {name: _as_far_as(said.get(name), value) for name, value in before.items()}
    if isinstance(said, list) and isinstance(before, list) and len(said) == len(before):
        return [_as_far_as(one, other) for one, other in zip(said, before, strict=True)]
    return said


def test_every_event_has_one_example() -> None:
    assert sorted(type(event).ce_type for event in EXAMPLES) == sorted(EVENTS)


@pytest.mark.parametrize("golden", COMMITTED, ids=lambda golden: golden.file.stem)
def test_every_committed_example_loads_and_says_no_less_than_it_did(golden: Golden) -> None:
    envelope = decode(golden.headers, golden.value)
    assert isinstance(envelope.data, golden.model)
    assert envelope.subject == envelope.data.partition_key == golden.content["partitionkey"]
    assert envelope.source == golden.model.ce_type.split(".")[1]
    # Nothing that was ever said may be dropped: a field that is no longer known would be missing here.
    said_again = json.loads(envelope.data.model_dump_json())
    assert _as_far_as(said_again, golden.content["data"]) == golden.content["data"]


@pytest.mark.parametrize("model", EVENTS.values(), ids=name_of)
def test_the_producer_s_schema_is_closed_and_the_reader_s_is_open(model: type[PublicEvent]) -> None:
    (golden,) = [one for one in COMMITTED if one.model is model and one.file.parent.name == "examples"]
    data, schemas = golden.content["data"], schemas_of(model)
    assert valid(schemas["producer"], data)
    assert valid(schemas["consumer"], data)
    grown = data | {"added_later": 1}
    assert not valid(schemas["producer"], grown)
    assert valid(schemas["consumer"], grown)
    assert load(model, json.dumps(grown).encode()) == load(model, golden.value)
    for name in model.model_fields:
        less = {other: value for other, value in data.items() if other != name}
        assert not valid(schemas["producer"], less), f"the owner always says {name}"
        assert valid(schemas["consumer"], less) is not model.model_fields[name].is_required()


def unset(value: BaseModel, path: str) -> list[str]:
    """The fields, at every depth, that an example leaves at their defaults' emptiness."""
    found = []
    for name in type(value).model_fields:
        field = getattr(value, name)
        if field in (None, (), ""):
            found.append(f"{path}.{name}")
        for part in field if isinstance(field, tuple) else (field,):
            if isinstance(part, BaseModel):
                found += unset(part, f"{path}.{name}")
    return found


def test_the_examples_show_every_field() -> None:
    # The one that is empty on purpose: no slot of that motive by video.
    assert [place for event in EXAMPLES for place in unset(event, name_of(type(event)))] == [
        "NextAvailabilityChanged.v1.items.start"
    ]


def test_an_example_that_changes_is_kept_as_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path, tmp_path / "events.md")
    file = tmp_path / "examples" / "HoldExpired.v1.json"
    old = file.read_text().replace("2027-03-01", "2026-03-01")
    file.write_text(old)
    assert write(tmp_path, tmp_path / "events.md") == [Path("examples/HoldExpired.v1.json")]
    assert (tmp_path / "examples" / "earlier" / "HoldExpired.v1.1.json").read_text() == old
    assert write(tmp_path, tmp_path / "events.md") == []
    assert len(list(goldens(tmp_path / "examples"))) == len(EXAMPLES) + 1
