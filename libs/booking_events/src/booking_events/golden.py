"""Golden examples and JSON Schemas, committed beside the models and written by `python -m booking_events`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from booking_events.base import PublicEvent
from booking_events.catalogue import EVENTS
from booking_events.cloudevents import Record, encode
from booking_events.examples_of_events import EXAMPLES

HERE = Path(__file__).parent
EXAMPLES_FOLDER = HERE / "examples"
SCHEMAS_FOLDER = HERE / "schemas"
EARLIER = "earlier"
TIME = datetime(2027, 2, 26, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Golden:
    """A committed example: the CloudEvent in structured form, for a human and for any tool."""

    model: type[PublicEvent]
    file: Path
    content: dict[str, Any]

    @property
    def value(self) -> bytes:
        """What stands in Kafka as the record's value."""
        return json.dumps(self.content["data"]).encode()

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers, as the relay of the owner writes them."""
        attributes = {name: text for name, text in self.content.items() if name not in ("data", "datacontenttype")}
        return [(f"ce_{name}", str(text).encode()) for name, text in attributes.items()]


def name_of(model: type[PublicEvent]) -> str:
    """`SlotHeld.v1`."""
    return ".".join(model.ce_type.split(".")[2:])


def goldens(folder: Path = EXAMPLES_FOLDER) -> Iterator[Golden]:
    """Every committed example, those of earlier shapes included."""
    for file in sorted(folder.rglob("*.json")):
        content = json.loads(file.read_text())
        yield Golden(EVENTS[content["type"]], file, content)


def example_of(event: PublicEvent, sequence: int) -> dict[str, Any]:
    """`event` as a CloudEvent in structured JSON."""
    service = event.ce_type.split(".")[1]
    identity = f"00000000-0000-4000-8000-{sequence:012d}"
    record: Record = encode(event, id=identity, source=service, time=TIME, sequence=sequence)
    attributes = {name.removeprefix("ce_"): raw.decode() for name, raw in record.headers if name.startswith("ce_")}
    return {**attributes, "datacontenttype": "application/json", "data": json.loads(record.value)}


def schemas_of(model: type[PublicEvent]) -> dict[str, dict[str, Any]]:
    """The closed schema of what the owner says, and the open one of what a reader relies on."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:{model.ce_type}"}
    producer = head | {"x-topic": model.topic, "x-key": model.key} | model.model_json_schema(mode="serialization")
    consumer = head | {"x-topic": model.topic, "x-key": model.key} | _opened(model.model_json_schema(mode="validation"))
    return {"producer": producer, "consumer": consumer}


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _opened(part) for name, part in schema.items() if (name, part) != ("additionalProperties", False)}


def files() -> dict[Path, str]:
    """What must stand in the two folders, by its path in the package."""
    written = {}
    for sequence, event in enumerate(EXAMPLES, start=1):
        written[Path("examples") / f"{name_of(type(event))}.json"] = _text(example_of(event, sequence))
    for model in EVENTS.values():
        for side, schema in schemas_of(model).items():
            written[Path("schemas") / f"{name_of(model)}.{side}.json"] = _text(schema)
    return written


def write(here: Path = HERE) -> list[Path]:
    """Bring the folders up to date. An example that changes is kept under `examples/earlier`: readers must load it."""
    changed = []
    for name, text in files().items():
        file = here / name
        if file.exists() and file.read_text() == text:
            continue
        if file.exists() and name.parts[0] == "examples":
            earlier = file.parent / EARLIER
            earlier.mkdir(exist_ok=True)
            number = len(list(earlier.glob(f"{file.stem}.*.json"))) + 1
            file.rename(earlier / f"{file.stem}.{number}.json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        changed.append(name)
    return changed


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
