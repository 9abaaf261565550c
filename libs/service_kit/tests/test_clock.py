"""The demo's clock moves forward and never back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service_kit.clock import Clock

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_without_a_file_the_clock_is_the_machine_s() -> None:
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_the_file_moves_it_forward_and_a_smaller_offset_does_not_move_it_back(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    clock = Clock(file)
    assert clock.shift(NOON) == NOON
    for offset, shown in ((3600, 3600), (60, 3600), (7200, 7200)):
        new = tmp_path / "new"
        new.write_text(json.dumps({"offset_seconds": offset}))
        new.replace(file)
        assert clock.shift(NOON) == NOON + timedelta(seconds=shown)


def test_it_begins_where_the_file_says_be_that_before_today(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    file.write_text(json.dumps({"offset_seconds": -86_400}))
    assert Clock(file).shift(NOON) == NOON - timedelta(days=1)
