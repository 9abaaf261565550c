"""What alerts, panels and autoscalers ask for is what the processes tell."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.observed import gone_well, grouped, queries, selectors
from prometheus_client.parser import text_string_to_metric_families

from .running import RunningDemo

Series = tuple[str, dict[str, str]]


def test_every_series_that_an_alert_a_panel_or_a_scaler_reads_is_exported_by_the_demo(demo: RunningDemo) -> None:
    told = list(_told(demo))
    asked = {name: [gone_well(query) for query in wanted] for name, wanted in queries().items()}

    missing = {
        f"{name}: {one}"
        for name, wanted in asked.items()
        for query in wanted
        for one in selectors(query)
        if not any(one.takes(*series) for series in told)
    }

    assert missing == set()
    assert all(selectors(query) for wanted in asked.values() for query in wanted)
    assert all(asked.values())


def test_every_label_that_series_are_put_together_by_is_on_one_of_them(demo: RunningDemo) -> None:
    told = list(_told(demo))

    for name, wanted in queries().items():
        for query in wanted:
            read = {one.figure for one in selectors(query)}
            labels = {label for figure, has in told if figure in read for label in has}
            assert grouped(query) <= labels, name


def _told(demo: RunningDemo) -> Iterator[Series]:
    """Each series with its labels, those included that Prometheus adds."""
    for process, page in demo.metrics():
        added = {"service": process.partition("-")[0], "instance": process, "namespace": "rendezvous"}
        yield "up", added
        for family in text_string_to_metric_families(page.decode()):
            for sample in family.samples:
                yield sample.name, {**sample.labels, **added}
