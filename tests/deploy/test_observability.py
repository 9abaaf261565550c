"""Alerts: each fires in a test and has a runbook. That a run exports what they need: tests/faults/test_figures.py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from booking_events import topics as declared

from .observed import OBSERVABILITY, RULES, Selector, grouped, queries, selectors
from .stack import ROOT, SERVICES


def promtool() -> str:
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip("promtool is not here: install Debian's package prometheus")
    return found or "promtool"


def test_every_alert_fires_in_a_test_of_promtool(tmp_path: Path) -> None:
    tool = promtool()

    done = subprocess.run(
        [tool, "test", "rules", "alerts.test.yml"], cwd=OBSERVABILITY, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    tests = yaml.safe_load((OBSERVABILITY / "alerts.test.yml").read_text())["tests"]
    asked = [asked for test in tests for asked in test["alert_rule_test"]]
    every = {rule["alert"] for rule in RULES}
    assert {one["alertname"] for one in asked if one["exp_alerts"]} == every
    assert {one["alertname"] for one in asked if not one["exp_alerts"]} == every


def test_an_alert_that_does_not_fire_any_more_is_found(tmp_path: Path) -> None:
    tool = promtool()
    rules = (OBSERVABILITY / "alerts.yml").read_text()
    (tmp_path / "alerts.yml").write_text(rules.replace("relay_kafka_ahead", "relay_kafka_beyond"))
    shutil.copy(OBSERVABILITY / "alerts.test.yml", tmp_path)

    done = subprocess.run([tool, "test", "rules", "alerts.test.yml"], cwd=tmp_path, capture_output=True, check=False)

    assert done.returncode != 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_has_a_runbook_that_says_what_it_means_and_what_to_do(rule: dict[str, Any]) -> None:
    runbook = (ROOT / rule["annotations"]["runbook"]).read_text()

    assert runbook.startswith(f"# {rule['alert']}\n")
    assert re.findall(r"^## (.+)$", runbook, re.MULTILINE) == ["What it means", "What to look at", "What to do"]


def test_the_page_lists_each_alert_with_its_runbook() -> None:
    page = (ROOT / "docs/operating.md").read_text()
    rows = re.findall(r"^\| (\w+) \| .+ \| \[[\w-]+\]\((runbooks/[\w-]+\.md)\) \|$", page, re.MULTILINE)

    assert rows == [(rule["alert"], rule["annotations"]["runbook"].removeprefix("docs/")) for rule in RULES]


def test_no_runbook_is_without_an_alert() -> None:
    written = {f"docs/runbooks/{file.name}" for file in (ROOT / "docs/runbooks").glob("*.md")}

    assert written == {rule["annotations"]["runbook"] for rule in RULES}


def test_prometheus_scrapes_every_service_on_its_second_port() -> None:
    job = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())["scrape_configs"][0]["dns_sd_configs"][0]

    assert (job["names"], job["port"]) == (list(SERVICES), 8001)


def test_a_service_of_which_no_process_is_left_is_an_alert_too() -> None:
    (rule,) = (rule for rule in RULES if rule["alert"] == "ProcessDown")
    missed = {
        value
        for one in selectors(rule["expr"])
        for label, sign, value in one.matchers
        if (label, sign) == ("service", "=")
    }

    assert missed == set(SERVICES)


def test_an_alert_and_a_scaler_look_at_our_own_series_only() -> None:
    ours = ("namespace", "=", "rendezvous")
    asked = {name: wanted for name, wanted in queries().items() if name.startswith(("alert ", "scaler "))}
    others = {
        name for name, wanted in asked.items() for q in wanted for one in selectors(q) if ours not in one.matchers
    }
    assert others == set()

    config = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())["scrape_configs"][0]
    assert {"target_label": "namespace", "replacement": "rendezvous"} in config["relabel_configs"]


def test_the_series_of_a_query_are_told_from_the_words_of_its_language() -> None:
    query = (
        'max by (service) (rate(a_total{route!="/x_y{z}", code=~"5.."}[1m]) unless on (task_name) b_c == 1)'
        " / sum without (le) (up) and histogram_quantile(0.99, d_bucket) > 1e-3"
    )

    routes = Selector("a_total", (("route", "!=", "/x_y{z}"), ("code", "=~", "5..")))
    assert selectors(query) == {routes, Selector("b_c"), Selector("up"), Selector("d_bucket")}
    assert grouped(query) == {"service", "task_name", "le"}
    assert routes.takes("a_total", {"route": "/y", "code": "503"})
    assert not routes.takes("b_total", {"route": "/y", "code": "503"})
    assert not routes.takes("a_total", {"route": "/x_y{z}", "code": "503"})
    assert not routes.takes("a_total", {"route": "/y", "code": "5031"})
    assert not routes.takes("a_total", {"code": "503"})


def test_alerts_panels_and_scalers_are_all_there() -> None:
    asked = queries()

    assert {f"alert {rule['alert']}" for rule in RULES} <= asked.keys()
    scaled = {name.removeprefix("scaler ") for name in asked if name.startswith("scaler ")}
    assert scaled == {grant.service for grant in declared.grants() if grant.resource == "group"}
    for service in scaled:
        (query,) = asked[f"scaler {service}"]
        assert ("service", "=", service) in next(iter(selectors(query))).matchers
    assert {"overview", "events"} <= {name.partition(":")[0] for name in asked}
