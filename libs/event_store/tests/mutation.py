"""The ways in which the SQL of the ledger could be wrong, each with the trial and the words that give it away.

A change is short, and names how often its old text occurs, so that no rewriting of the SQL leaves a mutation behind
that changes nothing.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement. `times` is how often the old text stands in the statement or in the migrations."""

    old: str
    new: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Mutation:
    """A fault: its name, how the SQL gets it, the trial that finds it and what the oracle must say then."""

    name: str
    found_by: Literal["race", "two_at_once", "clock_set_back", "bell"]
    says: str
    ledger: tuple[Change, ...] = ()
    read: tuple[Change, ...] = ()
    read_range: tuple[Change, ...] = ()
