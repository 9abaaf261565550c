"""kill -9 of clients and of PostgreSQL under load: all that was acknowledged is there once, the rest wholly or not."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from ..conftest import Tally
from ..stack import FULL
from .journal import Story, stories
from .judge import VIOLATIONS, Judge
from .ledger import Ledger
from .round import KINDS, Round

pytestmark = pytest.mark.timeout(1800)
ROUNDS = 20 if FULL else 3
SEED = int(os.environ.get("FAULT_SEED") or 20261124)


async def test_no_kill_loses_doubles_or_tears_a_request(ledger: Ledger, tmp_path: Path, tally: Tally) -> None:
    draw = random.Random(SEED)
    judge = Judge(ledger.database.service_url)
    met: Counter[str] = Counter()
    rounds_met = 0
    for number in range(ROUNDS):
        one = Round(ledger, tmp_path, number, KINDS[number % len(KINDS)], draw)
        await one.play(judge)
        met += one.met
        rounds_met += one.met["in_flight"] > 0
        print(one.describe(judge), flush=True)
    told = _told_in(tmp_path)
    await _judge_all_anew(ledger, judge, told.keys())
    tally["rounds"] = ROUNDS
    tally["rounds_with_work_in_flight"] = rounds_met
    tally["acknowledged"] = sum(bool(story.answers) for story in told.values())
    tally["events"] = tally["chain_verified"] = judge.verified
    tally |= {violation: judge.found[violation] for violation in VIOLATIONS} | {"met": dict(sorted(met.items()))}
    assert not judge.found, judge.examples
    assert judge.verified == judge.head
    _the_faults_were_met(met, rounds_met, tally["acknowledged"])


def _told_in(folder: Path) -> dict[str, Story]:
    return stories(folder.glob("*.journal"))


async def _judge_all_anew(ledger: Ledger, judge: Judge, names: Iterable[str]) -> None:
    """Once more from the first event: no later fault altered what had been judged."""
    again = Judge(ledger.database.service_url)
    await again.read_on()
    assert again.head == judge.head
    again.judge_strangers(names)
    with ledger.as_superuser() as connection:
        again.judge_tables(connection)
    judge.found += again.found
    judge.examples += again.examples


def _the_faults_were_met(met: Counter[str], rounds_met: int, acknowledged: int) -> None:
    assert acknowledged >= 100 * ROUNDS
    assert rounds_met >= 0.8 * ROUNDS, "most kills met no work under way"
    assert met["clients_killed"]
    assert met["backends_killed"]
    assert met["postmasters_killed"]
    assert met["unacknowledged_retried"]
    assert met["acknowledged_retried"]
    assert met["conflicts"]
    if FULL:
        # Both fates of an unacknowledged request were seen: its answer was lost, or it never arrived.
        assert met["unacknowledged_found_recorded"]
        assert met["unacknowledged_found_absent"]
