"""Random events, queries, conditions, requests and groups of them, against a model that is a list."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import wire
from event_store.link import conninfo
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from psycopg.errors import UniqueViolation

from .laying import lay_ledger, mutated
from .machine import LedgerMachine
from .mutation import Mutation
from .mutations_of_appends import MUTATIONS_OF_APPENDS
from .mutations_of_reads import MUTATIONS_OF_READS

# Derandomized: what is green here is green in CI, and what the run has met can be asserted.
PLAY = settings(
    max_examples=120,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
NO_SHRINKING = settings(PLAY, max_examples=200, phases=[Phase.generate], report_multiple_bugs=False)
CASES = 20  # that the model tells apart and counts
# These need others at work at the same time.
NOT_ALONE = {"there is no lock, in a race", "the head is read in a second statement"}


@pytest.fixture(scope="module")
def ground(make_ledger: Callable[[], ProvisionedDatabase]) -> ProvisionedDatabase:
    return make_ledger()


@contextmanager
def connected(database: ProvisionedDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo(database.service_url, "model"), autocommit=False) as connection:
        yield connection


def test_the_store_answers_as_the_list_does_and_every_case_was_met(ground: ProvisionedDatabase) -> None:
    met: Counter[str] = Counter()
    lay_ledger(ground)
    with connected(ground) as connection:
        run_state_machine_as_test(lambda: LedgerMachine(connection, met), settings=PLAY)
    assert len(met) == CASES
    assert {case: times for case, times in met.items() if times < 3} == {}


@pytest.mark.parametrize(
    "mutation",
    [
        one
        for one in [*MUTATIONS_OF_APPENDS, *MUTATIONS_OF_READS]
        if one.found_by == "race" and one.name not in NOT_ALONE
    ],
    ids=lambda mutation: mutation.name,
)
def test_a_ledger_made_wrong_answers_otherwise(
    ground: ProvisionedDatabase, monkeypatch: pytest.MonkeyPatch, mutation: Mutation
) -> None:
    monkeypatch.setattr(wire, "READ", mutated(wire.READ, mutation.read))
    monkeypatch.setattr(wire, "READ_RANGE", mutated(wire.READ_RANGE, mutation.read_range))
    lay_ledger(ground, mutation.ledger)
    with connected(ground) as connection, pytest.raises((AssertionError, UniqueViolation)):
        run_state_machine_as_test(lambda: LedgerMachine(connection, Counter()), settings=NO_SHRINKING)
