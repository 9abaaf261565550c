"""Writes what deploy/k8s repeats of other tables (`make docs`): `python deploy/k8s/generate.py [FOLDER]`.

Network policies from network.py, topics and access of Kafka from the catalogue of events, databases with their roles
and secrets from the list of services. A test holds the committed files against it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import broker
import network
import yaml

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "kubernetes.md"
# What Prometheus reads on one machine: the same alerts here.
RULES = HERE.parent / "observability" / "alerts.yml"
DATABASES = {service: [service] for service in network.KEEPING} | {"booking": ["booking", "booking_keys"]}
_TLS = "sslmode=verify-full&sslrootcert=/etc/postgres/ca.crt"
# Service -> secret setting -> where it stands in the platform's store.
_KEYS = {
    "accounts": {"token-key": "keys/token-key", "smtp-url": "mail/smtp-url"},
    "availability": {"offer-key": "keys/offer-key"},
    "notification": {"client-secret": "keys/notification-client-secret", "smtp-url": "mail/smtp-url"},
    "portal": {"session-key": "keys/portal-session-key"},
}

Object = dict[str, Any]


def files() -> dict[str, str]:
    """Each file's place below deploy/k8s, and its text."""
    folders = dict.fromkeys(edge.where for edge in network.EDGES)
    written: dict[str, list[Object]] = {f"{where}/network-policies.yaml": network.policies(where) for where in folders}
    written |= {
        "components/kafka-strimzi/topics.yaml": broker.topics(),
        "components/kafka-strimzi/users.yaml": broker.users(),
        "components/postgres-cnpg/databases.yaml": _databases(),
        "components/postgres-cnpg/roles.yaml": [_roles()],
        "components/monitoring/rules.yaml": [_rules()],
        "components/external-secrets/services.yaml": [_service_secrets(service) for service in network.SERVICES],
        "components/external-secrets/owners.yaml": [_owner_secrets(service) for service in DATABASES],
        "components/external-secrets/roles.yaml": [_role_secret(role) for role in _all_roles()],
    }
    head = "# Written by generate.py.\n"
    return {name: head + yaml.safe_dump_all(objects, sort_keys=False, width=120) for name, objects in written.items()}


def _object(api: str, kind: str, name: str, spec: Object, **metadata: Any) -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def _all_databases() -> list[str]:
    return [database for databases in DATABASES.values() for database in databases]


def _all_roles() -> Iterable[str]:
    return [role for database in _all_databases() for role in (database, f"{database}_owner")]


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _databases() -> list[Object]:
    return [
        _object(
            "postgresql.cnpg.io/v1",
            "Database",
            _dashed(name),
            {
                "cluster": {"name": "postgres"},
                "name": name,
                "owner": f"{name}_owner",
                "databaseReclaimPolicy": "retain",
            },
        )
        for name in _all_databases()
    ]


def _roles() -> Object:
    roles = [
        {"name": role, "login": True, "passwordSecret": {"name": f"postgres-{_dashed(role)}"}} for role in _all_roles()
    ]
    return _object("postgresql.cnpg.io/v1", "Cluster", "postgres", {"managed": {"roles": roles}})


def _rules() -> Object:
    return _object("monitoring.coreos.com/v1", "PrometheusRule", "rendezvous", yaml.safe_load(RULES.read_text()))


def _secret(name: str, contents: dict[str, str], remote: dict[str, str], **template: Any) -> Object:
    """Secret `name`; `remote` gives the words in `contents` their places in the platform's store, KEY/PROPERTY."""
    found = [
        {"secretKey": word, "remoteRef": {"key": f"rendezvous/{key}", "property": part}}
        for word, (key, _, part) in ((word, place.partition("/")) for word, place in remote.items())
    ]
    spec: Object = {
        "refreshInterval": "1h",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "rendezvous"},
        "target": {"name": name, "template": {**template, "data": contents}},
        "data": found,
    }
    return _object("external-secrets.io/v1", "ExternalSecret", name, spec)


def _word(name: str) -> str:
    return name.replace("-", "_")


def _url(role: str, database: str) -> str:
    return f"postgresql://{role}:{{{{ .{role} | urlquery }}}}@postgres-rw:5432/{database}?{_TLS}"


def _service_secrets(service: str) -> Object:
    contents, remote = {}, {}
    for database in DATABASES.get(service, []):
        contents[_setting(service, database, "database-url")] = _url(database, database)
        remote[database] = f"postgres/{database}"
    for name, place in _KEYS.get(service, {}).items():
        contents[name] = f"{{{{ .{_word(name)} }}}}"
        remote[_word(name)] = place
    return _secret(service, contents, remote)


def _owner_secrets(service: str) -> Object:
    owners = {database: f"{database}_owner" for database in DATABASES[service]}
    contents = {
        _setting(service, database, "owner-database-url"): _url(owner, database) for database, owner in owners.items()
    }
    return _secret(f"{service}-owner", contents, {owner: f"postgres/{owner}" for owner in owners.values()})


def _setting(service: str, database: str, end: str) -> str:
    """`database-url`, or `keys-database-url` for booking's second one."""
    return _dashed(f"{database.removeprefix(service).removeprefix('_')}-{end}".removeprefix("-"))


def _role_secret(role: str) -> Object:
    contents = {"username": role, "password": "{{ .password }}"}
    labels = {"labels": {"cnpg.io/reload": "true"}}
    name, kind = f"postgres-{_dashed(role)}", "kubernetes.io/basic-auth"
    return _secret(name, contents, {"password": f"postgres/{role}"}, type=kind, metadata=labels)


def write(folder: Path) -> None:
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def show_edges(page: Path) -> None:
    """Put the table of edges where the page has it."""
    before, mark, rest = page.read_text().partition("<!-- edges: written by deploy/k8s/generate.py -->\n")
    _, end, after = rest.partition("<!-- end of edges -->\n")
    page.write_text(before + mark + network.table() + end + after)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
    if len(sys.argv) == 1:
        show_edges(PAGE)
