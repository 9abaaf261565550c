"""`python -m bench.mutants`: mutmut over booking's `domain/`, by the tests of it; RESULT=file keeps the line.

mutmut writes its mutants beside the code, so it works on a copy: the package, and the tests that need nothing outside.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "services" / "booking"
WANTED_PERCENT = 90
SURVIVED, UNCOVERED = 0, 33
"""Exit codes as mutmut notes them: every test passed, and no test runs the line."""
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/booking/domain/*"]
pytest_add_cli_args = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = ["tests"]
use_git_change_detection = false
[tool.pytest.ini_options]
addopts = "--import-mode=importlib"
"""
# Always the same examples, however slow the machine is: a mutant is killed by what it does.
PROFILE = """
from hypothesis import settings
settings.register_profile("mutants", deadline=None, derandomize=True, database=None)
settings.load_profile("mutants")
"""
# One looks at the sources themselves, which mutmut changes; the other takes seconds for what named tests tell at once.
LEFT_OUT = ("test_purity.py", "test_stateful.py")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name)
        lay_out(folder)
        done = subprocess.run(  # noqa: S603 (our own interpreter)
            [sys.executable, "-m", "mutmut", "run", "--max-children", os.environ.get("CHILDREN", "2"), *sys.argv[1:]],
            cwd=folder, check=False, capture_output=True, text=True,
        )  # fmt: skip
        found = outcomes(folder / "mutants")
        if not found:
            print(done.stdout[-3000:], done.stderr[-3000:], file=sys.stderr)
            return 1
        survivors = sorted(mutant for mutant, code in found.items() if code in (SURVIVED, UNCOVERED, None))
        for mutant in survivors:
            print(difference(folder, mutant))
    killed = len(found) - len(survivors)
    line = {"score": round(100 * killed / len(found), 1), "killed": killed, "survived": len(survivors)}
    print(json.dumps(line))
    if result := os.environ.get("RESULT"):
        Path(result).write_text(json.dumps(line) + "\n")
    return 0 if line["score"] >= WANTED_PERCENT else 1


def lay_out(folder: Path) -> None:
    """The package and its pure tests, as mutmut expects them."""
    unread = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SERVICE / "src", folder / "src", ignore=unread)
    tests = folder / "tests" / "booking_tests"
    shutil.copytree(SERVICE / "tests" / "booking_tests" / "domain", tests / "domain", ignore=unread)
    for one in ("__init__.py", "given.py"):
        shutil.copy(SERVICE / "tests" / "booking_tests" / one, tests / one)
    for one in LEFT_OUT:
        (tests / "domain" / one).unlink()
    (tests.parent / "conftest.py").write_text(PROFILE)
    (folder / "pyproject.toml").write_text(SETTINGS)


def outcomes(mutants: Path) -> dict[str, int | None]:
    """Every mutant with the exit code of its tests."""
    found: dict[str, int | None] = {}
    for meta in mutants.rglob("*.meta"):
        found |= json.loads(meta.read_text())["exit_code_by_key"]
    return found


def difference(folder: Path, mutant: str) -> str:
    shown = subprocess.run(  # noqa: S603 (our own interpreter)
        [sys.executable, "-m", "mutmut", "show", mutant], cwd=folder, check=False, capture_output=True, text=True
    )
    lines = [line for line in shown.stdout.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return "\n".join([mutant, *lines])


raise SystemExit(main())
