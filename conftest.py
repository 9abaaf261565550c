"""Which tests run in one worker: those of one package, so that each real part, database and demo is started once."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# What takes longest begins first: begun last, it would leave the other workers with nothing to do.
LONGEST = (
    "tests/faults", "services/accounts/tests", "libs/service_kit/tests", "services/booking/tests", "tests/journeys",
    "libs/event_store/tests", "services/directory/tests", "tests/faults/relay", "tests/contract",
    "libs/embedded_parts/tests", "demo/tests/demo_tests", "tests/faults/store",
)  # fmt: skip


def package(nodeid: str) -> str:
    return "/".join(nodeid.partition("::")[0].split("/")[:-1][:3])


class ByPackage(LoadScopeScheduling):
    """A service, a library, the journeys, the faults: each goes to one worker as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return package(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPackage | None:
    if config.option.dist != "load":
        return None  # somebody wants another way
    config.option.loadscopereorder = False  # by the number of tests, it would be
    return ByPackage(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(package(item.nodeid), len(LONGEST)))
