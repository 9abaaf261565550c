"""What `make kube-smoke` says where it cannot run, and how it reads what it is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from .rendered import ROOT
from .smoke.overlay import each


def test_a_missing_tool_gets_one_sentence_that_says_what_to_install() -> None:
    command = [sys.executable, "-m", "tests.deploy.smoke"]
    said = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "PATH": "/nowhere"})
    assert said.returncode == 2
    assert said.stdout == ""
    (sentence,) = said.stderr.splitlines()
    assert sentence.startswith("kube-smoke ")
    assert "as root" in sentence or "install" in sentence


def test_the_objects_of_a_watch_are_told_apart_and_the_one_that_is_cut_off_is_left_out() -> None:
    said = json.dumps({"a": {"b": 1}}, indent=1) + "\n" + json.dumps({"c": 2}) + '\n{"d": '
    assert list(each(said)) == [{"a": {"b": 1}}, {"c": 2}]
    assert list(each("")) == []
