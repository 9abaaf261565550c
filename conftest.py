"""Which tests run in one worker: those of one package, so that each real part, database and demo is started once."""

from __future__ import annotations

from pathlib import Path

import pytest

_HOUSE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        package = "/".join(item.path.relative_to(_HOUSE).parts[:2])
        item.add_marker(pytest.mark.xdist_group(package))
