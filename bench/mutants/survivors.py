"""Mutants that live, and why they may: survivors.toml has the reasons."""

from __future__ import annotations

import fnmatch
import tomllib
from pathlib import Path

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

REASONS = tomllib.loads((Path(__file__).parent / "survivors.toml").read_text())["survivor"]


def reason(place: str, change: str) -> str | None:
    """Why no test should notice `change` in the function `place` (module.function, module.Class.function)."""
    fitting = (each for each in REASONS if fnmatch.fnmatch(place, each["of"]) and each["change"] in change)
    return next((str(each["why"]) for each in fitting), None)


def place_of(mutant: str) -> str:
    function, owner = orig_function_and_class_names_from_key(mutant)
    module = mutant.rpartition(".")[0].removeprefix("booking.domain.")
    return ".".join(part for part in (module, owner, function) if part)


def change_of(mutant: str) -> str:
    """The lines that are other, without their indent; read in the folder that mutmut worked in."""
    lines = [line for line in get_diff_for_mutant(mutant).splitlines() if line[:3] not in ("+++", "---")]
    return "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[:1] in "+-")
