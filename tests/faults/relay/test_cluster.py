"""The same on three brokers that hold everything thrice: the leader of a partition is killed, and the others go on.

At full length only (`make faults-relay`): `embedded_parts` has a short test of the cluster itself.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from embedded_parts import KafkaCluster

from ..conftest import Tally
from .conftest import EVENTS, running
from .test_kills import PER_SECOND, note

pytestmark = pytest.mark.timeout(3600)
KILLS = 3


async def test_no_kill_of_a_partitions_leader_loses_doubles_or_reorders_an_event(room: Path, tally: Tally) -> None:
    async with running(room, KafkaCluster(room / "kafka")) as run:
        for _ in range(KILLS):
            await run.round(["partition's leader"], EVENTS // KILLS, PER_SECOND)
        judgement = await run.judgement()
        note(tally.setdefault("three_brokers", {}), run, judgement)
        assert judgement.found == {}
        assert judgement.events == len(run.appender.acknowledged)
        assert len(run.faults.kills) == judgement.met["others_led"] == KILLS
