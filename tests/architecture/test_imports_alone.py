"""Each package imports alone: with its own source, what it declares, and nothing else of the house or the world."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LONELY = Path(__file__).with_name("lonely.py")
SITE_PACKAGES = sysconfig.get_path("purelib")
PACKAGES = {
    str(canonicalize_name(tomllib.loads(file.read_text())["project"]["name"])): file.parent
    for file in [*sorted(ROOT.glob("[ls]*/*/pyproject.toml")), ROOT / "demo" / "pyproject.toml"]
}
# Loaded by pytest only, which is there then; and what comes with an extra.
BESIDES = {"embedded_parts.pytest_plugin"}
KIT = {f"booking_events.subscriber{module}" for module in ("", ".feed", ".following", ".stores")}


def module_of(folder: Path) -> str:
    (module,) = [file.parent.name for file in (folder / "src").glob("*/__init__.py")]
    return module


def closure(requirements: Iterable[str], extra: str = "") -> set[str]:
    """The distributions that the requirements bring, ours and others', their own requirements included."""
    found: set[tuple[str, str]] = set()
    waiting = [(Requirement(text), extra) for text in requirements]
    while waiting:
        requirement, of = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": of}):
            continue
        name = str(canonicalize_name(requirement.name))
        for wanted in {"", *requirement.extras}:
            if (name, wanted) not in found:
                found.add((name, wanted))
                waiting += [(Requirement(text), wanted) for text in _requires(name)]
    return {name for name, _ in found}


def _requires(name: str) -> list[str]:
    if name in PACKAGES:
        declared: list[str] = tomllib.loads((PACKAGES[name] / "pyproject.toml").read_text())["project"]["dependencies"]
        return declared
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return []  # for another platform, or optional


def import_alone(
    name: str, allowed: set[str], besides: Iterable[str] = BESIDES | KIT
) -> subprocess.CompletedProcess[str]:
    """Import the package `name`, but not the modules `besides`, where `allowed` is installed and nothing else."""
    installed = packages_distributions()
    ours = {module_of(folder) for folder in PACKAGES.values()}
    absent = {
        module
        for module, holders in installed.items()
        if module not in ours and not {str(canonicalize_name(holder)) for holder in holders} & allowed
    }
    folders = [str(PACKAGES[one] / "src") for one in sorted(allowed & PACKAGES.keys() | {name})]
    orders = {
        "package": module_of(PACKAGES[name]),
        "folders": [*folders, SITE_PACKAGES],  # as a plain folder: no .pth file of an editable install is read
        "absent": sorted(absent),
        "besides": sorted(besides),
    }
    return subprocess.run(
        [sys.executable, "-I", "-S", str(LONELY)],
        input=json.dumps(orders),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd="/",
    )


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_imports_alone_with_all_its_modules(name: str) -> None:
    ended = import_alone(name, closure(_requires(name)))
    assert ended.returncode == 0, ended.stderr[-2000:]
    there = {file for file in (PACKAGES[name] / "src").rglob("*.py") if file.name != "__main__.py"}
    assert len(json.loads(ended.stdout)) >= len(there) - len(BESIDES | KIT)


def test_the_subscriber_kit_imports_with_its_extra_and_not_without() -> None:
    extra = tomllib.loads((PACKAGES["booking-events"] / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    needed = closure(_requires("booking-events"))
    ended = import_alone("booking-events", needed | closure(extra["subscriber"]), besides=BESIDES)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert set(json.loads(ended.stdout)) >= KIT
    assert import_alone("booking-events", needed, besides=BESIDES).returncode != 0


@pytest.mark.parametrize(
    ("name", "missing"),
    [("service-kit", "event-store"), ("service-kit", "aiokafka"), ("booking-events", "pydantic")],
)
def test_the_check_bites_when_something_is_not_declared(name: str, missing: str) -> None:
    ended = import_alone(name, closure(_requires(name)) - {missing})
    assert ended.returncode != 0
    assert f"No module named '{missing.replace('-', '_')}" in ended.stderr
