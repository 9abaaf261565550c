"""A short run of what is measured, so that it cannot rot: everything arrives, and nothing is said of speed."""

from __future__ import annotations

from pathlib import Path

import pytest

from .measuring import measured_house

pytestmark = pytest.mark.timeout(300)


async def test_what_is_measured_is_all_there(room: Path) -> None:
    async with measured_house(room) as measured:
        measured.house.start("relay-1")
        found = await measured.commit_to_kafka(50, 1)
        measured.house.end("relay-1")
        drained = await measured.drain(600)
    assert found["events"] == 100
    assert 0 < found["p50_ms"] <= found["p99_ms"] <= found["max_ms"]
    assert drained["drain_events"] == 600
    assert drained["drain_per_s"] > 0
    assert drained["bare_producer_per_s"] > 0
