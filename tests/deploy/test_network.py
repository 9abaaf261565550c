"""Who reaches whom: judged from the rendered policies as a network would, and held against the one table."""

from __future__ import annotations

import importlib.util
import ipaddress
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from .rendered import (
    K8S,
    OVERLAYS,
    SERVICES,
    Object,
    environment,
    labels,
    of_kind,
    selects,
    service_template,
    templates,
)

# How those outside look to a policy: the namespace of their pods, or an address.
OUTSIDE: dict[str, dict[str, str] | str] = {
    "gateway": {"kubernetes.io/metadata.name": "gateway"},
    "prometheus": {"kubernetes.io/metadata.name": "monitoring"},
    "tracing": {"kubernetes.io/metadata.name": "tracing"},
    "strimzi": {"kubernetes.io/metadata.name": "strimzi"},
    "cnpg": {"kubernetes.io/metadata.name": "cnpg-system"},
    "api-server": "10.96.0.1",
    "internet": "203.0.113.7",
    "a stranger's pod": {"kubernetes.io/metadata.name": "strangers"},
}


def _network() -> ModuleType:
    spec = importlib.util.spec_from_file_location("network", K8S / "network.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["network"] = module
    spec.loader.exec_module(module)
    return module


TABLE = _network()


def deployed(overlay: str) -> list[Any]:
    """The edges of the table that are in this overlay."""
    folder = K8S / "overlays" / overlay
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    parts = {f"components/{name.rpartition('/')[2]}" for name in kustomization.get("components", [])}
    return [edge for edge in TABLE.EDGES if edge.where in {"base", f"overlays/{overlay}", *parts}]


def pods(overlay: str) -> dict[str, dict[str, str]]:
    """The labels of the pods of each part, those that operators make included."""
    found = {name.partition("/")[2]: labels(template) for name, template in templates(overlay)}
    for name in ("topics", "notification-client"):
        if name in found and name == "notification-client":
            found["migration of a client"] = found.pop(name)
    if cluster := of_kind(overlay, "Cluster").get("postgres"):
        found["postgres"] = cluster["spec"]["inheritedMetadata"]["labels"]
    if kafka := of_kind(overlay, "Kafka").get("kafka"):
        found["kafka"] = kafka["spec"]["kafka"]["template"]["pod"]["metadata"]["labels"]
        found["kafka-operator"] = kafka["spec"]["entityOperator"]["template"]["pod"]["metadata"]["labels"]
    return found


def by_strimzi(overlay: str) -> list[Object]:
    """What Strimzi opens by policies of its own, but for its components: a listener to whom it names, else to all."""
    return [
        {
            "spec": {
                "podSelector": {"matchLabels": kafka["spec"]["kafka"]["template"]["pod"]["metadata"]["labels"]},
                "policyTypes": ["Ingress"],
                "ingress": [
                    {
                        "from": one.get("networkPolicyPeers", [{"podSelector": {}}, {"namespaceSelector": {}}]),
                        "ports": [{"protocol": "TCP", "port": one["port"]}],
                    }
                    for one in kafka["spec"]["kafka"]["listeners"]
                ],
            }
        }
        for kafka in of_kind(overlay, "Kafka").values()
    ]


def part(name: str) -> str:
    return "migration" if "migration" in name else name


def reach(overlay: str, ports: Iterable[int]) -> set[tuple[str, str, int]]:
    """Every connection that the policies let through, between parts and with those outside."""
    inside, policies = pods(overlay), [*of_kind(overlay, "NetworkPolicy").values(), *by_strimzi(overlay)]
    found = set()
    for source in {*inside, *OUTSIDE}:
        for target in {*inside, *OUTSIDE}:
            for port in ports:
                if source in OUTSIDE and target in OUTSIDE:
                    continue
                leaves = source in OUTSIDE or _passes(policies, "egress", inside, source, target, port)
                enters = target in OUTSIDE or _passes(policies, "ingress", inside, target, source, port)
                if leaves and enters:
                    found.add((part(source), part(target), port))
    return found


def _passes(
    policies: list[Object], way: str, inside: dict[str, dict[str, str]], here: str, other: str, port: int
) -> bool:
    about = [one["spec"] for one in policies if selects(one["spec"]["podSelector"], inside[here])]
    about = [spec for spec in about if way.capitalize() in spec["policyTypes"]]
    assert about, f"nothing closes {way} of {here}"
    peers = "to" if way == "egress" else "from"
    return any(
        any(one["port"] == port and one["protocol"] == "TCP" for one in rule["ports"])
        and any(_is(peer, inside, other) for peer in rule[peers])
        for spec in about
        for rule in spec.get(way, [])
    )


def _is(peer: Object, inside: dict[str, dict[str, str]], other: str) -> bool:
    if block := peer.get("ipBlock"):
        address = OUTSIDE.get(other)
        if not isinstance(address, str) or ":" in block["cidr"]:
            return False
        inner = ipaddress.ip_address(address)
        return inner in ipaddress.ip_network(block["cidr"]) and not any(
            inner in ipaddress.ip_network(one) for one in block.get("except", [])
        )
    if "namespaceSelector" in peer:
        namespace = OUTSIDE.get(other)
        return (
            isinstance(namespace, dict) and "podSelector" not in peer and selects(peer["namespaceSelector"], namespace)
        )
    return other in inside and selects(peer["podSelector"], inside[other])


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_edge_of_the_table_is_open_and_no_other(overlay: str) -> None:
    wanted = {(edge.source, edge.target, port) for edge in deployed(overlay) for port in edge.ports}
    # A rule for the API of Kubernetes names no address, so that it leads to everywhere on these ports.
    wanted |= {(source, "internet", port) for source, target, port in wanted if target == "api-server"}
    ports = {port for _, _, port in wanted} | {22, 53, 8443, 9999}
    assert reach(overlay, ports) == wanted


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_each_policy_selects_a_part_that_is_there(overlay: str) -> None:
    found = pods(overlay).values()
    for name, policy in of_kind(overlay, "NetworkPolicy").items():
        assert any(selects(policy["spec"]["podSelector"], one) for one in found), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_may_ask_for_names_and_nothing_else_of_that_kind(overlay: str) -> None:
    names = {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
    }
    open_to_names = [
        one["spec"]
        for one in of_kind(overlay, "NetworkPolicy").values()
        if any(names in rule["to"] for rule in one["spec"].get("egress", []))
    ]
    (spec,) = open_to_names
    ports = [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]
    assert spec == {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [names], "ports": ports}]}


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_who_is_asked_for_metrics_may_be_reached_for_them(overlay: str) -> None:
    asked = {
        name
        for monitor in of_kind(overlay, "PodMonitor").values()
        for name, has in pods(overlay).items()
        if selects(monitor["spec"]["selector"], has)
    }
    assert asked == {edge.target for edge in deployed(overlay) if edge.source == "prometheus"}


