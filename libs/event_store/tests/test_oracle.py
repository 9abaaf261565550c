"""The oracle is not a yes-man: of a race that was sound, one thing told differently is a fault, and has its name."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from embedded_parts.provision import ProvisionedDatabase

from .oracle import faults
from .testimony import Following, Inquiry, Look, Record, Try
from .trials import Race, short_race

YESTERDAY, LATE = "2026-01-01T00:00:00+00:00", 1e12  # before, and after, everything in a race


@dataclass(frozen=True, slots=True)
class Lie:
    """Told of the first record that `of` accepts: fields that are not true, from the record and the log's length."""

    fault: str
    of: Callable[[Any], bool]
    tells: Callable[[Any, int], dict[str, object]]


def a_look(that: Callable[[Look], bool]) -> Callable[[Record], bool]:
    return lambda one: isinstance(one, Look) and that(one)


def a_try(outcome: str, that: Callable[[Try], bool] = lambda _: True) -> Callable[[Record], bool]:
    return lambda one: isinstance(one, Try) and one.outcome == outcome and that(one)


RECORDED = a_try("Appended", lambda one: bool(one.events) and (one.position or 0) > 50 and one.after is not None)
LIES = [
    Lie("saw something else", a_look(lambda one: True), lambda one, last: {"seen": [*one.seen, last]}),
    Lie("saw something else", a_look(lambda one: bool(one.seen)), lambda one, last: {"seen": one.seen[1:]}),
    Lie("saw something else", a_look(lambda one: len(one.seen) == one.limit), lambda one, last: {"limit": 0}),
    Lie("saw something else", a_look(lambda one: len(one.seen) > 1), lambda one, last: {"seen": one.seen[::-1]}),
    Lie("that the log never had", a_look(lambda one: True), lambda one, last: {"head": last + 1}),
    Lie("a time before its last event", a_look(lambda one: one.head > 0), lambda one, last: {"now": YESTERDAY}),
    Lie("was known", a_look(lambda one: one.head > 50), lambda one, last: {"head": 1, "seen": []}),
    Lie("was put before", RECORDED, lambda one, last: {"began": LATE, "ended": LATE}),
    Lie("accepted against its condition", RECORDED, lambda one, last: {"after": 0, "query": []}),
    Lie("not recorded where it was told", RECORDED, lambda one, last: {"position": one.position + 1}),
    Lie("not recorded as it was given", RECORDED, lambda one, last: {"events": [*one.events, ("Held", [])]}),
    Lie("not recorded as it was given", RECORDED, lambda one, last: {"events": [("Other", [])]}),
    Lie("recorded all the same", RECORDED, lambda one, last: {"outcome": "Conflict"}),
    Lie("recorded all the same", RECORDED, lambda one, last: {"outcome": "Refused"}),
    Lie("accepted against its condition", RECORDED, lambda one, last: {"outcome": "Unknown", "after": 0, "query": []}),
    Lie("nobody wrote it", RECORDED, lambda one, last: {"name": "somebody"}),
    Lie("failed with UniqueViolation", RECORDED, lambda one, last: {"outcome": "UniqueViolation"}),
    Lie(
        "not recorded as it was given",
        a_try("Conflict"),
        lambda one, last: {"outcome": "Appended", "events": [("", [])]},
    ),
    Lie("refused without reason", a_try("Conflict"), lambda one, last: {"position": one.after}),
    Lie("refused without reason", a_try("Conflict"), lambda one, last: {"query": [([], ["nobody's"])]}),
    Lie("refused without reason", a_try("Conflict"), lambda one, last: {"after": None}),
    Lie("had its effect 2 times", a_try("AlreadySeen"), lambda one, last: {"outcome": "Appended", "kept": None}),
    Lie("as something that it was not", a_try("AlreadySeen"), lambda one, last: {"position": one.position + 1}),
    Lie("as something that it was not", a_try("AlreadySeen"), lambda one, last: {"kept": one.kept[::-1]}),
    Lie(
        "was forgotten",
        lambda one: isinstance(one, Inquiry) and one.kept is not None,
        lambda one, last: {"position": None, "kept": None},
    ),
    Lie("once and in order", lambda one: isinstance(one, Following), lambda one, last: {"seen": one.seen[1:]}),
    Lie("once and in order", lambda one: isinstance(one, Following), lambda one, last: {"seen": [1, *one.seen]}),
    Lie("once and in order", lambda one: isinstance(one, Following), lambda one, last: {"seen": one.seen[::-1]}),
]


@pytest.fixture(scope="module")
def race(make_ledger: Callable[[], ProvisionedDatabase]) -> Race:
    over = asyncio.run(short_race(make_ledger(), seed=0))
    assert faults(over.log, over.records) == []
    return over


@pytest.mark.parametrize("lie", LIES, ids=[f"{number} {lie.fault}" for number, lie in enumerate(LIES)])
def test_the_oracle_sees_through_a_lie(race: Race, lie: Lie) -> None:
    number = next(number for number, one in enumerate(race.records) if lie.of(one))
    told = [*race.records]
    told[number] = replace(told[number], **lie.tells(told[number], len(race.log)))
    found = faults(race.log, told)
    assert any(lie.fault in fault for fault in found), found[:5]


def test_the_oracle_misses_an_event_that_is_not_in_the_log(race: Race) -> None:
    middle = len(race.log) // 2
    found = faults(race.log[:middle] + race.log[middle + 1 :], race.records)
    assert "positions have gaps" in found
    assert any("not recorded as it was given" in fault for fault in found)
    assert any("saw something else" in fault for fault in found)


def test_the_oracle_sees_that_the_log_itself_was_changed(race: Race) -> None:
    one, other = race.log[9:11]
    late = [*race.log[:9], replace(one, recorded_at=other.recorded_at), *race.log[10:]]
    assert "recorded_at does not grow" in faults(late, race.records)
    unlike = [*race.log[:9], replace(one, hash=bytes(32)), *race.log[10:]]
    assert any(fault.startswith("the chain breaks at 10") for fault in faults(unlike, race.records))


def test_an_append_whose_answer_was_lost_may_be_recorded_or_not(race: Race) -> None:
    lost = [
        replace(one, outcome="Unknown", position=None, kept=None)
        if isinstance(one, Try) and one.outcome in ("Appended", "Conflict") and number % 3 == 0
        else one
        for number, one in enumerate(race.records)
    ]
    assert lost != race.records
    assert faults(race.log, lost) == []
