"""One demo for all the fault tests: started once, on real parts, with its data and its path played."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .running import RunningDemo


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = RunningDemo.start(tmp_path_factory.mktemp("faults") / "data")
    yield running
    running.stop()
