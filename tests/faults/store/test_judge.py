"""The judge itself: an honest history is found right, and each kind of planted fault is found by its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count

import psycopg
import pytest
from event_store import Appended, DCBAppendCondition, EventStore
from psycopg import sql

from .journal import Line, Story
from .judge import Judge
from .ledger import Ledger
from .wishes import Wish, wish

# Requests of several events on a condition, so that all that can go wrong can go wrong with each.
_WISHES = [one for one in (wish(f"planted.s0.{n}") for n in range(100)) if one.hour and len(one.events) > 1][:4]


@dataclass
class History:
    """A ledger, the store on it, and what its one client wrote down."""

    ledger: Ledger
    store: EventStore
    told: dict[str, Story]

    async def add(self, wanted: Wish) -> None:
        head = await self.store.head()
        condition = DCBAppendCondition(wanted.query, after=head) if wanted.query else None
        answer = await self.store.append(wanted.events, condition=condition, request=wanted.request)
        assert isinstance(answer, Appended)
        self.tell(wanted, ("try", head), ("Appended", answer.position))

    def tell(self, wanted: Wish, *words: tuple[str, int]) -> None:
        clock = count(1.0)
        lines = [Line(next(clock), wanted.name, word, number) for word, number in words]
        self.told[wanted.name] = Story(wanted.name, lines)

    def alter(self, statement: str) -> None:
        with psycopg.connect(self.ledger.database.owner_url) as owner:
            owner.execute(statement.encode())

    async def found(self) -> set[str]:
        judge = Judge(self.ledger.database.service_url)
        await judge.read_on()
        judge.judge(self.told)
        judge.judge_strangers(self.told)
        with self.ledger.as_superuser() as connection:
            judge.judge_tables(connection)
        return set(judge.found)


@pytest.fixture
async def history(ledger: Ledger, request: pytest.FixtureRequest) -> AsyncIterator[History]:
    """A short honest history, on a copy of the empty ledger for each test."""
    name = f"{ledger.name}_{request.node.name.translate(str.maketrans('[]-', '___'))}"[-60:]
    with psycopg.connect(ledger.server.url, autocommit=True) as superuser:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
        superuser.execute(words.format(*map(sql.Identifier, (name, ledger.name, f"{ledger.name}_owner"))))
    copy = ledger.on(ledger.server, name)
    async with EventStore(copy.database.service_url) as store:
        made = History(copy, store, {})
        for wanted in _WISHES[:3]:
            await made.add(wanted)
        yield made
    with psycopg.connect(ledger.server.url, autocommit=True) as superuser:
        superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def lose_one(history: History) -> None:
    history.tell(_WISHES[3], ("try", 0), ("Appended", 99))


async def say_another_position(history: History) -> None:
    history.tell(_WISHES[0], ("try", 0), ("AlreadySeen", 99))


async def double_one(history: History) -> None:
    await history.store.append(_WISHES[0].events)


async def tear_one(history: History) -> None:
    await history.store.append(_WISHES[3].events[:1])
    history.tell(_WISHES[3], ("try", 0))


async def deny_one(history: History) -> None:
    history.tell(_WISHES[0], ("try", 0), ("nothing", 0))


async def ignore_a_condition(history: History) -> None:
    hour = _WISHES[0].hour
    other = next(one for one in map(wish, (f"late.s0.{n}" for n in range(500))) if one.hour == hour)
    answer = await history.store.append(other.events, request=other.request)
    history.tell(other, ("try", 0), ("Appended", answer.position))


async def add_a_stranger(history: History) -> None:
    del history.told[_WISHES[0].name]


async def remove_an_event(history: History) -> None:
    history.alter("DELETE FROM ledger.events WHERE position = 2")


async def change_an_event(history: History) -> None:
    history.alter("UPDATE ledger.events SET type = 'Other' WHERE position = 1")


async def forget_a_request(history: History) -> None:
    history.alter("DELETE FROM ledger.requests WHERE position = (SELECT min(position) FROM ledger.requests)")


async def forget_a_tag(history: History) -> None:
    history.alter("DELETE FROM ledger.event_tags WHERE position = 1")


async def test_an_honest_history_is_found_right(history: History) -> None:
    # One that was never answered, and is not there, belongs to it.
    history.tell(_WISHES[3], ("try", 0), ("unknown", 0))
    assert await history.found() == set()


@pytest.mark.parametrize(
    ("plant", "violation"),
    [
        (lose_one, "lost"),
        (say_another_position, "misplaced"),
        (double_one, "doubled"),
        (tear_one, "torn"),
        (deny_one, "denied"),
        (ignore_a_condition, "unconditional"),
        (add_a_stranger, "strangers"),
        (remove_an_event, "gaps"),
        (change_an_event, "chain"),
        (forget_a_request, "unlike"),
        (forget_a_tag, "unlike"),
    ],
)
async def test_a_planted_fault_is_found_by_its_name(
    history: History, plant: Callable[[History], Awaitable[None]], violation: str
) -> None:
    await plant(history)
    assert violation in await history.found()
