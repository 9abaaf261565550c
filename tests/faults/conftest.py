"""One demo for all the fault tests, started once on real parts, loaded, and its path played; and their counts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from embedded_parts.otlp import OtlpReceiver

from .compose import RunningCompose
from .running import RunningDemo
from .stack import Stack

Tally = dict[str, Any]


@pytest.fixture(scope="session")
def tally() -> Iterator[Tally]:
    """What was met and what was found; written where TALLY names a file, whether or not the tests held."""
    counts: Tally = {}
    yield counts
    if os.environ.get("TALLY"):
        Path(os.environ["TALLY"]).write_text(json.dumps(counts))


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


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Stack:
    """The demo; the containers where STACK=compose says so."""
    if os.environ.get("STACK") == "compose":
        return RunningCompose()
    running: RunningDemo = request.getfixturevalue("demo")
    return running
