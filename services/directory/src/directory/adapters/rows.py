"""A practitioner as JSON for the table, and back."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from directory.domain.practitioner import Practitioner

_ADAPTER = TypeAdapter(Practitioner)


def to_json(practitioner: Practitioner) -> Jsonb:
    return Jsonb(_ADAPTER.dump_python(practitioner, mode="json"))


def from_json(profile: Any) -> Practitioner:
    return _ADAPTER.validate_python(profile)
