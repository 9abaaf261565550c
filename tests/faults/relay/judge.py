"""Holds what subscribers heard, and what took effect, against the log; knows nothing of relay and consumer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

VIOLATIONS = ("lost", "doubled", "reordered", "strangers")
"""Said and never heard; more than once; after a later one of its key; heard and never said, or of other content."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One event: its position in the log, its id and its key (the agenda)."""

    position: int
    id: str
    key: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as it stands in the topic, and when it arrived (seconds since the epoch)."""

    partition: int
    offset: int
    fact: Fact
    arrived: float


@dataclass
class Followed:
    """What a subscriber that follows the rules of the topic makes of its records."""

    taken: list[Heard] = field(default_factory=list)
    repeated: int = 0
    found: Counter[str] = field(default_factory=Counter)


def follow_the_rules(heard: Iterable[Heard]) -> Followed:
    """In each partition a position that is not above the last one is a repetition, and is dropped.

    If it had never been heard before, it came too late: the rule makes this subscriber lose it.
    """
    followed, last, known = Followed(), dict[int, int](), set[str]()
    for one in heard:
        if one.fact.position > last.get(one.partition, 0):
            followed.taken.append(one)
            last[one.partition] = one.fact.position
        elif one.fact.id in known:
            followed.repeated += 1
        else:
            followed.found["reordered"] += 1
        known.add(one.fact.id)
    return followed


def judge(said: Mapping[int, Fact], happened: Sequence[Fact]) -> Counter[str]:
    """`said`: the log by position; `happened`: what took effect, in the order in which it did."""
    times = Counter(fact.id for fact in happened)
    last: dict[str, int] = {}
    found: Counter[str] = Counter(
        lost=sum(fact.id not in times for fact in said.values()),
        doubled=sum(count - 1 for count in times.values()),
        strangers=sum(said.get(fact.position) != fact for fact in happened),
    )
    for fact in happened:
        found["reordered"] += fact.position < last.get(fact.key, 0)
        last[fact.key] = max(last.get(fact.key, 0), fact.position)
    return +found
