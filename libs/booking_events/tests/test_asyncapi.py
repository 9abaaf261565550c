"""The AsyncAPI document is valid and true: each field with its data class, each message with topic and service."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from booking_events import TOPICS, PublicEvent
from booking_events.base import DATA_CLASSES, ID, Id, Part
from booking_events.catalogue import MODELS
from booking_events.golden import HERE
from booking_events.page import data_class_of, part_of
from booking_events.schemas_of_events import name_of
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker

DOCUMENT: dict[str, Any] = json.loads((HERE / "asyncapi.json").read_text())
MESSAGES, SCHEMAS = DOCUMENT["components"]["messages"], DOCUMENT["components"]["schemas"]
OFFICIAL = os.environ.get("ASYNCAPI_SPECS", "")


@pytest.mark.skipif(not OFFICIAL, reason="ASYNCAPI_SPECS names no folder with npm's @asyncapi/specs (.ci/run gets it)")
def test_it_is_valid_by_the_official_schema_of_asyncapi_3() -> None:
    schema = json.loads((Path(OFFICIAL) / "package/schemas/3.0.0-without-$id.json").read_text())
    validator = Draft7Validator(schema)
    assert [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(DOCUMENT)] == []
    broken = DOCUMENT | {"operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/x"}}}}
    assert not validator.is_valid(broken)


def resolved(reference: str) -> Any:
    found: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for one in value for found in references(one)]
    if not isinstance(value, dict):
        return []
    return [value["$ref"]] if "$ref" in value else [found for one in value.values() for found in references(one)]


def test_every_reference_leads_somewhere() -> None:
    found = references(DOCUMENT)
    assert len(found) > 50
    assert all(resolved(reference) for reference in found)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_the_example_of_each_message_fits_its_headers_and_payload(model: type[PublicEvent]) -> None:
    message = MESSAGES[name_of(model)]
    whole = {"components": DOCUMENT["components"]}
    (example,) = message["examples"]
    for part in ("headers", "payload"):
        Draft202012Validator(message[part] | whole, format_checker=FormatChecker()).validate(example[part])
        assert not Draft202012Validator(message[part] | whole).is_valid({})


def test_each_service_sends_and_receives_what_the_catalogue_says() -> None:
    said = {(o["action"], o["tags"][0]["name"], resolved(o["channel"]["$ref"])["address"])
            for o in DOCUMENT["operations"].values()}  # fmt: skip
    wanted = {("send", topic.owner, topic.name) for topic in TOPICS.values()}
    wanted |= {("receive", reader, topic.name) for topic in TOPICS.values() for reader in topic.readers}
    assert said == wanted
    for topic in TOPICS.values():
        kafka = DOCUMENT["channels"][topic.name]["bindings"]["kafka"]
        assert kafka["partitions"] == topic.partitions
        assert kafka["topicConfiguration"]["cleanup.policy"] == ["compact" if topic.compacted else "delete"]


def unclassed(model: type[Part]) -> list[str]:
    """The fields, at every depth, that say no data class of the house."""
    schema = model.model_json_schema(mode="serialization")
    parts = schema.get("$defs", {})
    found = []
    for owner in (schema, *parts.values()):
        for name, field in owner["properties"].items():
            if part_of(field, parts) is None and data_class_of(field) not in DATA_CLASSES:
                found.append(f"{owner['title']}.{name}")
    return found


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_every_field_has_a_data_class(model: type[PublicEvent]) -> None:
    assert unclassed(model) == []
    key = model.model_json_schema()["properties"][model.key]
    assert data_class_of(key) == ID.name, "a key is an id: it stands in headers and tools"


class Inner(Part):
    name: str


class Careless(Part):
    agenda_id: Id
    note: str | None = None
    parts: tuple[Inner, ...] = ()
    ids: tuple[Id, ...] = ()
    place_id: Id | None = None


def test_a_field_without_one_is_found_at_every_depth() -> None:
    assert sorted(unclassed(Careless)) == ["Careless.note", "Inner.name"]
