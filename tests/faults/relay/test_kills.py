"""Relay, readers, broker and PostgreSQL are killed, and a leader put to sleep, while events flow: each is said once,
in order, and has one effect."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from embedded_parts import Kafka

from ..conftest import Tally
from ..stack import FULL
from .conftest import EVENTS, running
from .faults import ASLEEP_SECONDS
from .judge import VIOLATIONS, judge
from .rounds import Judgement, Run, tampered

pytestmark = pytest.mark.timeout(3600)
# Three times each; in the short run two at once. The zombie comes last: what it would say, it says over all the rest.
ROUNDS = (
    [*[(kind,) for kind in ("relay", "reader-1", "broker", "reader-2", "postgres")] * 3, ("zombie",)]
    if FULL
    else [("relay", "reader-1"), ("broker", "postgres"), ("zombie",)]
)
PER_SECOND = 1_000 if FULL else 300


async def test_no_kill_and_no_zombie_loses_doubles_or_reorders_an_event(room: Path, tally: Tally) -> None:
    async with running(room, Kafka(room / "kafka")) as run:
        for kinds in ROUNDS:
            await run.round(kinds, EVENTS // len(ROUNDS), PER_SECOND)
        judgement = await run.judgement()
        note(tally, run, judgement)
        assert judgement.found == {}
        assert judgement.events == len(run.appender.acknowledged) >= EVENTS
        _the_faults_were_met(run, judgement)
        await _planted_faults_are_found(run)


def note(tally: Tally, run: Run, judgement: Judgement) -> None:
    tally["events"] = judgement.events
    tally |= {violation: judgement.found[violation] for violation in VIOLATIONS}
    tally["kills"] = len(run.faults.kills)
    tally["kills_by_kind"] = run.faults.by_kind()
    tally["takeover_seconds_max"] = round(max(run.faults.takeovers, default=0), 2)
    tally["zombie_takeover_seconds"] = [round(took, 2) for took in run.faults.zombie_takeovers]
    tally["zombie_asleep_seconds"] = ASLEEP_SECONDS
    tally["silence_seconds_max"] = judgement.silences
    tally["met"] = judgement.met
    tally["repeated"] = judgement.repeated


def _the_faults_were_met(run: Run, judgement: Judgement) -> None:
    met, kills = Counter(judgement.met), run.faults.by_kind()
    assert met["takeovers"] == kills["relay"]
    assert met["undone_by_the_kill"], "no reader was killed in the middle of its work"
    assert met["redelivered"] >= met["undone_by_the_kill"]
    assert met["appended_without_the_broker"], "nobody missed the broker"
    assert not met["heard_without_the_broker"]
    assert met["appends_refused"], "nobody missed PostgreSQL"
    assert met["woke_up_behind_another"] == 1
    assert met["connections_lost"], "no relay and no reader lost a connection"
    assert judgement.silences.keys() == kills.keys()
    if FULL:
        assert met["aborted_records"], "no relay was killed in the middle of a transaction"


async def _planted_faults_are_found(run: Run) -> None:
    """In this very history: a judge that is blind to it would have found nothing above either."""
    facts = {position: fact for position, (fact, _) in (await run.house.said()).items()}
    found = judge(facts, tampered([fact for fact, _ in run.house.effects_in_order()]))
    assert found.keys() == {"lost", "doubled", "reordered"}
