"""A few mutants of booking's rules are met by their tests; a survivor is named with its reason, or fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.mutants.survivors import place_of, reason

ROOT = Path(__file__).parents[2]


def test_the_mutants_of_one_function_are_killed_by_its_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.mutants", "booking.domain.actors.x_may_see*"], cwd=ROOT,
        env=os.environ | {"CHILDREN": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["killed"] > 0
    assert found["without_reason"] == 0
    # What cannot be reached lives, is counted, and is said with its reason.
    assert found["survived"] == 2
    assert "+ assert_never(None)" in done.stdout


def test_a_survivor_is_explained_where_and_how_it_is_listed_only() -> None:
    assert reason("actors.may_see", "- assert_never(actor)\n+ assert_never(None)")
    assert reason("actors.may_see", "- return True\n+ return False") is None
    assert place_of("booking.domain.facts.xǁStretchǁhours__mutmut_3") == "facts.Stretch.hours"
    assert place_of("booking.domain.tags.x__linked__mutmut_1") == "tags._linked"
