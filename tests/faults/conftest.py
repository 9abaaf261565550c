"""One demo for all the fault tests: started once, on real parts, with its data and its path played."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from embedded_parts.otlp import OtlpReceiver

from .running import RunningDemo


@pytest.fixture(scope="session")
def receiver() -> Iterator[OtlpReceiver]:
    """Where every service of the demo exports its telemetry."""
    with OtlpReceiver() as opened:
        yield opened


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory, receiver: OtlpReceiver) -> Iterator[RunningDemo]:
    often = {"OTEL_BSP_SCHEDULE_DELAY": "1000", "OTEL_BLRP_SCHEDULE_DELAY": "1000"}
    data = tmp_path_factory.mktemp("faults") / "data"
    running = RunningDemo.start(data, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **often)
    yield running
    running.stop()
