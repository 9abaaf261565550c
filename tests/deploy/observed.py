"""What the alerts and panels of deploy/observability ask for."""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from .stack import ROOT

OBSERVABILITY = ROOT / "deploy/observability"
RULES: list[dict[str, Any]] = yaml.safe_load((OBSERVABILITY / "alerts.yml").read_text())["groups"][0]["rules"]
_NO_FIGURE = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without)\s*\([^)]*\)')
_FIGURE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b(?!\s*\()|\bup\b")


def figures(query: str) -> set[str]:
    """The names of the figures in a query of PromQL."""
    return set(_FIGURE.findall(_NO_FIGURE.sub("", query)))


def asked_for() -> dict[str, set[str]]:
    """Each alert and each panel, and the figures that it asks for."""
    found = {f"alert {rule['alert']}": figures(rule["expr"]) for rule in RULES}
    for file in sorted((OBSERVABILITY / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", ()):
                found.setdefault(f"{file.stem}: {panel['title']}", set()).update(figures(target["expr"]))
    return found
