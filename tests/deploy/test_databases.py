"""The databases of a cluster: what each role may do, and room for all that the services open and write."""

from __future__ import annotations

import inspect
import re
import uuid
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from embedded_parts.postgres import DISCREET
from embedded_parts.pytest_plugin import MakeDatabase
from service_kit.database import Database

from .rendered import K8S, Object, of_kind, templates
from .stack import read

# What a process may open: its pool; the store's appends, reads, ranges and bell; the relay's lead.
_POOL = inspect.signature(Database.__init__).parameters["connections_max"].default
CONNECTIONS = dict.fromkeys(("accounts", "availability", "directory", "notification"), _POOL + 5)
CONNECTIONS["booking"] = _POOL + 5 + 5  # and four to the keys, one for questions to what it heard
SPARE = 20  # the operator's, the migrations', a person's

_ACCESS = (
    "SELECT 'database', datacl::text FROM pg_database WHERE datname = current_database()"
    " UNION ALL SELECT 'schema', nspacl::text FROM pg_namespace WHERE nspname = 'public'"
    " UNION ALL SELECT defaclobjtype::text, defaclacl::text FROM pg_default_acl"
)


def test_the_service_may_what_it_may_on_one_machine(database: MakeDatabase, postgres_url: str) -> None:
    provisioned = database("directory").owner_url
    bare = _bare(postgres_url)
    for _ in range(2):  # at each release
        with psycopg.connect(bare, autocommit=True) as owner:
            owner.execute((K8S / "base" / "grants.sql").read_text())
    assert _access(bare) == _access(provisioned)


def test_every_database_of_the_cluster_is_one_that_a_service_owns() -> None:
    script = (K8S / "overlays" / "dev" / "databases.sh").read_text()
    made = re.search(r"^for name in (.*); do$", script, re.MULTILINE)
    assert made is not None
    secrets = (K8S / "overlays" / "dev" / "secrets.sh").read_text()
    assert f"for database in {made[1]}; do" in secrets
    assert made[1].split() == ["accounts", "availability", "booking", "booking_keys", "directory", "notification"]


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_every_process_that_an_autoscaler_may_start_finds_its_connections(overlay: str) -> None:
    most = {
        name: one["spec"].get("maxReplicas", one["spec"].get("maxReplicaCount"))
        for name, one in of_kind(overlay, "HorizontalPodAutoscaler", "ScaledObject").items()
    }
    opened = sum((most[service] + 1) * connections for service, connections in CONNECTIONS.items())  # one more: surge
    assert opened + SPARE <= int(_postgres(overlay)["postgresql"]["parameters"]["max_connections"])


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_an_instance_that_is_away_does_not_fill_the_disk_of_the_log(overlay: str) -> None:
    parameters = _postgres(overlay)["postgresql"]["parameters"]
    kept = sum(int(parameters[name].removesuffix("GB")) for name in ("max_wal_size", "max_slot_wal_keep_size"))
    assert kept < int(_postgres(overlay)["walStorage"]["size"].removesuffix("Gi"))


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_every_change_is_archived_and_a_base_is_made_each_night(overlay: str) -> None:
    (plugin,) = _postgres(overlay)["plugins"]
    store = plugin["parameters"]["barmanObjectName"]
    assert plugin["isWALArchiver"] is True
    assert of_kind(overlay, "ObjectStore")[store]["spec"]["retentionPolicy"] == "30d"
    (backup,) = (one["spec"] for one in of_kind(overlay, "ScheduledBackup").values())
    assert (backup["method"], backup["pluginConfiguration"]["name"]) == ("plugin", plugin["name"])
    second, minute, hour, *days = backup["schedule"].split()
    assert all(one.isdecimal() for one in (second, minute, hour))
    assert days == ["*", "*", "*"]


@pytest.mark.parametrize("overlay", ["staging", "prod"])
def test_nobody_speaks_to_the_database_in_the_clear_or_to_another_server(overlay: str) -> None:
    assert _postgres(overlay)["postgresql"]["pg_hba"] == ["hostnossl all all all reject"]
    made = [
        one["spec"]["target"]["template"]["data"] for one in of_kind(overlay, "ExternalSecret").values() if _made(one)
    ]
    addresses = [value for data in made for value in data.values() if value.startswith("postgresql://")]
    assert len(addresses) == len(CONNECTIONS) * 2 + 2  # the service's and its owner's; booking has two databases
    for address in addresses:
        given = parse_qs(urlsplit(address).query)
        assert given == {"sslmode": ["verify-full"], "sslrootcert": ["/etc/postgres/ca.crt"]}


def _made(secret: Object) -> bool:
    return "template" in secret["spec"]["target"]


@pytest.mark.parametrize("where", ["compose", "dev", "staging", "prod"])
def test_nothing_of_a_person_reaches_the_log_of_the_server(where: str) -> None:
    match where:
        case "compose":
            given = _given(read()["services"]["postgres"]["command"])
        case "dev":
            given = _given(dict(templates("dev"))["StatefulSet/postgres"]["spec"]["containers"][0]["args"])
        case overlay:
            given = _postgres(overlay)["postgresql"]["parameters"]
    assert {name: value for name, value in given.items() if name.startswith("log_")} == DISCREET


def _given(command: Sequence[str]) -> dict[str, str]:
    server, *settings = command
    assert server == "postgres"
    assert set(settings[::2]) == {"-c"}
    return dict(one.split("=") for one in settings[1::2])


def _postgres(overlay: str) -> Object:
    spec: Object = of_kind(overlay, "Cluster")["postgres"]["spec"]
    return spec


def _bare(postgres_url: str) -> str:
    """The owner's address of a database as CloudNativePG, or databases.sh, leaves it."""
    name, password = f"directory_{uuid.uuid4().hex[:10]}", uuid.uuid4().hex
    with psycopg.connect(postgres_url, autocommit=True) as superuser:
        superuser.execute(f"CREATE ROLE {name} LOGIN")
        superuser.execute(f"CREATE ROLE {name}_owner LOGIN PASSWORD '{password}'")
        superuser.execute(f"CREATE DATABASE {name} OWNER {name}_owner")
    return f"postgresql://{name}_owner:{password}@{urlsplit(postgres_url).netloc.rpartition('@')[2]}/{name}"


def _access(owner_url: str) -> Sequence[tuple[str, ...]]:
    with psycopg.connect(owner_url) as owner:
        rows = owner.execute(_ACCESS).fetchall()
        name = str(owner.execute("SELECT current_database()").fetchone()[0])
    return sorted(tuple(str(cell).replace(name, "NAME") for cell in row) for row in rows)
