"""The gate lets additions through and refuses, by event, field and breach, whatever some reader could not read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from booking_events import TOPICS, PublicEvent, load
from booking_events.base import COURSE, Id, Instant, Mode, Part
from booking_events.catalogue import EVENTS, MODELS
from booking_events.compatibility import breaches, committed_schemas
from booking_events.golden import SCHEMAS_FOLDER
from booking_events.schemas_of_events import name_of, schemas_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import Field


class Said(PublicEvent):
    ce_type: ClassVar[str] = "rendezvous.booking.Said.v1"
    topic: ClassVar[str] = "booking.appointments.v1"
    key: ClassVar[str] = "agenda_id"


class Ward(Part):
    zone: str
    beds: int = Field(default=1, ge=1, le=9)


class Was(Said):
    """The event as it was committed."""

    agenda_id: Id
    mode: Mode
    price: str | None = None
    minutes: int = Field(ge=5)
    start: Instant
    note: str = ""
    wards: tuple[Ward, ...] = ()


def changed(**fields: Any) -> type[PublicEvent]:
    """`Was` with these fields: None leaves one out."""
    annotations = dict(Was.__annotations__) | {name: value for name, value in fields.items() if value is not None}
    defaults = {"price": None, "note": "", "wards": ()} | {"minutes": Field(ge=5)}
    body: dict[str, Any] = {"__module__": __name__, "__annotations__": {}}
    for name, annotation in annotations.items():
        if name in fields and fields[name] is None:
            continue
        kind, *default = annotation if isinstance(annotation, tuple) else (annotation,)
        body["__annotations__"][name] = kind
        if default and default[0] is not ...:
            body[name] = default[0]
        elif not default and name in defaults:
            body[name] = defaults[name]
    return type("Was", (Said,), body)


class Roomier(Part):
    zone: str
    beds: int = Field(default=1, ge=1, le=12)


class Moved(Was):
    topic: ClassVar[str] = "booking.ledger.v1"


class Rekeyed(Was):
    key: ClassVar[str] = "mode"


class Reused(Said):
    agenda_id: Id
    size: int
    root: str


class Again(Was):
    pass


BREAKS: dict[str, tuple[tuple[type[PublicEvent], ...], str]] = {
    "removed": ((changed(note=None),), "note: field removed"),
    "renamed": ((changed(note=None, remark=(str, "")),), "note: field removed, or renamed to remark"),
    "made required": ((changed(note=(str, ...)),), "note: made required"),
    "added, required": ((changed(cause=(str, ...)),), "cause: field added without a default: earlier events lack it"),
    "narrowed": ((changed(price=(str, "")),), "price: type narrowed: no longer null"),
    "widened": ((changed(mode=Mode | None),), "mode: type widened: null as well"),
    "another type": ((changed(minutes=(float, ...)),), "minutes: type narrowed: no longer integer"),
    "limit tightened": ((changed(minutes=(int, Field(ge=10))),), "minutes: type narrowed: minimum was 5, is 10"),
    "limit loosened": ((changed(minutes=(int, Field(ge=0))),), "minutes: type widened: minimum was 5, is 0"),
    "in a part": ((changed(wards=(tuple[Roomier, ...], ())),), "wards[].beds: type widened: maximum was 9, is 12"),
    "format": ((changed(start=str),), "start: type changed: format was date-time, is None"),
    "enum added": ((changed(mode=Literal["in_person", "video", "phone"]),), "mode: enum value added: phone"),
    "enum removed": ((changed(mode=Literal["in_person"]),), "mode: enum value removed: video"),
    "default": ((changed(note=(str, "none")),), "note: default changed: an event without it would mean something else"),
    "topic": ((Moved,), "topic changed from booking.appointments.v1 to booking.ledger.v1"),
    "key": ((Rekeyed,), "key changed from agenda_id to mode"),
    "reused": ((Reused,), "type name reused: it has hardly a field of the event that had this name before"),
    "twice": ((Was, Again), "type name reused: Was and Again both claim it"),
    "event removed": ((), "event removed: its records stay in the topic"),
}  # fmt: skip
KNOWN = TOPICS | {"booking.ledger.v1": replace(TOPICS["booking.appointments.v1"], name="booking.ledger.v1")}


def commit(folder: Path, model: type[PublicEvent], version: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    for side, schema in schemas_of(model).items():
        (folder / f"{name_of(model)}{version}.{side}.json").write_text(json.dumps(schema))
    return folder


def test_what_the_models_say_can_be_read_by_everybody_and_reads_everything() -> None:
    assert breaches(MODELS, SCHEMAS_FOLDER) == []
    assert {name for name, _, _ in committed_schemas(SCHEMAS_FOLDER)} == {name_of(model) for model in MODELS}
    assert len(EVENTS) == len(MODELS)


@pytest.mark.parametrize(("models", "line"), BREAKS.values(), ids=BREAKS)
def test_each_breach_is_refused_by_name(models: tuple[type[PublicEvent], ...], line: str, tmp_path: Path) -> None:
    assert breaches([Was], commit(tmp_path, Was), KNOWN) == []
    assert f"Said.v1: {line}" in breaches(models, tmp_path, KNOWN)


def test_another_number_of_partitions_is_refused_since_keys_would_move(tmp_path: Path) -> None:
    more = {name: replace(topic, partitions=24) for name, topic in TOPICS.items()}
    assert breaches([Was], commit(tmp_path, Was), more) == ["Said.v1: partitions changed from 12 to 24"]


def test_a_field_with_a_default_and_other_notes_are_let_through(tmp_path: Path) -> None:
    commit(tmp_path, Was)
    grown = changed(cause=(str | None, None), note=(Annotated[str, COURSE, Field(description="in other words")], ""))
    assert breaches([grown], tmp_path) == []


def test_it_is_transitive_what_the_last_version_would_allow_an_earlier_one_forbids(tmp_path: Path) -> None:
    later = changed(cause=(str, ""))
    commit(tmp_path, later)
    required = changed(cause=(str, ...))
    commit(tmp_path / "earlier", Was, version=".1")
    assert "Said.v1: cause: field added without a default: earlier events lack it" in breaches([required], tmp_path)
    assert breaches([later], tmp_path) == []


def test_the_command_prints_one_line_for_each_breach(tmp_path: Path) -> None:
    commit(tmp_path, Was)
    lines = breaches([changed(note=None, mode=Literal["video"])], tmp_path)
    assert lines == ["Said.v1: mode: enum value removed: in_person", "Said.v1: note: field removed"]


def values(schema: dict[str, Any], definitions: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Whatever the schema allows; of instants those in UTC, which no schema can ask for."""
    if "$ref" in schema:
        return values(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in schema:
        return st.one_of([values(one, definitions) for one in schema["anyOf"]])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    match schema["type"]:
        case "object":
            properties = {name: values(one, definitions) for name, one in schema["properties"].items()}
            said = {name: one for name, one in properties.items() if name in schema.get("required", [])}
            return st.fixed_dictionaries(said, optional={n: one for n, one in properties.items() if n not in said})
        case "array":
            return st.lists(values(schema["items"], definitions), max_size=3)
        case "string" if schema.get("format") == "date-time":
            return st.datetimes().map(lambda at: at.isoformat() + "Z")
        case "string" if schema.get("format") == "date":
            return st.dates().map(str)
        case "string":
            return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength", 20))
        case "integer":
            return st.integers(schema.get("minimum"), schema.get("maximum"))
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
    raise AssertionError(f"no values for {schema}")


def tried(schema: dict[str, Any], read: Callable[[Any], object]) -> int:
    """How many values of the schema were read: the same ones each time."""
    count = 0

    @settings(max_examples=15, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(values(schema, schema.get("$defs", {})))
    def each(data: Any) -> None:
        nonlocal count
        count += 1
        read(data)

    each()
    return count


def exchanged(model: type[PublicEvent], folder: Path) -> int:
    """What each committed version says is read by the model of now, and what is said now by each version."""
    now, count = schemas_of(model), 0
    for name, side, schema in committed_schemas(folder):
        if name != name_of(model):
            continue
        if side == "producer":
            count += tried(schema, lambda data: load(model, json.dumps(data).encode()))
        else:
            reader = Draft202012Validator(schema, format_checker=FormatChecker())
            count += tried(now["producer"], reader.validate)
    return count


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_generated_data_of_every_version_is_read_by_every_other(model: type[PublicEvent]) -> None:
    assert exchanged(model, SCHEMAS_FOLDER) >= 6


def test_generated_data_finds_a_version_that_cannot_be_read(tmp_path: Path) -> None:
    commit(tmp_path / "earlier", Was, version=".1")
    assert exchanged(changed(cause=(str, "")), tmp_path) >= 20
    for unreadable in (changed(cause=(str, ...)), changed(mode=Literal["in_person", "video", "phone"])):
        with pytest.raises(Exception, match=r"cause: Field required|is not one of"):
            exchanged(unreadable, tmp_path)
