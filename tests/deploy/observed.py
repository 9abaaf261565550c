"""What the alerts and panels of deploy/observability and the autoscalers of deploy/k8s ask Prometheus for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from .stack import ROOT

OBSERVABILITY = ROOT / "deploy/observability"
RULES: list[dict[str, Any]] = yaml.safe_load((OBSERVABILITY / "alerts.yml").read_text())["groups"][0]["rules"]
_SCALERS = ROOT / "deploy/k8s/components/keda/scalers.yaml"
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_RANGE = re.compile(r"\[[^\]]*\]")
_SELECTOR = re.compile(r'\b([a-z]+(?:_[a-z0-9]+)+|up)\b(?!\s*\()(?:\s*\{((?:"[^"]*"|[^"}])*)\})?')
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


class Selector(NamedTuple):
    """The series of a figure whose labels fit: (label, one of = != =~ !~, value) each."""

    figure: str
    matchers: tuple[tuple[str, str, str], ...] = ()

    def takes(self, figure: str, labels: Mapping[str, str]) -> bool:
        """As Prometheus would, but for a label that the series does not have: nothing fits that."""
        return figure == self.figure and all(
            label in labels and ("!" in sign) != bool(_pattern(sign, value).fullmatch(labels[label]))
            for label, sign, value in self.matchers
        )


def selectors(query: str) -> set[Selector]:
    """The series that a query of PromQL reads."""
    told = _RANGE.sub("", _GROUPING.sub("", query))
    return {Selector(figure, tuple(_MATCHER.findall(matchers))) for figure, matchers in _SELECTOR.findall(told)}


def grouped(query: str) -> set[str]:
    """The labels by which it puts them together or matches them."""
    return {label.strip() for labels in _GROUPING.findall(query) for label in labels.split(",")}


def queries() -> dict[str, list[str]]:
    """Each alert, panel and autoscaler, and its queries; `$service` stands for every service."""
    found = {f"alert {rule['alert']}": [rule["expr"]] for rule in RULES}
    for file in sorted((OBSERVABILITY / "grafana/dashboards").glob("*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            if panel["type"] != "row":
                asked = [target["expr"].replace("$service", ".*") for target in panel.get("targets", ())]
                found[f"{file.stem}: {panel['title']}"] = asked
    for scaler in yaml.safe_load_all(_SCALERS.read_text()):
        triggers = [one["metadata"] for one in scaler["spec"]["triggers"] if one["type"] == "prometheus"]
        found[f"scaler {scaler['metadata']['name']}"] = [trigger["query"] for trigger in triggers]
    return found


def gone_well(query: str) -> str:
    """The same of what went well: where nothing failed it stands for the errors, for it has the same labels."""
    return query.replace('"5.."', '"2.."')


def _pattern(sign: str, value: str) -> re.Pattern[str]:
    return re.compile(value if "~" in sign else re.escape(value))
