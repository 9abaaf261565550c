"""What was heard, asked one by one and many at once: each question gets its own answer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from booking.adapters.heard import HeardTables, apply
from booking.application.react import AgendaTouched, Effect, Erased, MayBookFor
from event_store import StoreUnavailable
from service_kit.database import Database

from ..given import NINE, minutes, visit
from ..house import new_id


@pytest.fixture
async def tables(databases: Any) -> AsyncIterator[HeardTables]:
    made = HeardTables(databases.log.service_url)
    yield made
    await made.close()


@pytest.fixture
async def hear(databases: Any) -> AsyncIterator[Any]:
    database = Database(databases.log.service_url)
    await database.open()

    async def told(*effects: Effect) -> None:
        async with database.transaction() as connection:
            for effect in effects:
                await apply(connection, effect)

    yield told
    await database.close()


async def test_the_newest_change_that_touches_the_visit_counts(tables: HeardTables, hear: Any) -> None:
    agenda, hour = new_id(), timedelta(hours=1)
    stretch = visit(NINE, 30, agenda=agenda).stretch
    assert await tables.newest_change(stretch, 0) is None
    await hear(
        AgendaTouched(agenda, 1, None, None),
        AgendaTouched(agenda, 2, NINE - hour, NINE),
        AgendaTouched(agenda, 3, NINE + minutes(29), None),
        AgendaTouched(agenda, 4, NINE + minutes(30), NINE + hour),
        AgendaTouched(new_id(), 9, None, None),
    )
    assert [await tables.newest_change(stretch, after) for after in range(5)] == [3, 3, 3, None, None]
    await hear(AgendaTouched(agenda, 4, None, None))  # said again, and otherwise: the first word counts
    assert await tables.newest_change(stretch, 3) is None


async def test_many_questions_at_once_are_each_answered(tables: HeardTables, hear: Any) -> None:
    accounts, agendas = [new_id() for _ in range(60)], [new_id() for _ in range(60)]
    for number, (account, agenda) in enumerate(zip(accounts, agendas, strict=True)):
        people = [MayBookFor(account, f"{account}-{n}") for n in range(number % 3)]
        await hear(*people, AgendaTouched(agenda, number + 1, None, None))
    changes = [tables.newest_change(visit(agenda=agenda).stretch, 5) for agenda in agendas]
    answers = await asyncio.gather(*(tables.people_of(account) for account in accounts), *changes)
    assert [len(people) for people in answers[:60]] == [n % 3 for n in range(60)]
    assert answers[60:] == [n + 1 if n >= 5 else None for n in range(60)]


async def test_an_erased_person_is_not_bookable_again_whatever_is_heard_later(tables: HeardTables, hear: Any) -> None:
    account, other, person = new_id(), new_id(), new_id()
    await hear(MayBookFor(account, person), MayBookFor(other, person), MayBookFor(account, "somebody-else"))
    assert await tables.people_of(other) == {person}
    await hear(Erased(person), Erased(person), MayBookFor(other, person))
    assert await tables.people_of(other) == frozenset()
    assert await tables.people_of(account) == {"somebody-else"}


async def test_a_database_that_is_away_is_said_to_be_away() -> None:
    tables = HeardTables("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StoreUnavailable):
        await tables.people_of("anybody")
    await tables.close()
