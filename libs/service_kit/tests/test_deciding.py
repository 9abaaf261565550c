"""Commands on one subject take turns, a conflict is decided anew, and a refusal stores nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from event_store import AlreadySeen, Appended, DCBQuery, DCBQueryItem, Event, EventStore, Request, Snapshot
from service_kit.deciding import Contended, Decider, Proposal

SEATS = DCBQuery([DCBQueryItem(tags=["room:1"])])


@pytest.fixture
async def store(migrated: Any) -> AsyncIterator[EventStore]:
    async with EventStore(migrated.service_url) as opened:
        yield opened


class Full(Exception):
    """No seat is left."""


def take_one_of_three(snapshot: Snapshot) -> Proposal:
    if len(snapshot.events) >= 3:
        raise Full
    return Proposal([Event("SeatTaken", b"{}", ["room:1"])])


async def test_two_processes_never_take_more_than_there_is(store: EventStore, migrated: Any) -> None:
    async with EventStore(migrated.service_url) as other:
        deciders = [Decider(store), Decider(other)]  # each stands for a process with a queue of its own
        outcomes = await asyncio.gather(
            *(deciders[n % 2].handle("room:1", SEATS, take_one_of_three) for n in range(20)), return_exceptions=True
        )
    assert sum(isinstance(outcome, Full) for outcome in outcomes) == 17
    assert len((await store.read(SEATS)).events) == 3


async def test_a_conflict_is_decided_anew_on_what_is_there_then(store: EventStore) -> None:
    seen: list[int] = []
    loop = asyncio.get_running_loop()
    rivals: list[asyncio.Task[Any]] = []

    def decide(snapshot: Snapshot) -> Proposal:
        seen.append(len(snapshot.events))
        if len(seen) == 1:  # somebody else appends between this read and this append: their call is sent first
            rivals.append(loop.create_task(store.append([Event("SeatTaken", b"{}", ["room:1"])])))
        return take_one_of_three(snapshot)

    class Slower(EventStore):
        async def append(self, *arguments: Any, **named: Any) -> Any:
            await asyncio.gather(*rivals)
            return await store.append(*arguments, **named)

        async def read(self, *arguments: Any, **named: Any) -> Snapshot:
            return await store.read(*arguments, **named)

    decided = await Decider(Slower("postgresql://nobody@127.0.0.1:1/nothing")).handle("room:1", SEATS, decide)
    assert seen == [0, 1]
    assert isinstance(decided.outcome, Appended)
    assert len(decided.snapshot.events) == 1


async def test_one_who_never_gets_through_is_told_so_and_nothing_of_theirs_is_stored(store: EventStore) -> None:
    async def rival() -> None:
        await store.append([Event("SeatTaken", b"theirs", ["room:1"])])

    class Crowded(EventStore):
        async def append(self, *arguments: Any, **named: Any) -> Any:
            await rival()
            return await store.append(*arguments, **named)

        async def read(self, *arguments: Any, **named: Any) -> Snapshot:
            return await store.read(*arguments, **named)

    def decide(snapshot: Snapshot) -> Proposal:
        return Proposal([Event("SeatTaken", b"mine", ["room:1"])])

    crowded = Crowded("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Contended):
        await Decider(crowded).handle("room:1", SEATS, decide, attempts_max=3)
    assert [one.event.data for one in (await store.read(SEATS)).events] == [b"theirs"] * 3


async def test_a_repeated_request_is_answered_with_what_was_kept(store: EventStore) -> None:
    request = Request(uuid4(), b"body", b"answer")

    def decide(snapshot: Snapshot) -> Proposal:
        return Proposal([Event("SeatTaken", b"{}", ["room:1"])], request)

    decider = Decider(store)
    assert isinstance((await decider.handle("room:1", SEATS, decide)).outcome, Appended)
    again = (await decider.handle("room:1", SEATS, decide)).outcome
    assert isinstance(again, AlreadySeen)
    assert (again.fingerprint, again.answer) == (b"body", b"answer")
    assert len((await store.read(SEATS)).events) == 1


async def test_an_answer_without_events_needs_no_condition(store: EventStore) -> None:
    await store.append([Event("SeatTaken", b"{}", ["room:1"])])
    request = Request(uuid4(), b"body", b"refused")
    decided = await Decider(store).handle("room:1", SEATS, lambda _: Proposal([], request))
    assert isinstance(decided.outcome, Appended)
    assert (await store.find_request(request.id)) is not None
