"""Examples, JSON Schemas, the AsyncAPI document and its page: committed, and written by `python -m booking_events`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from booking_events.asyncapi import document
from booking_events.base import PublicEvent
from booking_events.catalogue import EVENTS
from booking_events.cloudevents import Record, encode
from booking_events.examples_of_events import EXAMPLES
from booking_events.page import page_of
from booking_events.schemas_of_events import name_of, schemas_of, shape_of

HERE = Path(__file__).parent
EXAMPLES_FOLDER = HERE / "examples"
SCHEMAS_FOLDER = HERE / "schemas"
KEPT, EARLIER = ("examples", "schemas"), "earlier"
PAGE = HERE.parents[3] / "docs" / "events.md"
"""In the repository; an installed package has none."""
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


def files() -> dict[Path, str]:
    """What must stand in the two folders and beside them, by its path from the package."""
    written: dict[Path, str] = {}
    examples = {type(event).ce_type: example_of(event, sequence) for sequence, event in enumerate(EXAMPLES, start=1)}
    for kind, example in examples.items():
        written[Path("examples") / f"{name_of(EVENTS[kind])}.json"] = _text(example)
    for model in EVENTS.values():
        for side, schema in schemas_of(model).items():
            written[Path("schemas") / f"{name_of(model)}.{side}.json"] = _text(schema)
    written[Path("asyncapi.json")] = _text(document(examples))
    return written


def write(here: Path = HERE, page: Path = PAGE) -> list[Path]:
    """Bring the folders up to date, and the page where there are docs.

    An example that changes, and a schema whose shape does, is kept under `earlier`: readers must load it for ever.
    """
    changed = []
    for name, text in files().items():
        file = here / name
        if file.exists() and file.read_text() == text:
            continue
        if (
            file.exists()
            and file.parent.name in KEPT
            and shape_of(json.loads(file.read_text())) != shape_of(json.loads(text))
        ):
            _keep(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        changed.append(name)
    if page.parent.is_dir():
        page.write_text(page_of(json.loads((here / "asyncapi.json").read_text())))
    return changed


def _keep(file: Path) -> None:
    """As `earlier/SlotHeld.v1.1.json`, `earlier/SlotHeld.v1.1.producer.json`."""
    earlier = file.parent / EARLIER
    earlier.mkdir(exist_ok=True)
    event, version, *side = file.stem.split(".")
    number = 1
    while (kept := earlier / ".".join([event, version, str(number), *side, "json"])).exists():
        number += 1
    file.rename(kept)


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
