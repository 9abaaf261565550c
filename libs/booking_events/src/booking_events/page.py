"""The AsyncAPI document as a page for humans: `docs/events.md`, written by `python -m booking_events`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from booking_events.asyncapi import Document
from booking_events.schemas_of_events import Schema


def page_of(document: Document) -> str:
    """Markdown: each topic, each of its events, each field with its data class."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {document['info']['title']}"
    yield ""
    yield "<!-- Written by `python -m booking_events`: change the models, not this page. -->"
    yield document["info"]["description"]
    yield ""
    yield "For machines: [AsyncAPI 3.0](../libs/booking_events/src/booking_events/asyncapi.json)."
    yield "How to read them: [subscribe](subscribe.md)."
    yield ""
    yield "| topic | says | owner | readers |"
    yield "|---|---|---|---|"
    for name, channel in document["channels"].items():
        readers = ", ".join(channel["x-readers"]) or "-"
        yield f"| [`{name}`](#{_anchor(name)}) | {channel['description']} | {channel['x-owner']} | {readers} |"
    yield ""
    yield "| data class | holds |"
    yield "|---|---|"
    for name, meaning in document["x-data-classes"].items():
        yield f"| {name} | {meaning} |"
    yield ""
    yield "## Headers of every record"
    yield ""
    yield "| header | is |"
    yield "|---|---|"
    message = next(iter(document["components"]["messages"].values()))
    for name, schema in message["headers"]["properties"].items():
        optional = "" if name in message["headers"]["required"] else " (may be missing)"
        described = "`rendezvous.<service>.<Name>.v<n>`" if name == "ce_type" else schema.get("description")
        yield f"| `{name}` | {described or '`' + str(schema['const']) + '`'}{optional} |"
    for name, channel in document["channels"].items():
        yield from _topic(document, name, channel)


def _topic(document: Document, name: str, channel: dict[str, Any]) -> Iterator[str]:
    kafka = channel["bindings"]["kafka"]
    config = kafka["topicConfiguration"]
    kept = "for ever" if config["retention.ms"] < 0 else f"{timedelta(milliseconds=config['retention.ms']).days} days"
    compacted = ", compacted: at least the last event of each key" if "compact" in config["cleanup.policy"] else ""
    yield ""
    yield f"## {name}"
    yield ""
    yield (
        f"{channel['description'].capitalize()}. Key `{channel['x-key']}`, {kafka['partitions']} partitions, "
        f"kept {kept}{compacted}. Dead letters: `{channel['x-dead-letters']}`."
    )
    for event in channel["messages"]:
        message = document["components"]["messages"][event]
        schemas = document["components"]["schemas"]
        yield ""
        yield f"### {event}"
        yield ""
        yield message["summary"]
        yield ""
        yield "| field | type | data class |"
        yield "|---|---|---|"
        for field, schema in _fields(schemas[event], schemas, ""):
            yield f"| `{field}` | {_type(schema, schemas)} | {data_class_of(schema) or ''} |"
        yield ""
        yield "<details><summary>Example</summary>"
        yield ""
        yield "```json"
        yield json.dumps(message["examples"][0]["payload"], indent=2, ensure_ascii=False)
        yield "```"
        yield "</details>"


def _fields(schema: Schema, schemas: dict[str, Schema], path: str) -> Iterator[tuple[str, Schema]]:
    """Every field at every depth, in order: `places[].zone`."""
    for name, field in schema["properties"].items():
        yield path + name, field
        part = part_of(field, schemas)
        if part is not None:
            many = "[]" if field.get("type") == "array" else ""
            yield from _fields(part, schemas, f"{path}{name}{many}.")


def part_of(field: Schema, schemas: dict[str, Schema]) -> Schema | None:
    """The model that the field holds, one or many of it; None for plain values."""
    for one in (field, field.get("items", {}), *field.get("anyOf", [])):
        if "$ref" in one:
            return schemas[one["$ref"].rpartition("/")[2]]
    return None


def data_class_of(field: Schema) -> str | None:
    """The field's data class, wherever in its type it stands."""
    for one in (field, field.get("items", {}), *field.get("anyOf", [])):
        if "x-data-class" in one:
            return str(one["x-data-class"])
    return None


def _type(schema: Schema, schemas: dict[str, Schema]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(one, schemas) for one in schema["anyOf"])
    if "$ref" in schema:
        return "object"
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if schema["type"] == "array":
        return f"list of {_type(schema['items'], schemas)}"
    limits = [f"at least {schema['minimum']}"] if "minimum" in schema else []
    limits += [f"at most {schema['maxLength']} characters"] if "maxLength" in schema else []
    return ", ".join([str(schema.get("format", schema["type"])), *limits])


def _anchor(heading: str) -> str:
    return heading.replace(".", "")
