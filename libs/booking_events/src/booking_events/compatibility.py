"""The gate: a change of an event must leave every earlier reader and every earlier event readable, in both directions.

Full and transitive: what the models say now is compared with all that was ever committed. Readers drop fields that they
do not know, so a field may be added with a default; anything else wants a new version of the type.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from booking_events.base import PublicEvent
from booking_events.catalogue import TOPICS, Topic
from booking_events.schemas_of_events import Schema, name_of, schemas_of

Breach = tuple[str, str]
"""A place in the event (`places[].zone`, or nothing for the event itself), and what is wrong there."""

LOWER, UPPER = (
    ("minimum", "exclusiveMinimum", "minLength", "minItems"),
    ("maximum", "exclusiveMaximum", "maxLength", "maxItems"),
)
SAID_OTHERWISE = ("format", "pattern", "multipleOf", "uniqueItems")


def breaches(models: Iterable[type[PublicEvent]], folder: Path, topics: Mapping[str, Topic] = TOPICS) -> list[str]:
    """One line for each breach of what stands in `folder` and below: event, field, breach. None is well."""
    lines: list[str] = []
    by_name: dict[str, type[PublicEvent]] = {}
    for model in models:
        name = name_of(model)
        if name in by_name:
            lines.append(f"{name}: type name reused: {by_name[name].__name__} and {model.__name__} both claim it")
        by_name[name] = model
    for name, side, committed in committed_schemas(folder):
        if name not in by_name:
            found: Iterable[Breach] = [("", "event removed: its records stay in the topic")]
        else:
            found = compared(committed, schemas_of(by_name[name], topics)[side], side)
        lines += [f"{name}: {place + ': ' if place else ''}{what}" for place, what in found]
    return list(dict.fromkeys(lines))


def committed_schemas(folder: Path) -> Iterator[tuple[str, str, Schema]]:
    """Name, side and schema of each file: `SlotHeld.v1.producer.json`, `earlier/SlotHeld.v1.2.producer.json`."""
    for file in sorted(folder.rglob("*.json")):
        event, version, *_, side = file.stem.split(".")
        yield f"{event}.{version}", side, json.loads(file.read_text())


def compared(old: Schema, new: Schema, side: str) -> list[Breach]:
    """What `new` breaks of `old`, both of one `side`: "producer" or "consumer"."""
    found = [("", f"{what} changed from {old[f'x-{what}']} to {new[f'x-{what}']}")
             for what in ("topic", "key", "partitions") if old[f"x-{what}"] != new[f"x-{what}"]]  # fmt: skip
    kept = old["properties"].keys() & new["properties"].keys()
    if 2 * len(kept) < len(old["properties"]):
        return [*found, ("", "type name reused: it has hardly a field of the event that had this name before")]
    return found + list(_fields(_Side(old, new, side), old, new, ""))


class _Side:
    """The two documents that references point into."""

    def __init__(self, old: Schema, new: Schema, side: str) -> None:
        self._old, self._new = old.get("$defs", {}), new.get("$defs", {})
        self.consumer = side == "consumer"

    def old(self, schema: Schema) -> list[Schema]:
        return _alternatives(schema, self._old)

    def new(self, schema: Schema) -> list[Schema]:
        return _alternatives(schema, self._new)


def _alternatives(schema: Schema, definitions: Mapping[str, Schema]) -> list[Schema]:
    """The schema's alternatives, each with its reference followed."""
    if "$ref" in schema:
        return _alternatives(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return [
        one
        for part in schema.get("anyOf", [schema])
        for one in ([part] if part is schema else _alternatives(part, definitions))
    ]


def _fields(sides: _Side, old: Schema, new: Schema, path: str) -> Iterator[Breach]:
    before, after = old.get("properties", {}), new.get("properties", {})
    added = after.keys() - before.keys()
    for name, schema in before.items():
        place = f"{path}{name}"
        if name not in after:
            like = [other for other in sorted(added) if _bare(after[other]) == _bare(schema)]
            yield place, "field removed" + (f", or renamed to {' or '.join(like)}" if like else "")
            continue
        was, now = name in old.get("required", []), name in new.get("required", [])
        if sides.consumer and now and not was:
            yield place, "made required"
        if not sides.consumer and was and not now:
            yield place, "no longer always said"
        if sides.consumer and not was and not now and schema.get("default") != after[name].get("default"):
            yield place, "default changed: an event without it would mean something else"
        yield from _values(sides, sides.old(schema), sides.new(after[name]), place)
    for name in sorted(added):
        if sides.consumer and name in new.get("required", []):
            yield f"{path}{name}", "field added without a default: earlier events lack it"


def _values(sides: _Side, old: Sequence[Schema], new: Sequence[Schema], place: str) -> Iterator[Breach]:
    before, after = {_type(one): one for one in old}, {_type(one): one for one in new}
    if lost := before.keys() - after.keys():
        yield place, f"type narrowed: no longer {' or '.join(sorted(lost))}"
    if gained := after.keys() - before.keys():
        yield place, f"type widened: {' or '.join(sorted(gained))} as well"
    for kind in sorted(before.keys() & after.keys()):
        was, now = before[kind], after[kind]
        yield from _limits(was, now, place)
        if kind == "array":
            yield from _values(sides, sides.old(was.get("items", {})), sides.new(now.get("items", {})), f"{place}[]")
        if kind == "object":
            yield from _fields(sides, was, now, f"{place}.")


def _limits(old: Schema, new: Schema, place: str) -> Iterator[Breach]:
    before, after = _certain(old), _certain(new)
    if before is not None and after is not None:
        for value in sorted(set(before) - set(after)):
            yield place, f"enum value removed: {value}"
        for value in sorted(set(after) - set(before)):
            yield place, f"enum value added: {value}"
    elif (before is None) != (after is None):
        yield place, "type widened: any value" if after is None else "type narrowed: certain values only"
    for names, sign in ((LOWER, 1), (UPPER, -1)):
        for limit in names:
            was, now = old.get(limit), new.get(limit)
            if was != now:
                narrowed = was is None or (now is not None and (now - was) * sign > 0)
                yield place, f"type {'narrowed' if narrowed else 'widened'}: {limit} was {was}, is {now}"
    for name in SAID_OTHERWISE:
        if old.get(name) != new.get(name):
            yield place, f"type changed: {name} was {old.get(name)}, is {new.get(name)}"


def _certain(schema: Schema) -> list[Any] | None:
    """The only values that there are; None for any."""
    values: list[Any] | None = schema.get("enum")
    return [schema["const"]] if "const" in schema else values


def _type(schema: Schema) -> str:
    return str(schema.get("type", "anything"))


def _bare(schema: Any) -> Any:
    """The schema without its name."""
    return {name: value for name, value in schema.items() if name != "title"}
