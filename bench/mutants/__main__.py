"""`python -m bench.mutants [PATTERN ...]`: mutmut's mutants of booking's `domain/`, met by the tests of it.

Each survivor is printed with the reason that survivors.toml gives for it; one without a reason, or a score below 90 %
of all mutants, fails. RESULT=file keeps the line of a whole run; CHILDREN=2 at once.
"""

from __future__ import annotations

import contextlib
import fnmatch
import io
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest
from mutmut.mutation.data import SourceFileMutationData
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths, walk_mutatable_files

from bench.mutants.survivors import change_of, place_of, reason
from bench.mutants.trial import Trial

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "services" / "booking"
WANTED_PERCENT = 90
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["src/booking/domain/*"]
[tool.pytest.ini_options]
addopts = "--import-mode=importlib --disable-plugin-autoload -p no:cacheprovider -qq -s --no-summary"
"""
# Always the same examples, however slow the machine is: a mutant is killed by what it does. Nobody reads the smallest.
PROFILE = """
from hypothesis import Phase, settings
QUICK = (Phase.explicit, Phase.generate)
settings.register_profile("mutants", deadline=None, derandomize=True, database=None, phases=QUICK)
settings.load_profile("mutants")
"""
# One looks at the sources themselves, which mutmut changes; the other takes seconds for what named tests tell at once.
LEFT_OUT = ("test_purity.py", "test_stateful.py")
_began = time.monotonic()


def say(words: str) -> None:
    print(f"{time.monotonic() - _began:6.0f} s  {words}", file=sys.stderr, flush=True)


def main(patterns: list[str]) -> int:
    children = int(os.environ.get("CHILDREN") or 2)
    with tempfile.TemporaryDirectory(prefix="mutants-") as name, contextlib.chdir(name):
        lay_out(Path(name))
        mutants = generate(patterns, children)
        say(f"{len(mutants)} mutants")
        trial = Trial(mutants, children, say)
        with contextlib.chdir("mutants"):
            code = pytest.main(["tests"], plugins=[trial])
        if code != 0 or trial.tried < len(mutants) or not mutants:
            return 1
        unexplained = [mutant for mutant in sorted(trial.survivors) if not explained(mutant)]
    survived = len(trial.survivors)
    line = {"score": round(100 - 100 * survived / len(mutants), 1), "killed": len(mutants) - survived}
    line |= {"survived": survived, "without_reason": len(unexplained)}
    say("done")
    print(json.dumps(line))
    if (result := os.environ.get("RESULT")) and not patterns:
        (ROOT / result).write_text(json.dumps(line) + "\n")
    # A part may hold little but what cannot be noticed; the score is one of the whole.
    return 1 if unexplained or (not patterns and line["score"] < WANTED_PERCENT) else 0


def lay_out(folder: Path) -> None:
    """mutmut writes its mutants beside the code, so it works on a copy: the package, and the tests of the domain."""
    unread = shutil.ignore_patterns("__pycache__", *LEFT_OUT)
    shutil.copytree(SERVICE / "src", folder / "src", ignore=unread)
    tests = folder / "tests" / "booking_tests"
    shutil.copytree(SERVICE / "tests" / "booking_tests" / "domain", tests / "domain", ignore=unread)
    for one in ("__init__.py", "given.py"):
        shutil.copy(SERVICE / "tests" / "booking_tests" / one, tests / one)
    (tests.parent / "conftest.py").write_text(PROFILE)
    (folder / "pyproject.toml").write_text(SETTINGS)


def generate(patterns: list[str], children: int) -> list[str]:
    """The names of the mutants that the patterns name, or all."""
    from mutmut.__main__ import create_mutants  # here, because it reads the folder's settings as it is imported

    with contextlib.redirect_stdout(io.StringIO()):
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(children)
    found: list[str] = []
    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        found += data.exit_code_by_key
    return [each for each in found if not patterns or any(fnmatch.fnmatch(each, pattern) for pattern in patterns)]


def explained(mutant: str) -> bool:
    """Prints the survivor, and why it is none that a test should notice."""
    change = change_of(mutant)
    why = reason(place_of(mutant), change)
    print(f"{mutant}: {why or 'NO REASON'}\n{change}")
    return why is not None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
