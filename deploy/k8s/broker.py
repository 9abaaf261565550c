"""The topics of the catalogue and who may do what with them, as Strimzi takes them."""

from __future__ import annotations

from typing import Any

import network
from booking_events import topics as declared

Object = dict[str, Any]


def _kafka(kind: str, name: str, spec: Object) -> Object:
    metadata = {"name": name, "labels": {"strimzi.io/cluster": "kafka"}}
    return {"apiVersion": "kafka.strimzi.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


def topics() -> list[Object]:
    return [
        _kafka(
            "KafkaTopic",
            topic.name,
            {"partitions": topic.partitions, "replicas": 3, "config": {**topic.config, "min.insync.replicas": "2"}},
        )
        for topic in declared.topics()
    ]


def users() -> list[Object]:
    return [
        _kafka(
            "KafkaUser",
            service,
            {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": _access(service)}},
        )
        for service in network.KEEPING
    ]


def _access(service: str) -> list[Object]:
    kinds = {"topic": "topic", "group": "group", "transactional-id": "transactionalId"}
    allowed: dict[tuple[str, str, str], set[str]] = {}
    for grant in declared.grants():
        if grant.service == service:
            allowed.setdefault((kinds[grant.resource], grant.name, grant.pattern), set()).update(grant.operations)
    return [
        {"resource": {"type": kind, "name": name, "patternType": _pattern(pattern)}, "operations": sorted(operations)}
        for (kind, name, pattern), operations in sorted(allowed.items())
    ]


def _pattern(pattern: str) -> str:
    return "prefix" if pattern == "prefixed" else pattern
