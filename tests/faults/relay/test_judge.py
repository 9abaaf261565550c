"""The judge itself: an honest history is found right, and each planted fault is found by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from .judge import Fact, Heard, follow_the_rules, judge

# Twelve events of three agendas, the agendas in two partitions.
SAID = {n: Fact(n, f"id-{n}", f"agenda-{n % 3}") for n in range(1, 13)}
TOPIC = [Heard(int(fact.key[-1]) % 2, fact.position, fact, 0.0) for fact in SAID.values()]


def lose_one(facts: list[Fact]) -> None:
    del facts[5]


def double_one(facts: list[Fact]) -> None:
    facts.insert(9, facts[5])


def double_one_at_once(facts: list[Fact]) -> None:
    facts.insert(6, facts[5])


def swap_two_of_a_key(facts: list[Fact]) -> None:
    facts[4], facts[7] = facts[7], facts[4]


def invent_one(facts: list[Fact]) -> None:
    facts.append(Fact(13, "id-13", "agenda-1"))


def change_a_key(facts: list[Fact]) -> None:
    facts[-1] = replace(facts[-1], key="agenda-9")


def take_one_position_for_another(facts: list[Fact]) -> None:
    facts[-1] = replace(facts[-1], position=11)


def test_an_honest_history_is_found_right() -> None:
    followed = follow_the_rules(TOPIC)
    assert (followed.repeated, followed.found) == (0, {})
    assert judge(SAID, [one.fact for one in followed.taken]) == {}


def test_keys_may_overtake_each_other() -> None:
    facts = sorted(SAID.values(), key=lambda fact: (fact.key, fact.position))
    assert judge(SAID, facts) == {}


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (lose_one, {"lost": 1}),
        (double_one, {"doubled": 1, "reordered": 1}),
        (double_one_at_once, {"doubled": 1}),
        (swap_two_of_a_key, {"reordered": 1}),
        (invent_one, {"strangers": 1}),
        (change_a_key, {"strangers": 1}),
        (take_one_position_for_another, {"strangers": 1}),
    ],
)
def test_a_planted_fault_is_found(plant: Callable[[list[Fact]], None], found: dict[str, int]) -> None:
    facts = list(SAID.values())
    plant(facts)
    assert judge(SAID, facts) == found


def test_a_record_that_comes_again_is_dropped_and_counted() -> None:
    followed = follow_the_rules([*TOPIC, TOPIC[3]])
    assert (followed.repeated, followed.found) == (1, {})
    assert judge(SAID, [one.fact for one in followed.taken]) == {}


def test_a_record_that_first_comes_after_a_later_one_is_reordered_and_lost_to_whoever_follows_the_rules() -> None:
    late = TOPIC[3]
    followed = follow_the_rules([*(one for one in TOPIC if one is not late), late])
    assert followed.found == {"reordered": 1}
    assert judge(SAID, [one.fact for one in followed.taken]) == {"lost": 1}


def test_a_record_that_comes_again_in_another_partition_is_doubled() -> None:
    elsewhere = replace(TOPIC[-1], partition=5)
    followed = follow_the_rules([*TOPIC, elsewhere])
    assert judge(SAID, [one.fact for one in followed.taken]) == {"doubled": 1}
