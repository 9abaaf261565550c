"""What every public event is: a closed, frozen pydantic model with a CloudEvents type, a topic and a key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Mode = Literal["in_person", "video"]


def _utc(value: datetime) -> datetime:
    if value.utcoffset() != timedelta(0):
        raise ValueError("an instant in an event is in UTC")
    return value


Instant = Annotated[datetime, AfterValidator(_utc)]
"""An aware instant in UTC (RFC 3339 on the wire)."""

Id = Annotated[str, Field(min_length=1, max_length=64)]
"""An opaque id; a UUID in practice. It never says anything about a person."""


class Part(BaseModel):
    """A value inside an event: closed for the producer, like the event itself."""

    # The owner always writes every field, so its schema requires them, defaults or not.
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class PublicEvent(Part):
    """One fact in the past tense. Producers validate against the closed model; consumers drop what they do not know.

    `ce_type`: CloudEvents type, `rendezvous.<service>.<Name>.v<n>`; a name is for ever.
    `topic`: the Kafka topic (see `catalogue.TOPICS`).
    `key`: the name of the field whose value is the record's key (`ce_partitionkey`): order holds within one key.
    """

    ce_type: ClassVar[str]
    topic: ClassVar[str]
    key: ClassVar[str]

    @property
    def partition_key(self) -> str:
        return str(getattr(self, self.key))

    @property
    def subject(self) -> str:
        """`ce_subject`: the same opaque id as the key."""
        return self.partition_key


def strip_unknown(model: type[BaseModel], data: Any) -> Any:
    """`data` without the fields that `model` does not have, at every depth: how a consumer stays open to additions."""
    if not isinstance(data, dict):
        return data
    kept: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in data:
            kept[name] = _strip_value(field.annotation, data[name])
    return kept


def _strip_value(annotation: Any, value: Any) -> Any:
    inner = [a for a in (annotation, *getattr(annotation, "__args__", ())) if isinstance(a, type)]
    models = [a for a in inner if issubclass(a, BaseModel)]
    for argument in getattr(annotation, "__args__", ()):
        if not models and getattr(argument, "__args__", None):
            value = _strip_value(argument, value)
    if not models:
        return value
    if isinstance(value, list | tuple):
        return [strip_unknown(models[0], item) for item in value]
    return strip_unknown(models[0], value)
