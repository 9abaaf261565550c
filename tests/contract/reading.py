"""Events of which only certain fields are there, and which note each field that is read: what a consumer needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from booking_events.base import Part
from pydantic import TypeAdapter


def watched(model: type[Part], data: Mapping[str, Any], reads: set[str], path: str = "") -> Any:
    """An instance of `model` with the fields in `data` and no others, not even those with defaults.

    `reads` takes the path of each field that is read, `places[].zone`; a field that is not there is an AttributeError.
    """

    def read(self: Any, name: str) -> Any:
        if name in model.model_fields:
            reads.add(path + name)
        return super(kind, self).__getattribute__(name)

    kind = type(model.__name__, (model,), {"__getattribute__": read, "__module__": __name__})
    instance = kind.model_construct()
    object.__setattr__(
        instance, "__dict__", {name: _value(model, name, value, reads, path) for name, value in data.items()}
    )
    return instance


def _value(model: type[Part], name: str, value: Any, reads: set[str], path: str) -> Any:
    field = model.model_fields[name]
    part = part_of(field.annotation)
    if part is None:
        return TypeAdapter(field.annotation).validate_python(value)
    if isinstance(value, list):
        return tuple(watched(part, one, reads, f"{path}{name}[].") for one in value)
    return None if value is None else watched(part, value, reads, f"{path}{name}.")


def part_of(annotation: Any) -> type[Part] | None:
    """The model in an annotation: `tuple[Place, ...]`, `Position | None`."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return annotation
    return next((found for one in get_args(annotation) if (found := part_of(one))), None)


def only(data: Mapping[str, Any], fields: frozenset[str], path: str = "") -> dict[str, Any]:
    """`data` with these fields, by their paths."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        if path + name not in fields:
            continue
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found[name] = [only(one, fields, f"{path}{name}[].") for one in value]
        elif isinstance(value, dict):
            found[name] = only(value, fields, f"{path}{name}.")
        else:
            found[name] = value
    return found
