"""The oracle finds what it is there for: the SQL is made wrong in many ways, and each is found and named."""

from collections.abc import Callable

import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import wire

from . import trials
from .laying import lay_ledger, mutated
from .mutation import Change, Mutation
from .mutations_of_appends import MUTATIONS_OF_APPENDS
from .mutations_of_reads import MUTATIONS_OF_READS, ONE_HASH

MUTATIONS = [*MUTATIONS_OF_APPENDS, *MUTATIONS_OF_READS]
SEEDS = range(4)
TRIALS: dict[str, trials.Trial] = {
    trial.__name__: trial
    for trial in (
        trials.race,
        trials.race_through_losses,
        trials.two_at_once,
        trials.clock_set_back,
        trials.bell,
    )
}


@pytest.fixture(scope="module")
def ground(make_ledger: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    return make_ledger()


@pytest.mark.parametrize(
    ("trial", "seed"),
    [
        *(("race", seed) for seed in SEEDS),
        *((trial, 0) for trial in ("race_through_losses", "two_at_once", "clock_set_back", "bell")),
    ],
)
async def test_the_ledger_as_it_is_passes_every_trial(ground: ProvisionedDatabase, trial: str, seed: int) -> None:
    lay_ledger(ground)
    assert await TRIALS[trial](ground, seed) == []


async def test_tags_of_the_same_hash_are_told_apart(ground: ProvisionedDatabase) -> None:
    lay_ledger(ground, (ONE_HASH,))
    assert await trials.race(ground, SEEDS[0]) == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
async def test_a_ledger_made_wrong_is_found_out(
    ground: ProvisionedDatabase, monkeypatch: pytest.MonkeyPatch, mutation: Mutation
) -> None:
    monkeypatch.setattr(wire, "READ", mutated(wire.READ, mutation.read))
    monkeypatch.setattr(wire, "READ_RANGE", mutated(wire.READ_RANGE, mutation.read_range))
    found: list[str] = []
    for seed in SEEDS:
        lay_ledger(ground, mutation.ledger)
        found = await TRIALS[mutation.found_by](ground, seed)
        if any(mutation.says in fault for fault in found):
            return
    pytest.fail(f"not found out; the oracle said: {found[:5]}")


def test_no_mutation_is_without_a_change_or_a_name_of_its_own() -> None:
    assert all(mutation.ledger or mutation.read or mutation.read_range for mutation in MUTATIONS)
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


def test_a_text_that_is_no_longer_in_the_sql_is_no_mutation() -> None:
    with pytest.raises(AssertionError, match="not 1 times"):
        mutated("SELECT 1", (Change("SELECT 2", "SELECT 3"),))
