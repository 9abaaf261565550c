"""Which tests run in one worker: those of one package, so that each real part, database and demo is started once."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class ByPackage(LoadScopeScheduling):
    """A service, a library, the journeys, the faults: each goes to one worker as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        return "/".join(nodeid.split("/")[:2])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPackage:
    return ByPackage(config, log)
