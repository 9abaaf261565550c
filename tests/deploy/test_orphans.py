"""No object that nothing uses, and nothing used that is not there: by whom each is named in the rendered overlay."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pytest

from .rendered import OVERLAYS, Object, development_secrets, objects

Name = tuple[str, str]  # kind, name

# What is of use only to whoever names it.
USED = {"ConfigMap", "ServiceAccount", "Service", "Gateway", "Kafka", "Cluster", "ObjectStore"}
# What acts by itself; whether it acts on something is asked where selectors, policies, scalers, secrets and topics are.
ACTING = {
    "Namespace", "Secret", "Deployment", "StatefulSet", "Job", "NetworkPolicy", "PodDisruptionBudget",
    "HorizontalPodAutoscaler", "ScaledObject", "HTTPRoute", "PodMonitor", "PrometheusRule", "ExternalSecret",
    "KafkaNodePool", "KafkaTopic", "KafkaUser", "Database", "ScheduledBackup",
}  # fmt: skip
# Where no gateway leads to them: reached by `kubectl port-forward`.
BY_HAND = {"dev": {("Service", "portal"), ("Service", "notification")}, "staging": set(), "prod": set()}
_HOST = re.compile(r"//(?:[^/@]*@)?([a-z][a-z0-9-]*)(?=[:/]|$)|^([a-z][a-z0-9-]*):\d+$")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_used_and_what_is_used_is_there(overlay: str) -> None:
    found = whole(overlay)
    assert {one["kind"] for one in found} <= USED | ACTING
    assert orphans(found) == BY_HAND[overlay]
    assert missing(found) == set()


@pytest.mark.parametrize("kind", sorted(USED))
def test_an_object_that_nothing_uses_and_one_that_is_missing_are_found(kind: str) -> None:
    found = whole("prod")
    one = next(one for one in found if one["kind"] == kind)
    another = copy.deepcopy(one)
    another["metadata"]["name"] = "another"
    assert orphans([*found, another]) == {(kind, "another")}
    assert _name(one) in missing([other for other in found if other is not one])


def whole(overlay: str) -> list[Object]:
    """All that a cluster of this overlay has, the secrets of a development cluster included."""
    return [*objects(overlay), *(development_secrets().values() if overlay == "dev" else ())]


def orphans(found: Sequence[Object]) -> set[Name]:
    """Objects that nothing uses."""
    return {name for name in map(_name, found) if name[0] in USED} - set(named(found))


def missing(found: Sequence[Object]) -> set[Name]:
    """What is named and is neither here nor made by an operator for one that is."""
    made = {("Service", f"{name}-rw") for kind, name in map(_name, found) if kind == "Cluster"}
    made |= {("Service", f"{name}-kafka-bootstrap") for kind, name in map(_name, found) if kind == "Kafka"}
    return set(named(found)) - set(map(_name, found)) - made


def named(found: Iterable[Object]) -> Iterator[Name]:
    """What each object names of those that are of use only to others."""
    for one in found:
        spec = one.get("spec", {})
        if cluster := one["metadata"].get("labels", {}).get("strimzi.io/cluster"):
            yield "Kafka", cluster
        match one["kind"]:
            case "Deployment" | "StatefulSet" | "Job":
                yield from _of_pods(spec["template"]["spec"])
                if governing := spec.get("serviceName"):
                    yield "Service", governing
            case "ConfigMap":
                yield from _hosts(one["data"])
            case "Secret":
                yield from _hosts(one["stringData"])
            case "ExternalSecret":
                yield from _hosts(spec["target"].get("template", {}).get("data", {}))
            case "HorizontalPodAutoscaler" | "ScaledObject":
                yield "Deployment", spec["scaleTargetRef"]["name"]
            case "HTTPRoute":
                yield from (("Gateway", parent["name"]) for parent in spec["parentRefs"])
                yield from (("Service", to["name"]) for rule in spec["rules"] for to in rule["backendRefs"])
            case "Cluster":
                yield from (("ObjectStore", plugin["parameters"]["barmanObjectName"]) for plugin in spec["plugins"])
            case "Database" | "ScheduledBackup":
                yield "Cluster", spec["cluster"]["name"]
            case _:
                pass


def _of_pods(pod: Object) -> Iterator[Name]:
    if account := pod.get("serviceAccountName"):
        yield "ServiceAccount", account
    for volume in pod.get("volumes", []):
        for source in volume.get("projected", {}).get("sources", [volume]):
            if "configMap" in source:
                yield "ConfigMap", source["configMap"]["name"]
    for container in pod["containers"]:
        yield from (("ConfigMap", source["configMapRef"]["name"]) for source in container.get("envFrom", []))
        yield from _hosts({one["name"]: one["value"] for one in container.get("env", [])})


def _hosts(settings: dict[str, Any]) -> Iterator[Name]:
    for word in " ".join(_TEMPLATE.sub("secret", str(value)) for value in settings.values()).split():
        hosts = ("".join(found) for found in _HOST.findall(word))
        yield from (("Service", host) for host in hosts if host != "localhost")


def _name(one: Object) -> Name:
    return one["kind"], one["metadata"]["name"]
