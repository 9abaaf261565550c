"""The dashboards of Grafana, whose program is in no package, as VictoriaMetrics draws them in a real browser.

The same rows, panels, queries and legends, over what Prometheus has collected.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from deploy.observed import OBSERVABILITY, gone_well
from embedded_parts import LeashedProcess, StopStep, free_port
from playwright.sync_api import Page, sync_playwright

from .stack import until

_MODULE = "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics@v1.151.0"
_COLUMNS = 2  # of Grafana's 24 in one of vmui's 12


def dashboards() -> list[dict[str, Any]]:
    """Ours, in the words of vmui: {title, rows: [{title, panels: [{title, width, unit, expr, alias}]}]}."""
    files = sorted((OBSERVABILITY / "grafana/dashboards").glob("*.json"))
    return [_told(json.loads(file.read_text())) for file in files]


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[str]:
    """Built from its Go module, with our dashboards; yields its address. Skips where there is no Go."""
    if shutil.which("go") is None:
        pytest.skip("no Go is installed, and VictoriaMetrics, which draws the dashboards, is built from its module")
    subprocess.run(["go", "install", _MODULE], check=True, env={**os.environ, "GOBIN": str(folder)})
    drawn = folder / "dashboards"
    drawn.mkdir()
    for number, dashboard in enumerate(dashboards()):
        (drawn / f"{number}.json").write_text(json.dumps(dashboard))
    url = f"http://127.0.0.1:{free_port()}"
    where = (f"-httpListenAddr={url.removeprefix('http://')}", f"-storageDataPath={folder / 'data'}")
    command = [str(folder / "victoria-metrics"), *where, f"-vmui.customDashboardsPath={drawn}"]
    process = LeashedProcess(command, log=folder / "log")
    try:
        until("VictoriaMetrics answers", lambda: _answers(f"{url}/health"))
        yield url
    finally:
        process.stop([StopStep(signal.SIGTERM, 10)])


def take_over(prometheus: str, victoria: str, past: str) -> None:
    """Every sample of our processes that Prometheus has of the time `past` (20m), given to VictoriaMetrics."""
    query = {"query": f'{{service!=""}}[{past}]'}
    found = httpx.get(f"{prometheus}/api/v1/query", params=query, timeout=60, trust_env=False)
    lines = (
        json.dumps(
            {
                "metric": series["metric"],
                "values": [float(value) for _, value in series["values"]],
                "timestamps": [round(at * 1000) for at, _ in series["values"]],
            }
        )
        for series in found.raise_for_status().json()["data"]["result"]
    )
    httpx.post(f"{victoria}/api/v1/import", content="\n".join(lines), timeout=60, trust_env=False).raise_for_status()
    httpx.get(f"{victoria}/internal/force_flush", timeout=60, trust_env=False).raise_for_status()


@contextmanager
def page_of(victoria: str, past: str) -> Iterator[Page]:
    """Its page of dashboards in Debian's Chromium, high enough for all panels. Skips where there is none."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("no chromium is installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, chromium_sandbox=False)
        page = browser.new_page(viewport={"width": 1600, "height": 7000})
        page.goto(f"{victoria}/vmui/#/dashboards?g0.range_input={past}")
        yield page
        browser.close()


def panels_drawn(page: Page, dashboard: dict[str, Any]) -> dict[str, int]:
    """How many lines each panel of a dashboard shows, all rows unfolded; fails with what one complains of."""
    page.get_by_text(dashboard["title"], exact=True).first.click()
    rows = page.locator(".vm-predefined-dashboard > .vm-accordion-header")
    until("every row is there", lambda: rows.count() == len(dashboard["rows"]), 30)
    for row in rows.all()[1:]:
        row.dispatch_event("click")  # a click of the mouse is lost where a panel is drawn meanwhile

    def lines() -> dict[str, int]:
        return {
            panel.locator(".vm-predefined-panel-header__title").inner_text(): panel.locator(".vm-legend-item").count()
            for panel in page.locator(".vm-predefined-panel").all()
        }

    wanted = sum(len(row["panels"]) for row in dashboard["rows"])
    until(f"{wanted} panels are there", lambda: len(lines()) == wanted, 30)
    with contextlib.suppress(AssertionError):  # who asked says which panels are empty
        until("every panel shows something", lambda: 0 not in lines().values(), 30)
    complaints = page.locator(".vm-alert_error").all_inner_texts()
    assert not complaints, complaints
    return lines()


def _told(dashboard: dict[str, Any]) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            rows.append({"title": panel["title"], "panels": []})
        else:
            rows[-1]["panels"].append(
                {
                    "title": panel["title"],
                    "width": panel["gridPos"]["w"] // _COLUMNS,
                    "unit": panel["fieldConfig"]["defaults"]["unit"].replace("none", ""),
                    "expr": [gone_well(target["expr"].replace("$service", ".*")) for target in panel["targets"]],
                    "alias": [target["legendFormat"] for target in panel["targets"]],
                }
            )
    return {"title": dashboard["title"], "rows": rows}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
