"""One store, one caller at a time: what an append records, and what a read finds."""

from datetime import UTC
from uuid import uuid4

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


def tagged(*tags: str, types: tuple[str, ...] = ()) -> DCBQuery:
    return DCBQuery([DCBQueryItem(types=list(types), tags=list(tags))])


def fresh_tag(kind: str = "hold") -> str:
    return f"{kind}:{uuid4()}"


async def test_an_event_comes_back_as_it_was_given(store: EventStore) -> None:
    tag = fresh_tag()
    event = Event(
        "SlotHeld", b"\x00{}\xff", [tag, "été", "é'\"\\{,}:"], version=3, metadata={"actor": 'é"\\', "a": "\x00"}
    )
    answer = await store.append([event])
    snapshot = await store.read(tagged(tag))
    assert isinstance(answer, Appended)
    (recorded,) = snapshot.events
    assert recorded.event == event
    assert recorded.position == answer.position == snapshot.head
    assert recorded.recorded_at.tzinfo == UTC
    assert snapshot.now >= recorded.recorded_at


async def test_a_condition_that_nothing_matches_lets_the_append_pass_and_the_next_one_meets_it(
    store: EventStore,
) -> None:
    tag = fresh_tag()
    condition = DCBAppendCondition(tagged(tag), after=await store.head())
    first = await store.append([Event("SlotHeld", b"1", [tag])], condition=condition)
    second = await store.append([Event("SlotHeld", b"2", [tag])], condition=condition)
    assert isinstance(first, Appended)
    assert second == Conflict(first.position)
    assert [one.event.data for one in (await store.read(tagged(tag))).events] == [b"1"]


async def test_a_request_is_recorded_once_and_its_answer_is_kept(store: EventStore) -> None:
    tag, request = fresh_tag(), Request(uuid4(), b"body", b"answer")
    assert await store.find_request(request.id) is None
    first = await store.append([Event("SlotHeld", b"1", [tag])], request=request)
    again = await store.append([Event("SlotHeld", b"2", [tag])], request=Request(request.id, b"other", b"new"))
    assert isinstance(first, Appended)
    assert again == AlreadySeen(first.position, b"body", b"answer") == await store.find_request(request.id)
    assert len((await store.read(tagged(tag))).events) == 1
