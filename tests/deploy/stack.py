"""docker-compose.yml as the tests read it: the file, that of the demo laid over it, and what is wrong in it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from service_kit import lifecycle, telemetry
from service_kit.lifecycle import groups_of
from service_kit.settings import Variable, variables

ROOT = Path(__file__).parents[2]
SERVICES = ("accounts", "availability", "booking", "directory", "notification", "portal")
# Read by the web server itself: whose X-Forwarded-For is believed.
OF_UVICORN = {"FORWARDED_ALLOW_IPS"}
# At most, once a process has left: the last request, those under way, background tasks, telemetry.
TO_END_SECONDS = (
    lifecycle.LAST_REQUEST_SECONDS + lifecycle.DRAIN_SECONDS + 1 + lifecycle.DRAIN_SECONDS + telemetry.FLUSH_SECONDS_MAX
)
Compose = dict[str, Any]


def read(name: str = "docker-compose.yml") -> Compose:
    """The file with its anchors merged; `${NAME:-default}` as the default."""
    text = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", (ROOT / name).read_text())
    found: Compose = yaml.safe_load(text)
    return found


def with_demo() -> Compose:
    """As `make up DEMO=1` has it, as far as the environment goes."""
    compose = read()
    for name, more in read("deploy/compose/demo.yml")["services"].items():
        service = compose["services"].setdefault(name, {})
        service["environment"] = {**service.get("environment", {}), **more.get("environment", {})}
    return compose


def known(service: str) -> dict[str, Variable]:
    """Every variable that the service reads, by name."""
    return {one.name: one for one in variables(groups_of(import_module(f"{service}.bootstrap").BLUEPRINT))}


def given(compose: Compose, name: str) -> dict[str, str]:
    """What is set in this container; what comes as a secret's file under the variable's own name."""
    return {
        key.removesuffix("_FILE") if value.startswith("/run/secrets/") else key: value
        for key, value in _environment(compose, name).items()
    }


def wrong_settings(compose: Compose) -> Iterator[str]:
    """Variables that a service does not read, or needs and does not get."""
    for service in SERVICES:
        reads = known(service)
        has = {name: value for name, value in given(compose, service).items() if name not in OF_UVICORN}
        required = {name for name, one in reads.items() if one.default == "required"}
        owners = {name for name in required if name.endswith("_OWNER_DATABASE_URL")}
        yield from (f"{service} does not read {name}" for name in has.keys() - reads.keys())
        yield from (f"{service} needs {name}" for name in required - owners - has.keys())
        if owners:
            migrating = given(compose, f"{service}-migrate").keys()
            yield from (f"{service}-migrate: {name} is not what it needs" for name in migrating ^ owners)


def wrong_secrets(compose: Compose) -> Iterator[str]:
    """Files that are named and not mounted, mounted and not named, or that do not exist."""
    there = compose["secrets"]
    for name, service in compose["services"].items():
        read_from = set(re.findall(r"/run/secrets/(\w+)", str(service)))
        mounted = set(service.get("secrets", ()))
        yield from (f"{name} reads {one}, which is not mounted" for one in read_from - mounted)
        yield from (f"{name} mounts {one}, which it does not read" for one in mounted - read_from)
        yield from (f"{name} mounts {one}, which does not exist" for one in mounted - there.keys())
    yield from (f"{name} is not in .secrets" for name, one in there.items() if one["file"] != f".secrets/{name}")


def wrong_hardening(compose: Compose) -> Iterator[str]:
    """Containers that may do more than they need, take more than they should, or are open to the outside."""
    for name, service in compose["services"].items():
        if service.get("cap_drop") != ["ALL"]:
            yield f"{name} keeps capabilities"
        if service.get("security_opt") != ["no-new-privileges:true"]:
            yield f"{name} may gain privileges"
        if service.get("read_only") is not True and name != "kafka":
            yield f"{name} can write to its image"
        if service.get("read_only") and not any(one.startswith("/tmp:size=") for one in service.get("tmpfs", ())):
            yield f"{name} has no /tmp of a stated size"
        if not {"cpus", "memory", "pids"} <= service.get("deploy", {}).get("resources", {}).get("limits", {}).keys():
            yield f"{name} has no limits"
        yield from (
            f"{name} is open to others" for port in service.get("ports", ()) if not port.startswith("127.0.0.1:")
        )
        if any(" " in word for word in service.get("healthcheck", {}).get("test", ())):
            yield f"{name} has a check that podman takes for another"
        if "restart" not in service:
            yield f"{name} does not say whether it is started again"


def wrong_addresses(compose: Compose) -> Iterator[str]:
    """Addresses of containers that do not exist, or of ours on another port than they listen to."""
    for name, service in compose["services"].items():
        for host, port in re.findall(r"https?://([a-z][a-z-]*):(\d+)", str(service.get("environment", {}))):
            if host not in compose["services"]:
                yield f"{name} calls {host}, which does not exist"
            elif host in (*SERVICES, "sms", "control") and port != "8000":
                yield f"{name} calls {host} on port {port}"


def wrong_order(compose: Compose) -> Iterator[str]:
    """Containers that start before what they need, or wait for what never comes: health without a check, no end."""
    services = compose["services"]
    for name, service in services.items():
        for other, how in _waits(service).items():
            ends, checked = services[other]["restart"] == "no", _has_check(services[other])
            if (how == "service_completed_successfully") != ends or (how == "service_healthy" and not checked):
                yield f"{name} waits for what {other} never says"
        if service["restart"] != "no" and not _has_check(service) and "profiles" not in service:
            yield f"{name} has no health check"
        yield from (f"{name} starts before {other}" for other in _needs(compose, name) - _before(compose, name))


def _waits(service: Mapping[str, Any]) -> dict[str, str]:
    waits = service.get("depends_on", {})
    return {name: waits[name]["condition"] if isinstance(waits, dict) else "service_started" for name in waits}


def _has_check(service: Mapping[str, Any]) -> bool:
    return "healthcheck" in service or service["image"].startswith("rendezvous/")  # whose Dockerfile has one


def _needs(compose: Compose, name: str) -> set[str]:
    needs = {"kafka", "topics"} if "KAFKA_BOOTSTRAP_SERVERS" in _environment(compose, name) else set()
    if any(one.endswith("_database_url") for one in compose["services"][name].get("secrets", ())):
        needs |= {"postgres", "databases"} | ({f"{name}-migrate"} if name in SERVICES else set())
    return needs - {name}


def _before(compose: Compose, name: str) -> set[str]:
    waits = _waits(compose["services"][name]).keys()
    return {*waits}.union(*(_before(compose, other) for other in waits))


def script(path: str) -> ModuleType:
    """One of deploy's own programs, to be asked instead of run."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _environment(compose: Compose, name: str) -> Mapping[str, str]:
    return {key: str(value or "") for key, value in compose["services"][name].get("environment", {}).items()}
