"""What a broker must have: every topic of the catalogue with its settings, and who may do what. Said here only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from booking_events.catalogue import TOPICS, Topic


@dataclass(frozen=True)
class BrokerTopic:
    """A topic to have. `config` in Kafka's own names; `writers` and `readers` are services."""

    name: str
    purpose: str
    partitions: int
    config: dict[str, str]
    writers: tuple[str, ...]
    readers: tuple[str, ...]


@dataclass(frozen=True)
class Grant:
    """An access rule that allows `service` the `operations` on what is called `name`, or begins with it."""

    service: str
    resource: Literal["topic", "group", "transactional-id"]
    name: str
    pattern: Literal["literal", "prefixed"]
    operations: tuple[str, ...]


def topics(names: Sequence[str] = tuple(TOPICS)) -> list[BrokerTopic]:
    """The topics of these names, all by default, and beside each its topic of dead letters, which its readers write."""
    found = []
    for topic in (TOPICS[name] for name in names):
        found.append(_published(topic))
        found.append(_dead_letters(topic))
    return found


def grants() -> list[Grant]:
    """Owners write and readers read, through groups of their own name. Nobody else may do anything."""
    found = []
    for topic in topics():
        # A relay reads its own topics too: what it said last tells where it goes on.
        reading = sorted({*topic.readers, *topic.writers})
        found += [Grant(service, "topic", topic.name, "literal", ("Write", "Describe")) for service in topic.writers]
        found += [Grant(service, "topic", topic.name, "literal", ("Read", "Describe")) for service in reading]
    for service in sorted({topic.owner for topic in TOPICS.values()}):
        found.append(Grant(service, "transactional-id", f"{service}-relay", "literal", ("Write", "Describe")))
    for service in sorted({reader for topic in TOPICS.values() for reader in topic.readers}):
        found.append(Grant(service, "group", f"{service}.", "prefixed", ("Read", "Describe")))
    return found


def _published(topic: Topic) -> BrokerTopic:
    return BrokerTopic(topic.name, topic.purpose, topic.partitions, topic.config(), (topic.owner,), topic.readers)


def _dead_letters(topic: Topic) -> BrokerTopic:
    purpose = f"what a reader of {topic.name} could not handle, with the reason"
    return BrokerTopic(topic.dead_letters, purpose, 1, {"retention.ms": "-1"}, topic.readers, topic.readers)


def as_json() -> str:
    """`{"topics": [...], "grants": [...]}` for whoever makes them."""
    return json.dumps({"topics": [asdict(t) for t in topics()], "grants": [asdict(g) for g in grants()]}, indent=2)


def as_table() -> str:
    """For a human."""
    head = ("topic", "partitions", "settings", "written by", "read by")
    rows = [head]
    for t in topics():
        settings = " ".join(f"{name}={value}" for name, value in t.config.items())
        rows.append((t.name, str(t.partitions), settings, " ".join(t.writers) or "-", " ".join(t.readers) or "-"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join(lines)
