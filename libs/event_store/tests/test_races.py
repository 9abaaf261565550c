"""Writers at once on hot tags, judged by an oracle that replays what each of them really saw."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from embedded_parts.provision import ProvisionedDatabase

from .oracle import faults
from .testimony import Following, Inquiry, Look, Record, Try, understood
from .trials import Race, log_of

_ROOT = Path(__file__).parents[3]
_PROCESSES, _TASKS, _ROUNDS = 2, 64, 24


async def run_racers(url: str) -> list[Record]:
    racers = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"{__package__}.racer", url, str(_TASKS), str(_ROUNDS), name),
            cwd=_ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        for name in [f"process {number}" for number in range(_PROCESSES)]
    ]
    said = await asyncio.gather(*(racer.communicate() for racer in racers))
    assert [racer.returncode for racer in racers] == [0] * _PROCESSES
    return [understood(line) for out, _ in said for line in out.splitlines()]


@pytest.fixture(scope="module")
def race(make_ledger: Callable[[], ProvisionedDatabase]) -> Race:
    database = make_ledger()

    async def run() -> Race:
        records = await run_racers(database.service_url)
        return Race(await log_of(database), records)

    return asyncio.run(run())


def test_two_processes_of_64_tasks_on_hot_tags_are_told_nothing_that_the_log_does_not_explain(race: Race) -> None:
    assert faults(race.log, race.records) == []


def test_the_race_had_everything_in_it_that_can_go_wrong(race: Race) -> None:
    tries = [one for one in race.records if isinstance(one, Try)]
    outcomes = Counter(one.outcome for one in tries)
    assert len(tries) >= _PROCESSES * _TASKS * _ROUNDS
    assert min(outcomes["Conflict"], outcomes["Appended"], outcomes["AlreadySeen"]) > 100
    assert sum(one.after is None and one.outcome == "Appended" for one in tries) > 100
    assert sum(isinstance(one, Inquiry) and one.kept is not None for one in race.records) > 100
    assert sum(isinstance(one, Look) and one.limit is not None and bool(one.seen) for one in race.records) > 20
    # A request that one process sent again after another had its answer.
    names = {one.request: one.name for one in tries if one.request and one.outcome == "Appended"}
    again = [one for one in tries if one.outcome == "AlreadySeen" and one.kept is not None]
    assert sum(one.name.split(".")[0] != names[one.request].split(".")[0] for one in again) > 10
    followings = [one for one in race.records if isinstance(one, Following)]
    assert max(len(one.seen) for one in followings) == len(race.log)
    assert len(followings) == _PROCESSES
