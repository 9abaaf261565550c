"""One store, one caller at a time: what an append records, and what a read finds; the same on both faces."""

from datetime import UTC
from itertools import pairwise
from uuid import uuid4

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
)


@pytest.fixture
def store(each_face: EventStore) -> EventStore:
    return each_face


def tagged(*tags: str, types: tuple[str, ...] = ()) -> DCBQuery:
    return DCBQuery([DCBQueryItem(types=list(types), tags=list(tags))])


def fresh_tag(kind: str = "hold") -> str:
    return f"{kind}:{uuid4()}"


async def read_data(store: EventStore, query: DCBQuery, *, after: int = 0, limit: int | None = None) -> list[bytes]:
    return [one.event.data for one in (await store.read(query, after=after, limit=limit)).events]


async def test_an_event_comes_back_as_it_was_given(store: EventStore) -> None:
    tag = fresh_tag()
    tags = [tag, "été", "'\"\\{,}: ", tag]
    event = Event("SlotHeld", b"\x00{}\xff", tags, version=3, metadata={"actor": 'é"\\', "note": "\x00"})
    answer = await store.append([event])
    snapshot = await store.read(tagged(tag))
    assert isinstance(answer, Appended)
    (recorded,) = snapshot.events
    assert recorded.event == event
    assert recorded.position == answer.position == snapshot.head == await store.head()
    assert recorded.recorded_at.utcoffset() == UTC.utcoffset(None)
    assert snapshot.now >= recorded.recorded_at


async def test_positions_are_gapless_and_each_event_is_later_than_the_one_before(fresh: ProvisionedDatabase) -> None:
    async with EventStore(fresh.service_url) as store:
        assert await store.head() == 0
        assert await store.append([Event("A", b""), Event("B", b"")]) == Appended(2)
        await store.append([Event("C", b"")], condition=DCBAppendCondition())
        assert await store.append([Event("D", b"")]) == Appended(3)
        events = (await store.read(DCBQuery())).events
    assert [one.position for one in events] == [1, 2, 3]
    assert all(one.recorded_at < other.recorded_at for one, other in pairwise(events))


async def test_an_event_matches_when_all_tags_of_an_item_are_its_own_and_its_type_is_named(store: EventStore) -> None:
    one, other = fresh_tag(), fresh_tag()
    await store.append([Event("Held", b"1", [one]), Event("Held", b"2", [one, other]), Event("Freed", b"3", [other])])
    assert await read_data(store, tagged(one)) == [b"1", b"2"]
    assert await read_data(store, tagged(one, other)) == await read_data(store, tagged(other, one)) == [b"2"]
    assert await read_data(store, tagged(other, types=("Freed", "Other"))) == [b"3"]
    assert await read_data(store, tagged(one, types=("Freed",))) == []
    either = DCBQuery([DCBQueryItem(["Freed"], [other]), DCBQueryItem([], [one]), DCBQueryItem([], [one, other])])
    assert await read_data(store, either) == [b"1", b"2", b"3"]
    assert await read_data(store, either, limit=2) == [b"1", b"2"]


async def test_a_query_without_items_and_an_item_without_tags_look_at_the_whole_log(store: EventStore) -> None:
    type_name, head = fresh_tag("Type"), await store.head()
    await store.append([Event("Other", b"1"), Event(type_name, b"2"), Event(type_name, b"3")])
    assert await read_data(store, DCBQuery(), after=head) == [b"1", b"2", b"3"]
    assert await read_data(store, DCBQuery([DCBQueryItem()]), after=head + 1, limit=1) == [b"2"]
    assert await read_data(store, tagged(types=(type_name,))) == [b"2", b"3"]
    assert await read_data(store, DCBQuery(), after=head, limit=0) == []


async def test_a_condition_that_nothing_matches_lets_one_append_pass_and_stops_the_next(store: EventStore) -> None:
    tag = fresh_tag()
    condition = DCBAppendCondition(tagged(tag), after=await store.head())
    first = await store.append([Event("SlotHeld", b"1", [tag])], condition=condition)
    second = await store.append([Event("SlotHeld", b"2", [tag])], condition=condition)
    assert isinstance(first, Appended)
    assert second == Conflict(first.position)
    assert await read_data(store, tagged(tag)) == [b"1"]


