"""What the manifests set is what the services read, and every secret that is named is made."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from service_kit.lifecycle import groups_of
from service_kit.settings import Variable, load, variables

from .rendered import (
    OVERLAYS,
    SERVICES,
    Object,
    development_secrets,
    environment,
    objects,
    of_kind,
    service_template,
    templates,
)
from .stack import OF_UVICORN

MADE_BY_OPERATORS = {
    "postgres-ca": {"ca.crt"},
    "kafka-cluster-ca-cert": {"ca.crt"},
    **{f"kafka-{service}": {"user.crt", "user.key"} for service in SERVICES if service != "portal"},
    "rendezvous-tls": {"tls.crt", "tls.key"},
}
CASES = [pytest.param(overlay, service, id=f"{overlay}:{service}") for overlay in OVERLAYS for service in SERVICES]


def known(service: str) -> dict[str, Variable]:
    blueprint = import_module(f"{service}.bootstrap").BLUEPRINT
    return {one.name: one for one in variables(groups_of(blueprint))}


def secrets(overlay: str) -> dict[str, set[str]]:
    """The secrets of a cluster by name, with their keys."""
    if overlay == "dev":
        return {name: set(one["stringData"]) for name, one in development_secrets().items()}
    found = {}
    for name, one in of_kind(overlay, "ExternalSecret").items():
        spec = one["spec"]
        found[name] = set(spec["target"].get("template", {}).get("data", [])) or {d["secretKey"] for d in spec["data"]}
    return found | MADE_BY_OPERATORS


def wrong(service: str, given: dict[str, str]) -> Iterator[str]:
    """Variables that the service does not read, needs and does not get, or gets in the clear though they are secret."""
    reads = known(service)
    names = {name: name if name in reads else name.removesuffix("_FILE") for name in given.keys() - OF_UVICORN}
    required = {name for name, one in reads.items() if one.default == "required"}
    yield from (f"{service} does not read {name}" for name in names.values() if name not in reads)
    yield from (f"{service} needs {name}" for name in required - set(names.values()))
    yield from (f"{name} is secret" for name, variable in names.items() if name in reads and reads[variable].secret)


@pytest.mark.parametrize(("overlay", "service"), CASES)
def test_a_service_is_told_all_that_it_needs_and_nothing_that_it_does_not_read(overlay: str, service: str) -> None:
    given = environment(overlay, service_template(overlay, service)["spec"]["containers"][0])
    assert not any(ipaddress.ip_network(one).is_global for one in given["FORWARDED_ALLOW_IPS"].split(","))
    assert list(wrong(service, given)) == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_who_makes_tokens_and_who_checks_them_name_the_same_issuer(overlay: str) -> None:
    said = {
        environment(overlay, service_template(overlay, service)["spec"]["containers"][0]).get("TOKEN_ISSUER")
        for service in SERVICES
        if "TOKEN_ISSUER" in known(service)
    }
    assert len(said) == 1


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_image_of_ours_is_of_one_version_and_outside_of_one_machine_from_a_registry(overlay: str) -> None:
    containers = [one for _, template in templates(overlay) for one in template["spec"]["containers"]]
    ours = [one["image"].rpartition(":") for one in containers if "rendezvous/" in one["image"]]
    assert len({version for _, _, version in ours}) == 1
    assert {name.partition("rendezvous/")[0] for name, _, _ in ours} == {
        "" if overlay == "dev" else "registry.example/"
    }


def test_a_setting_that_is_misspelt_missing_or_in_the_clear_is_found() -> None:
    given = environment("prod", service_template("prod", "booking")["spec"]["containers"][0])
    broken = {**given, "BOOKING_HTTP_PROT": "8000", "BOOKING_DATABASE_URL": given.pop("BOOKING_DATABASE_URL_FILE")}
    del broken["BOOKING_DATABASE_URL_FILE"], broken["ACCOUNTS_URL"]
    found = ["BOOKING_DATABASE_URL is secret", "booking does not read BOOKING_HTTP_PROT", "booking needs ACCOUNTS_URL"]
    assert sorted(wrong("booking", broken)) == found


@pytest.mark.parametrize(("overlay", "service"), CASES)
def test_what_is_set_is_taken(overlay: str, service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = environment(overlay, service_template(overlay, service)["spec"]["containers"][0])
    made = development_secrets()
    for name, value in given.items():
        if name.endswith("_FILE"):  # the keys of the secrets are the same everywhere, so those of dev will do
            owner = service if "/service/" in value else f"{service}-owner"
            file = tmp_path / name
            file.write_text(made[owner]["stringData"][Path(value).name])
            value = str(file)
        monkeypatch.setenv(name, value)
    for group, prefix in groups_of(import_module(f"{service}.bootstrap").BLUEPRINT):
        load(group, prefix)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_file_that_a_variable_names_is_mounted(overlay: str) -> None:
    files = 0
    for name, template in templates(overlay):
        for container in template["spec"]["containers"]:
            mounted = _mounted(overlay, template, container)
            for variable, value in environment(overlay, container).items():
                secret = variable.endswith("_FILE") and value.startswith("/run/secrets/")
                if secret and ("_OWNER_" in variable) == (container["name"] == "migration"):
                    files += 1
                    assert value in mounted, f"{name}: {variable}"
    assert files >= 18


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_volume_has_a_source_and_every_source_a_user(overlay: str) -> None:
    maps, made = of_kind(overlay, "ConfigMap"), secrets(overlay)
    used: set[str] = set()
    for name, template in templates(overlay):
        for volume in template["spec"].get("volumes", []):
            for source in volume.get("projected", {}).get("sources", [volume]):
                if "configMap" in source:
                    used.add(source["configMap"]["name"])
                    assert source["configMap"]["name"] in maps
                if secret := source.get("secret"):
                    wanted = secret.get("secretName", secret.get("name"))
                    used.add(wanted)
                    assert {item["key"] for item in secret.get("items", [])} <= made[wanted], f"{name}: {wanted}"
        for container in template["spec"]["containers"]:
            used |= {source["configMapRef"]["name"] for source in container.get("envFrom", [])}
        accounts = of_kind(overlay, "ServiceAccount")
        assert template["spec"].get("serviceAccountName", "default") in {*accounts, "default"}
    used |= {name for one in objects(overlay) for name in _named(one)}
    assert maps.keys() | made.keys() == used


def _mounted(overlay: str, template: Object, container: Object) -> set[str]:
    volumes, made, found = {one["name"]: one for one in template["spec"].get("volumes", [])}, secrets(overlay), set()
    for mount in container.get("volumeMounts", []):
        volume = volumes.get(mount["name"], {})
        for source in volume.get("projected", {}).get("sources", [volume]):
            secret = source.get("secret", {})
            keys = {item["path"] for item in secret.get("items", [])} or made.get(secret.get("secretName", ""), set())
            found |= {f"{mount['mountPath']}/{key}" for key in keys}
    return found


def _named(one: Object) -> set[str]:
    """The secrets that an operator's resource names."""
    match one["kind"]:
        case "Cluster":
            return {role["passwordSecret"]["name"] for role in one["spec"]["managed"]["roles"]}
        case "ObjectStore":
            return {key["name"] for key in one["spec"]["configuration"]["s3Credentials"].values()}
        case "Gateway":
            return {ref["name"] for each in one["spec"]["listeners"] for ref in each["tls"]["certificateRefs"]}
        case _:
            return set()
