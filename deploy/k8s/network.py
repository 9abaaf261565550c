"""Who may open a connection to whom in the cluster: the one table, from which the policies and the docs are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

KEEPING = ("accounts", "availability", "booking", "directory", "notification")
"""The services with a database of their own; each says or hears events."""
SERVICES = (*KEEPING, "portal")
HTTP, HEALTH, POSTGRES, OTLP = 8000, 8001, 5432, 4318


@dataclass(frozen=True)
class Edge:
    """`source` opens TCP connections to `ports` of `target`; in what is deployed from the folder `where`."""

    where: str
    source: str
    target: str
    ports: tuple[int, ...]
    why: str


def _from_each(where: str, sources: Iterable[str], target: str, port: int, why: str) -> list[Edge]:
    return [Edge(where, source, target, (port,), why) for source in sources]


STRIMZI, CNPG, DEV = "components/kafka-strimzi", "components/postgres-cnpg", "overlays/dev"
EDGES: Sequence[Edge] = (
    *(Edge("base", "portal", one, (HTTP,), "pages") for one in ("accounts", "availability", "booking", "directory")),
    *_from_each("base", ("availability", "booking", "directory"), "accounts", HTTP, "keys that check tokens"),
    Edge("base", "notification", "accounts", (HTTP,), "keys that check tokens, own token, address of a patient"),
    Edge("base", "booking", "availability", (HTTP,), "keys that check offers"),
    Edge("base", "notification", "availability", (HTTP,), "motives by name"),
    *_from_each("base", (*KEEPING, "migration"), "postgres", POSTGRES, "its own database"),
    *_from_each(STRIMZI, KEEPING, "kafka", 9093, "events, over TLS"),
    Edge(STRIMZI, "kafka", "kafka", (9090, 9091), "quorum and replication"),
    Edge(STRIMZI, "kafka-operator", "kafka", (9091,), "topics and users"),
    Edge(STRIMZI, "strimzi", "kafka", (9090, 9091, 8443), "the operator"),
    Edge(STRIMZI, "kafka-operator", "api-server", (443, 6443), "reads topics and users"),
    Edge(STRIMZI, "kafka", "api-server", (443, 6443), "in which zone it is"),
    Edge(CNPG, "postgres", "postgres", (POSTGRES, 8000), "replication, and whether the others live"),
    Edge(CNPG, "cnpg", "postgres", (POSTGRES, 8000), "the operator"),
    Edge(CNPG, "postgres", "api-server", (443, 6443), "who is primary"),
    Edge(CNPG, "postgres", "internet", (443,), "backups to the object store"),
    Edge("components/gateway", "gateway", "portal", (HTTP,), "people"),
    *(Edge("components/gateway", "gateway", one, (HTTP,), "the API") for one in KEEPING),
    *(Edge("components/monitoring", "prometheus", one, (HEALTH,), "metrics") for one in SERVICES),
    Edge("components/monitoring", "prometheus", "kafka", (9404,), "metrics"),
    Edge("components/monitoring", "prometheus", "postgres", (9187,), "metrics"),
    *_from_each("components/otel", SERVICES, "otel-collector", OTLP, "traces, metrics and logs"),
    Edge("components/otel", "otel-collector", "tracing", (OTLP,), "what it has collected"),
    Edge("components/otel", "prometheus", "otel-collector", (8888,), "metrics"),
    *_from_each("components/messages", ("accounts", "notification"), "internet", 587, "e-mails"),
    *_from_each("components/messages", ("accounts", "notification"), "internet", 443, "SMS"),
    *_from_each(DEV, (*KEEPING, "topics"), "kafka", 9092, "events"),
    *_from_each(DEV, ("accounts", "notification"), "mailpit", 1025, "e-mails"),
    *_from_each(DEV, ("accounts", "notification"), "sms", HTTP, "SMS"),
    Edge(DEV, "mailpit", "sms", (1025,), "e-mails handed on"),
)

_NAME, _COMPONENT, _PART = "app.kubernetes.io/name", "app.kubernetes.io/component", "rendezvous.example/part"
_PARTS = ("kafka", "kafka-operator", "postgres", "otel-collector", "mailpit", "sms", "topics")
_INSIDE: dict[str, dict[str, str]] = {
    **{name: {_COMPONENT: "service", _NAME: name} for name in SERVICES},
    "migration": {_COMPONENT: "migration"},
    **{part: {_PART: part} for part in _PARTS},
}


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


_PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"]
_OUTSIDE: dict[str, list[dict[str, Any]]] = {
    "gateway": [_namespace("gateway")],
    "prometheus": [_namespace("monitoring")],
    "tracing": [_namespace("tracing")],
    "strimzi": [_namespace("strimzi")],
    "cnpg": [_namespace("cnpg-system")],
    # Its address is the platform's: a policy can name neither a Service nor a pod for it.
    "api-server": [{"ipBlock": {"cidr": "0.0.0.0/0"}}, {"ipBlock": {"cidr": "::/0"}}],
    "internet": [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": _PRIVATE}},
        {"ipBlock": {"cidr": "::/0", "except": ["fc00::/7", "fe80::/10"]}},
    ],
}


def policies(where: str) -> list[dict[str, Any]]:
    """The NetworkPolicies of one folder: for each part there what it may reach and who may reach it."""
    edges = [edge for edge in EDGES if edge.where == where]
    found = _closed() if where == "base" else []
    for part, labels in _INSIDE.items():
        ingress = _rules("from", [(edge.source, edge.ports) for edge in edges if edge.target == part])
        egress = _rules("to", [(edge.target, edge.ports) for edge in edges if edge.source == part])
        if ingress or egress:
            name = part if where == "base" else f"{part}-{where.rpartition('/')[2]}"
            rules = {**({"ingress": ingress} if ingress else {}), **({"egress": egress} if egress else {})}
            kinds = [kind.capitalize() for kind in rules]
            found.append(_policy(name, {"podSelector": {"matchLabels": labels}, "policyTypes": kinds, **rules}))
    return found


def _rules(direction: str, peers: Sequence[tuple[str, tuple[int, ...]]]) -> list[dict[str, Any]]:
    return [
        {direction: _peer(name), "ports": [{"protocol": "TCP", "port": port} for port in ports]}
        for name, ports in peers
    ]


def _peer(name: str) -> list[dict[str, Any]]:
    return [{"podSelector": {"matchLabels": _INSIDE[name]}}] if name in _INSIDE else _OUTSIDE[name]


def _closed() -> list[dict[str, Any]]:
    """Nothing in and nothing out, but for names."""
    dns = {**_namespace("kube-system"), "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return [
        _policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        _policy("dns", {"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": [dns], "ports": ports}]}),
    ]


def _policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


def table() -> str:
    """The edges for the docs, those to the same port for the same reason in one row."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for edge in EDGES:
        ports = ", ".join(map(str, edge.ports))
        rows.setdefault((edge.target, ports, edge.why, edge.where), []).append(edge.source)
    head = "| from | to | port | why | part of |\n|---|---|---|---|---|\n"
    return head + "".join(
        f"| {', '.join(sources)} | {target} | {ports} | {why} | `{where}` |\n"
        for (target, ports, why, where), sources in rows.items()
    )


if __name__ == "__main__":
    print(table(), end="")
