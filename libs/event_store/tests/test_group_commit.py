"""Many callers in one process: they travel together, and none of them pays for another."""

import asyncio
from uuid import uuid4

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import (
    AlreadySeen,
    Appended,
    Conflict,
    DCBAppendCondition,
    DCBQuery,
    DCBQueryItem,
    Event,
    EventStore,
    Request,
    TooBusy,
)


def tagged(tag: str) -> DCBQuery:
    return DCBQuery([DCBQueryItem(tags=[tag])])


async def test_of_many_calls_in_one_group_each_is_answered_alone(store: EventStore) -> None:
    tag, request = f"hold:{uuid4()}", Request(uuid4(), b"f", b"a")
    once = DCBAppendCondition(tagged(tag), after=await store.head())
    answers = await asyncio.gather(
        *(store.append([Event("Held", b"%d" % n, [tag])], condition=once) for n in range(20)),
        *(store.append([Event("Noted", b"")], request=request) for _ in range(5)),
    )
    kinds = [type(answer) for answer in answers]
    assert (kinds[:20].count(Appended), kinds[:20].count(Conflict)) == (1, 19)
    assert (kinds[20:].count(Appended), kinds[20:].count(AlreadySeen)) == (1, 4)


async def test_pending_appends_share_a_transaction_and_pending_reads_a_statement(
    store: EventStore, shared: ProvisionedDatabase
) -> None:
    tags = [f"hold:{uuid4()}" for _ in range(50)]
    await asyncio.gather(*(store.append([Event("Held", tag.encode(), [tag])]) for tag in tags))
    snapshots = await asyncio.gather(*(store.read(tagged(tag)) for tag in tags))
    assert [[one.event.data for one in snapshot.events] for snapshot in snapshots] == [[tag.encode()] for tag in tags]
    assert len({snapshot.now for snapshot in snapshots}) <= 3
    with psycopg.connect(shared.owner_url) as connection:
        found = connection.execute(
            "SELECT count(DISTINCT xmin::text) FROM ledger.events WHERE convert_from(data, 'UTF8') = ANY (%s)", [tags]
        ).fetchone()
    assert found is not None
    assert found[0] <= 3


async def heads_seen(store: EventStore, callers: int, turns: int) -> set[int]:
    """The heads that callers saw who read and append again and again, all of them as soon as they are answered."""
    tags = [f"hold:{uuid4()}" for _ in range(callers)]
    seen: set[int] = set()

    async def decide(tag: str) -> None:
        for _ in range(turns):
            snapshot = await store.read(tagged(tag))
            seen.add(snapshot.head)
            answer = await store.append(
                [Event("Held", b"", [tag])], condition=DCBAppendCondition(tagged(tag), snapshot.head)
            )
            assert isinstance(answer, Appended)

    await asyncio.gather(*(decide(tag) for tag in tags))
    return seen


async def they_part(store: EventStore) -> bool:
    """In step, all sixteen would see one head in each turn, at every try; a busy machine brings some into step."""
    for _ in range(3):
        if len(await heads_seen(store, 16, 20)) >= 22:
            return True
    return False


async def test_callers_in_step_part_so_that_one_half_reads_while_the_other_is_appended(store: EventStore) -> None:
    assert await they_part(store)


async def test_callers_that_fell_into_step_part_again(store: EventStore) -> None:
    for _ in range(4):
        await asyncio.gather(*(store.append([Event("Noted", b"")]) for _ in range(16)))
    assert await they_part(store)


async def test_a_caller_that_goes_away_does_not_harm_the_others_of_its_group(store: EventStore) -> None:
    tags = [f"hold:{uuid4()}" for _ in range(40)]
    calls = [asyncio.create_task(store.append([Event("Held", b"", [tag])])) for tag in tags]
    reads = [asyncio.create_task(store.read(tagged(tag))) for tag in tags]
    for turn, leaving in enumerate([*calls[::2], *reads[::2]]):
        if turn % 3 == 0:
            await asyncio.sleep(0.001)
        leaving.cancel()
    assert all(isinstance(answer, Appended) for answer in await asyncio.gather(*calls[1::2]))
    await asyncio.gather(*reads[1::2])
    for tag in tags[1::2]:
        assert len((await store.read(tagged(tag))).events) == 1


async def test_what_the_server_refuses_fails_alone(store: EventStore) -> None:
    tags = [f"hold:{uuid4()}" for _ in range(5)]
    faulty = Event("Held", b"", id="not a uuid")  # type: ignore[arg-type]
    first = asyncio.create_task(store.head())
    answers = await asyncio.gather(
        *(store.append([Event("Held", b"", [tag])]) for tag in tags),
        store.append([faulty]),
        *(store.append([Event("Held", b"", [tag])]) for tag in tags),
        return_exceptions=True,
    )
    await first
    assert [type(answer) for answer in answers] == [Appended] * 5 + [psycopg.errors.InvalidTextRepresentation] + [
        Appended
    ] * 5
    for tag in tags:
        assert len((await store.read(tagged(tag))).events) == 2


async def test_more_calls_than_may_wait_are_refused_at_once(shared: ProvisionedDatabase) -> None:
    async with EventStore(shared.service_url, pending_max=10) as store:
        answers = await asyncio.gather(
            *(store.append([Event("Noted", b"")]) for _ in range(50)), return_exceptions=True
        )
        assert {type(answer) for answer in answers} == {Appended, TooBusy}
        assert isinstance(await store.append([Event("Noted", b"")]), Appended)


async def test_closing_answers_what_is_pending(shared: ProvisionedDatabase) -> None:
    store = EventStore(shared.service_url)
    await store.open()
    pending = [asyncio.create_task(store.append([Event("Noted", b"")])) for _ in range(10)]
    await asyncio.sleep(0)
    await store.close()
    assert all(isinstance(answer, Appended) for answer in await asyncio.gather(*pending))


@pytest.mark.parametrize("count", [1, 3, 7])
async def test_a_range_is_read_in_portions_and_ends_at_its_end(store: EventStore, count: int) -> None:
    start = await store.head()
    await store.append([Event("Noted", b"%d" % n) for n in range(6)])
    portions = [portion async for portion in store.read_range(after=start, until=start + 5, batch=count)]
    assert [one.position for portion in portions for one in portion] == [start + n for n in range(1, 6)]
    assert max(map(len, portions)) <= count
    assert [one async for one in store.read_range(after=start + 6)] == []
