"""Which tests run in one worker: those of one package, so that each real part, database and demo is started once."""

from __future__ import annotations

from pathlib import Path

import pytest

_HOUSE = Path(__file__).parent
# The longest first, so that no worker is left alone with one of them at the end.
_FIRST = ("tests/faults", "tests/journeys")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_package(item)))
    items.sort(key=lambda item: _package(item) not in _FIRST)


def _package(item: pytest.Item) -> str:
    return "/".join(item.path.relative_to(_HOUSE).parts[:2])
