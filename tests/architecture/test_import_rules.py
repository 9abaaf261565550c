"""The import rules hold, and each of them bites: a planted breach of every one is found and named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [*sorted(path for path in ROOT.glob("[ls]*/*/src/*") if path.is_dir()), ROOT / "demo/src/demo"]


def lint(packages: Path) -> subprocess.CompletedProcess[str]:
    linter, cache = Path(sys.executable).with_name("lint-imports"), packages.parent / "cache"
    command = [linter, "--cache-dir", cache, "--config", ROOT / "pyproject.toml"]
    environment = os.environ | {"PYTHONPATH": str(packages)}
    return subprocess.run(command, cwd=packages, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = tmp_path_factory.mktemp("house") / "packages"
    for source in SOURCES:
        shutil.copytree(source, packages / source.name, ignore=shutil.ignore_patterns("__pycache__", "*.gz"))
    return packages


def test_every_import_rule_holds(copy: Path) -> None:
    found = lint(copy)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("booking/domain/planted.py", "import booking.application", "Imports inside a service go one way"),
        ("booking/rubbish/__init__.py", "", "Imports inside a service go one way"),
        ("booking/entrypoints/planted.py", "import booking.adapters", "Entrypoints are handed their adapters"),
        ("portal/planted.py", "import booking", "Services never import each other"),
        ("booking_events/planted.py", "import service_kit", "The published language imports no service"),
        ("booking_events/planted.py", "import aiokafka", "The published language imports no service"),
        ("booking_events/subscriber/planted.py", "import psycopg", "The published language imports no service"),
        ("booking_events/base.py", "import booking_events.subscriber", "The published language does without"),
        ("service_kit/planted.py", "import booking", "Libraries import no service"),
        ("accounts/domain/planted.py", "import httpx", "Domains do no input or output"),
        ("availability/domain/planted.py", "import asyncio", "Domains do no input or output"),
    ],
)
def test_a_planted_breach_is_found_and_named(copy: Path, file: str, line: str, rule: str) -> None:
    planted = copy / file
    planted.parent.mkdir(exist_ok=True)
    before = planted.read_text() if planted.exists() else None
    planted.write_text(f'"""Planted by a test."""\n\n{line}\n')
    try:
        found = lint(copy)
    finally:
        if planted.name == "__init__.py":
            shutil.rmtree(planted.parent)
        elif before is not None:
            planted.write_text(before)
        else:
            planted.unlink()
    assert found.returncode != 0
    broken = [text for text in found.stdout.splitlines() if " BROKEN" in text]
    assert any(text.startswith(rule) for text in broken), found.stdout
