"""The AsyncAPI 3.0 document: channels, operations, messages, made from the models, the catalogue and the examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from booking_events.base import DATA_CLASSES, PublicEvent
from booking_events.catalogue import MODELS, TOPICS, Topic
from booking_events.schemas_of_events import Schema, name_of, opened

Document = dict[str, Any]

BINDING = "0.5.0"
ABOUT = (
    "What the services of Rendezvous say to each other and to everybody else: facts in the past tense, CloudEvents 1.0 "
    "in binary mode over Kafka. Order holds within one key. Fields may be added: readers pass over what they do not "
    "know, types too. No event says anything personal of a patient. `rendezvous.<owner>.PositionReached.v1`, in every "
    "topic, tells that all up to its `ce_sequence` has been said; its value is empty, and most readers pass over it."
)
HEADERS: dict[str, Schema] = {
    "ce_specversion": {"type": "string", "const": "1.0"},
    "ce_id": {"type": "string", "description": "of the event, the same however often it is sent"},
    "ce_type": {"type": "string", "description": "`rendezvous.<service>.<Name>.v<n>`"},
    "ce_source": {"type": "string", "description": "the service in whose log it stands"},
    "ce_subject": {"type": "string", "description": "what it is about: the key"},
    "ce_time": {"type": "string", "format": "date-time", "description": "when it happened"},
    "ce_sequence": {
        "type": "string",
        "pattern": "^[0-9]{20}$",
        "description": "the position in the log of `ce_source`; gaps are normal, going back is a duplicate",
    },
    "ce_partitionkey": {"type": "string", "description": "the record's key"},
    "content-type": {"type": "string", "const": "application/json"},
    "traceparent": {"type": "string", "description": "W3C Trace Context of the request that caused it"},
}


def document(examples: Mapping[str, Mapping[str, Any]]) -> Document:
    """The whole. `examples`: by type, an event as a CloudEvent in structured JSON."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rendezvous events",
            "version": "1.0.0",
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS.values()},
        "operations": _operations(),
        "components": {
            "messages": {name_of(model): _message(model, examples[model.ce_type]) for model in MODELS},
            "schemas": _schemas(),
        },
        "x-data-classes": {name: found.meaning for name, found in DATA_CLASSES.items()},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic.config()
    return {
        "address": topic.name,
        "description": topic.purpose,
        "messages": {name_of(model): {"$ref": f"#/components/messages/{name_of(model)}"} for model in _of(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [config["cleanup.policy"]],
                    "retention.ms": int(config["retention.ms"]),
                },
                "bindingVersion": BINDING,
            }
        },
        "x-owner": topic.owner,
        "x-readers": list(topic.readers),
        "x-key": topic.key,
        "x-dead-letters": topic.dead_letters,
    }


def _operations() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for topic in TOPICS.values():
        found[f"{topic.owner}-sends-{topic.name}"] = _operation("send", topic, topic.owner)
        for reader in topic.readers:
            found[f"{reader}-receives-{topic.name}"] = _operation("receive", topic, reader)
    return found


def _operation(action: str, topic: Topic, service: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{name_of(model)}"} for model in _of(topic)],
        "tags": [{"name": service}],
    }
    if action == "receive":
        group = {"type": "string", "pattern": rf"^{service}\..+$"}
        operation["bindings"] = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
    return operation


def _message(model: type[PublicEvent], example: Mapping[str, Any]) -> dict[str, Any]:
    headers = {f"ce_{name}": text for name, text in example.items() if name not in ("data", "datacontenttype")}
    optional = {"traceparent"}
    return {
        "name": model.ce_type,
        "title": model.__name__,
        "summary": _first_words(model),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": [name for name in HEADERS if name not in optional],
            "properties": HEADERS | {"ce_type": {"type": "string", "const": model.ce_type}},
        },
        "payload": {"$ref": f"#/components/schemas/{name_of(model)}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": f"`{model.key}`"}, "bindingVersion": BINDING}},
        "examples": [{"headers": headers | {"content-type": "application/json"}, "payload": example["data"]}],
    }


def _schemas() -> dict[str, Schema]:
    """Every event, and every part that several share, by name."""
    found: dict[str, Schema] = {}
    for model in MODELS:
        schema: Schema = opened(
            model.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
        )
        parts: dict[str, Schema] = schema.pop("$defs", {})
        for name, part in [*parts.items(), (name_of(model), schema)]:
            if found.setdefault(name, part) != part:
                raise ValueError(f"two different parts of events are called {name}")
    return found


def _of(topic: Topic) -> list[type[PublicEvent]]:
    return [model for model in MODELS if model.topic == topic.name]


def _first_words(model: type[PublicEvent]) -> str:
    """The first paragraph of the model's own docstring, or of the state that it carries in full."""
    found = next(kind.__doc__ for kind in model.__mro__ if kind.__doc__)
    return " ".join(found.split("\n\n")[0].split())
