"""A short run of what is measured, so that it cannot rot: everything arrives, and nothing is said of speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .measuring import commit_to_kafka, drain

pytestmark = pytest.mark.timeout(300)


async def test_what_is_measured_is_all_there(room: Path) -> None:
    found = await commit_to_kafka(room / "pace", 50, 1)
    assert found["events"] == 100
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["max_ms"]
    drained = await drain(room / "backlog", 600)
    assert drained["drain_events"] == 600
    assert drained["drain_per_s"] > 0
    assert drained["bare_producer_per_s"] > 0
