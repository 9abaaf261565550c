"""The JSON Schemas of the events: a closed one of what the owner says, an open one of what a reader relies on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking_events.base import PublicEvent
from booking_events.catalogue import TOPICS, Topic

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOTES = ("title", "description", "x-data-class")
"""What a schema says to humans: it may change as it likes."""


def name_of(model: type[PublicEvent]) -> str:
    """`SlotHeld.v1`."""
    return ".".join(model.ce_type.split(".")[2:])


def schemas_of(model: type[PublicEvent], topics: Mapping[str, Topic] = TOPICS) -> dict[str, Schema]:
    """By side: `producer` is closed, `consumer` open. Both say topic, key and partitions: where order holds."""
    head = {
        "$schema": DIALECT,
        "$id": f"urn:{model.ce_type}",
        "x-topic": model.topic,
        "x-key": model.key,
        "x-partitions": topics[model.topic].partitions,
    }
    consumer: Schema = opened(model.model_json_schema(mode="validation"))
    return {"producer": head | model.model_json_schema(mode="serialization"), "consumer": head | consumer}


def opened(schema: Any) -> Any:
    """`schema` as a reader takes it: with fields that it does not know, at every depth."""
    if isinstance(schema, list):
        return [opened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: opened(part) for name, part in schema.items() if (name, part) != ("additionalProperties", False)}


def shape_of(schema: Any) -> Any:
    """`schema` without its notes: two of one shape take the same values."""
    if isinstance(schema, list):
        return [shape_of(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    # A field may well be called `title`: what describes fields stands by name and is no note.
    return {
        name: {field: shape_of(one) for field, one in part.items()}
        if name in ("properties", "$defs")
        else shape_of(part)
        for name, part in schema.items()
        if name not in NOTES
    }
