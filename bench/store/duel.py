"""The three stores in turn, several rounds of each, so that what else the machine does falls on all of them alike."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import count
from statistics import median

from bench.store.contestants import Contestant
from bench.store.load import Measured, Workers

TASKS = (1, 16, 64)
_PREPARED_PER_SECOND_AND_TASK = 150
_seeds = count(1000)


def measured(contestant: Contestant, tasks: int, seconds: float, acknowledged: dict[int, int]) -> Measured:
    prepared = int(seconds * min(_PREPARED_PER_SECOND_AND_TASK * tasks, 3000))
    workers = Workers(tasks, seconds, acknowledged, next(_seeds), prepared)
    contestant.run(workers)
    return workers.measured()


def duel(
    contestants: Sequence[Contestant], rounds: int, seconds: float, say: Callable[[str], None]
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """The median of the rounds for each contestant and number of tasks; what each acknowledged and did not record."""
    found: dict[str, list[Measured]] = {}
    acknowledged: dict[str, dict[int, int]] = {each.name: {} for each in contestants}
    for number in range(rounds):
        for tasks in TASKS:
            for each in contestants:
                one = measured(each, tasks, seconds, acknowledged[each.name])
                found.setdefault(f"{each.name}_{tasks}", []).append(one)
                rate = f"{one.per_s:,.0f}/s, p99 {one.p99_ms:.1f} ms"
                say(f"round {number + 1} of {rounds}: {each.name} at {tasks}: {rate}")
    medians = {name: _median(each) for name, each in found.items()}
    return medians, {each.name: _lost(each, acknowledged[each.name]) for each in contestants}


def growth(contestant: Contestant, tasks: int, rounds: int, seconds: float) -> dict[str, float]:
    """The same of one contestant and one number of tasks, on the log as it is now."""
    return _median([measured(contestant, tasks, seconds, {}) for _ in range(rounds)])


def _median(rounds: Sequence[Measured]) -> dict[str, float]:
    return {name: round(median(asdict(one)[name] for one in rounds), 2) for name in asdict(rounds[0])}


def _lost(contestant: Contestant, acknowledged: dict[int, int]) -> int:
    """Appends that were acknowledged and are not in the log, at the position that was said and with their own data."""
    log = {position: hash(data) for position, data in contestant.log()}
    return sum(log.get(position) != data for position, data in acknowledged.items())
