"""What alerts and panels ask for is what the processes tell."""

from __future__ import annotations

import re

from deploy.observed import asked_for

from .running import RunningDemo


def test_every_figure_of_an_alert_or_a_panel_is_exported_by_the_demo(demo: RunningDemo) -> None:
    told = {"up"}  # Prometheus' own
    for _, page in demo.metrics():
        told |= set(re.findall(r"^([a-z][a-z0-9_]*)", page.decode(), re.MULTILINE))
    wanted = asked_for()

    assert all(wanted.values())
    assert {name: missing for name, figures in wanted.items() if (missing := figures - told)} == {}
