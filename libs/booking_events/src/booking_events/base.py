"""What every public event is: a closed, frozen pydantic model with a CloudEvents type, a topic and a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

Mode = Literal["in_person", "video"]


def _utc(value: datetime) -> datetime:
    if value.utcoffset() != timedelta(0):
        raise ValueError("an instant in an event is in UTC")
    return value


@dataclass(frozen=True)
class DataClass:
    """What kind of data a field holds; it stands in the schemas as `x-data-class`. Each field of an event has one.

    There is none for what is personal of a patient: that is never said.
    """

    name: str
    meaning: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "x-data-class": self.name}


ID = DataClass("id", "an opaque id; whom or what it stands for is known to its owner only")
PRACTICE = DataClass("practice", "what a practice publishes of itself: who, where, on which terms")
SCHEDULE = DataClass("schedule", "when time is open, held, taken or free; beside ids only")
COURSE = DataClass("course", "how something went: versions, reasons, outcomes, the instants of facts")
DATA_CLASSES = {found.name: found for found in (ID, PRACTICE, SCHEDULE, COURSE)}

Instant = Annotated[datetime, AfterValidator(_utc)]
"""An aware instant in UTC (RFC 3339 on the wire)."""

Id = Annotated[str, Field(min_length=1, max_length=64), ID]
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