def test_the_judge_sees_an_edge_that_is_missing_and_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reach("dev", {8000, 9999})
    policies = of_kind("dev", "NetworkPolicy")
    anybody = {"podSelector": {}}
    ports = [{"protocol": "TCP", "port": 9999}]
    changed = {
        **policies,
        "accounts": {"spec": {**policies["accounts"]["spec"], "ingress": [{"from": [anybody], "ports": ports}]}},
        "booking": {"spec": {**policies["booking"]["spec"], "egress": [{"to": [anybody], "ports": ports}]}},
    }
    monkeypatch.setitem(reach.__globals__, "of_kind", lambda overlay, kind: changed if kind == "NetworkPolicy" else {})
    after = reach("dev", {8000, 9999})
    assert after - before == {("booking", "accounts", 9999)}
    assert {
        ("booking", "accounts", 8000),
        ("booking", "availability", 8000),
        ("portal", "accounts", 8000),
    } <= before - after


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_a_service_is_told_to_ask_is_what_it_may_reach(overlay: str) -> None:
    edges = {(edge.source, edge.target, port) for edge in deployed(overlay) for port in edge.ports}
    addresses = {("postgres-rw", 5432): "postgres", ("kafka-kafka-bootstrap", 9093): "kafka", ("kafka", 9092): "kafka"}
    told = set()
    for service in SERVICES:
        given = environment(overlay, service_template(overlay, service)["spec"]["containers"][0])
        for name, value in given.items():
            url = urlsplit(value if "://" in value else f"//{value}" if name == "KAFKA_BOOTSTRAP_SERVERS" else "")
            if url.hostname and "." not in url.hostname and url.hostname != "localhost":
                told.add((service, addresses.get((url.hostname, url.port), url.hostname), url.port))
    assert told <= edges
    spoken = {(s, t, p) for s, t, p in edges if s in SERVICES and t in {*SERVICES, "kafka", "otel-collector", "sms"}}
    assert spoken == told
