"""Writes the pages of docs/ that the code itself knows best: `python docs/generate.py FOLDER` (`make docs`)."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from service_kit.lifecycle import Blueprint, groups_of
from service_kit.problems import REGISTRY, TYPE_BASE
from service_kit.settings import variables

SERVICES = ("accounts", "availability", "booking", "directory", "notification", "portal")
_SETTINGS = """# Settings
Every setting is a variable of the environment, and `<NAME>_FILE` may name a file that holds its value instead. A name
with `<SERVICE>_` begins with that of the service, such as `BOOKING_HTTP_PORT`. `python -m SERVICE settings` shows the
same with what is set now, and from where. A wrong, missing or misspelt one ends the start with a line that names it.

| variable | meaning | default | read by |
|---|---|---|---|
"""
_PROBLEMS = f"""# Problems
Every refusal over HTTP is `application/problem+json` (RFC 9457). Its `type` is `{TYPE_BASE}` and one of
these slugs, which are for ever. `detail` is a sentence in the reader's language (`Accept-Language`: fr or en), often
closer to the case than these.

| slug | status | in English | in French | refused by |
|---|---|---|---|---|
"""


def settings_page() -> str:
    """One row for each variable, with the services that read it."""
    read: dict[str, list[str]] = {}
    for service in SERVICES:
        blueprint: Blueprint = import_module(f"{service}.bootstrap").BLUEPRINT
        for one in variables(groups_of(blueprint)):
            own = f"{service.upper()}_"
            name = f"<SERVICE>_{one.name.removeprefix(own)}" if one.name.startswith(own) else one.name
            row = f"| `{name}` | {one.meaning} | {_code(one.default)} |"
            read.setdefault(row, []).append(service)
    rows = [f"{row} {_names(services)} |" for row, services in read.items()]
    return _SETTINGS + "\n".join(sorted(rows)) + "\n"


def problems_page() -> str:
    """One row for each slug, with the service that brings it (all: the chassis)."""
    everywhere = dict(REGISTRY)
    owners: dict[str, list[str]] = {}
    kinds = dict(everywhere)
    for service in SERVICES:
        REGISTRY.clear()  # two services may refuse in the same words
        REGISTRY.update(everywhere)
        import_module(f"{service}.bootstrap")
        for slug in REGISTRY.keys() - everywhere.keys():
            owners.setdefault(slug, []).append(service)
        kinds |= REGISTRY
    rows = []
    for slug, kind in sorted(kinds.items(), key=lambda item: (item[1].status, item[0])):
        owner = "all" if slug in everywhere else ", ".join(owners[slug])
        rows.append(f"| `{slug}` | {kind.status} | {kind.detail.en} | {kind.detail.fr} | {owner} |")
    return _PROBLEMS + "\n".join(rows) + "\n"


def _code(default: str) -> str:
    return f"`{default}`" if default not in ("", "required") else default


def _names(services: list[str]) -> str:
    return "all" if len(services) == len(SERVICES) else ", ".join(services)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    # Problems first: who registers a slug is seen when its service is imported for the first time.
    (folder / "problems.md").write_text(problems_page())
    (folder / "settings.md").write_text(settings_page())
