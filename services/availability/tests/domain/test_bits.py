"""Runs, listings and counters on bit sets, against the plainest way to say the same."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from availability.domain.bits import Counters, every, lowest, positions, run, stretch


def test_a_run_begins_where_that_many_bits_are_set_in_a_row() -> None:
    draw = random.Random(5)
    for length in range(1, 12):
        bits = draw.getrandbits(300) | draw.getrandbits(300) | draw.getrandbits(300)
        plain = sum(1 << i for i in range(300) if all(bits >> (i + k) & 1 for k in range(length)))
        assert run(bits, length) == plain


def test_positions_and_lowest_list_the_set_bits() -> None:
    bits = stretch(3, 6) | 1 << 200
    assert list(positions(bits)) == [3, 4, 5, 200]
    assert (lowest(bits), lowest(0)) == (3, None)
    assert list(positions(every(4, 10))) == [0, 4, 8]


def test_removing_a_visit_leaves_the_time_that_an_overlapping_one_holds() -> None:
    counters = Counters()
    counters.add(stretch(0, 10))
    counters.add(stretch(5, 15))
    counters.remove(stretch(0, 10))
    assert counters.full(1) == stretch(5, 15)


def test_removing_what_was_never_added_is_refused_and_changes_nothing() -> None:
    counters = Counters()
    counters.add(stretch(0, 10))
    with pytest.raises(ValueError, match="had not been added"):
        counters.remove(stretch(5, 15))
    assert counters.full(1) == stretch(0, 10)


def test_counters_count_like_a_dictionary() -> None:
    draw = random.Random(6)
    counters, plain, present = Counters(), Counter[int](), []
    for _ in range(400):
        if present and draw.random() < 0.4:
            first, end = present.pop(draw.randrange(len(present)))
            counters.remove(stretch(first, end))
            plain.subtract(range(first, end))
        else:
            first = draw.randrange(60)
            end = first + draw.randrange(1, 20)
            present.append((first, end))
            counters.add(stretch(first, end))
            plain.update(range(first, end))
        for capacity in (1, 2, 3, 4, 7, 8, 40):
            assert counters.full(capacity) == sum(1 << cell for cell, count in plain.items() if count >= capacity)