async def test_a_condition_binds_after_its_position_only(store: EventStore) -> None:
    tag = fresh_tag()
    first = await store.append([Event("SlotHeld", b"1", [tag])])
    assert isinstance(first, Appended)
    met = DCBAppendCondition(tagged(tag), after=first.position - 1)
    free = DCBAppendCondition(tagged(tag), after=first.position)
    assert await store.append([Event("Held", b"", [tag])], condition=met) == Conflict(first.position)
    assert await store.append([Event("Held", b"", [tag])], condition=DCBAppendCondition(tagged(tag))) == Conflict(
        first.position
    )
    assert isinstance(await store.append([Event("Held", b"", [tag])], condition=free), Appended)


async def test_neighbouring_hours_never_meet_and_an_interval_over_the_boundary_meets_both(store: EventStore) -> None:
    agenda = str(uuid4())
    nine, ten = (f"hour:{agenda}:2026-11-24T{hour}" for hour in ("09", "10"))

    async def hold(*hours: str, after: int) -> Appended | Conflict | AlreadySeen:
        any_hour = DCBQuery([DCBQueryItem([], [hour]) for hour in hours])
        condition = DCBAppendCondition(any_hour, after=after)
        return await store.append([Event("SlotHeld", b"", [f"agenda:{agenda}", *hours])], condition=condition)

    start = await store.head()
    at_nine = await hold(nine, after=start)
    at_ten = await hold(ten, after=start)
    assert isinstance(at_nine, Appended)
    assert isinstance(at_ten, Appended)
    assert isinstance(await hold(nine, ten, after=start), Conflict)
    assert await hold(nine, ten, after=at_nine.position) == Conflict(at_ten.position)
    both = await hold(nine, ten, after=at_ten.position)
    assert isinstance(both, Appended)
    assert await hold(nine, after=at_nine.position) == await hold(ten, after=at_ten.position) == Conflict(both.position)


async def test_a_request_is_recorded_once_and_its_answer_is_kept(store: EventStore) -> None:
    tag, request = fresh_tag(), Request(uuid4(), b"body", b"answer")
    assert await store.find_request(request.id) is None
    first = await store.append([Event("SlotHeld", b"1", [tag])], request=request)
    again = await store.append([Event("SlotHeld", b"2", [tag])], request=Request(request.id, b"other", b"new"))
    assert isinstance(first, Appended)
    assert again == AlreadySeen(first.position, b"body", b"answer")
    assert await store.find_request(request.id) == again
    assert await read_data(store, tagged(tag)) == [b"1"]


async def test_a_conflict_is_not_remembered_so_the_request_may_be_decided_anew(store: EventStore) -> None:
    tag, request = fresh_tag(), Request(uuid4(), b"body", b"answer")
    await store.append([Event("SlotHeld", b"", [tag])])
    refused = await store.append(
        [Event("Held", b"", [tag])], condition=DCBAppendCondition(tagged(tag)), request=request
    )
    assert isinstance(refused, Conflict)
    assert await store.find_request(request.id) is None
    assert isinstance(await store.append([Event("Held", b"", [tag])], request=request), Appended)


async def test_an_answer_can_be_kept_without_an_event(store: EventStore) -> None:
    head, request = await store.head(), Request(uuid4(), b"body", b"answer")
    assert await store.append([], request=request) == Appended(head)
    assert await store.append([], request=request) == AlreadySeen(head, b"body", b"answer")
    assert await store.head() == head


@pytest.mark.parametrize(
    ("faulty", "reason"),
    [
        (Event("", b""), "type"),
        (Event("Held", b"", ["a\x00b"]), "NUL"),
        (Event("Held", b"", [""]), "empty"),
        (Event("Held", b"", ["\ud800"]), "surrogates"),
        (Event("Held", b"", version=0), "version"),
        (Event("Held", bytes(9 * 1024 * 1024)), "too large"),
    ],
)
async def test_an_event_that_cannot_be_recorded_is_refused_before_it_travels(
    store: EventStore, faulty: Event, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        await store.append([faulty])
