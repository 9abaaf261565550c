"""Random events, queries, conditions and requests against a model that is a list."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

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
    Request,
    Snapshot,
)
from event_store.link import conninfo
from event_store.reading import Read, read_answers, read_parameters
from event_store.wire import APPEND, READ, append_answer, append_call, append_parameters
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TYPES = st.sampled_from(["A", "B", "é"])
# Few and alike, so that queries hit: each with quoting to survive, one that contains another.
TAGS = st.sampled_from(["a:1", "a:12", 'b:"{},\\', "c:é'"])
EVENTS = st.builds(Event, TYPES, st.binary(max_size=20), st.lists(TAGS, max_size=4))
QUERIES = st.builds(
    DCBQuery,
    st.lists(st.builds(DCBQueryItem, st.lists(TYPES, max_size=2), st.lists(TAGS, max_size=3)), max_size=3),
)
AFTER = st.none() | st.integers(-2, 12)
REQUEST_IDS = st.sampled_from([UUID(int=n) for n in range(3)])
Append = tuple[list[Event], DCBAppendCondition | None, Request | None]
APPENDS: st.SearchStrategy[Append] = st.tuples(
    st.lists(EVENTS, max_size=3),
    st.none() | st.builds(DCBAppendCondition, QUERIES, AFTER),
    st.none() | st.builds(Request, REQUEST_IDS, st.binary(max_size=3), st.binary(max_size=3)),
)
READS = st.builds(Read, QUERIES, st.integers(-1, 12), st.none() | st.integers(0, 4))


class Model:
    """The whole meaning of the store in a list and a dictionary."""

    def __init__(self) -> None:
        self.log: list[Event] = []
        self.seen: dict[UUID, AlreadySeen] = {}

    def matching(self, query: DCBQuery, after: int) -> list[int]:
        return [
            position
            for position, event in enumerate(self.log, start=1)
            if position > after
            and (
                not query.items
                or any(
                    (not item.types or event.type in item.types) and set(item.tags) <= set(event.tags)
                    for item in query.items
                )
            )
        ]

    def append(
        self, events: list[Event], condition: DCBAppendCondition | None, request: Request | None
    ) -> Appended | AlreadySeen | list[int]:
        """The answer; of a conflict, the positions any of which may be named."""
        if request is not None and request.id in self.seen:
            return self.seen[request.id]
        if condition is not None:
            met = self.matching(condition.fail_if_events_match, condition.after or 0)
            if met:
                return met
        self.log += events
        if request is not None:
            self.seen[request.id] = AlreadySeen(len(self.log), request.fingerprint, request.answer)
        return Appended(len(self.log))


@pytest.fixture(scope="module")
def connection(make_ledger: Callable[[], ProvisionedDatabase]) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo(make_ledger().service_url, "model"), autocommit=False) as opened:
        yield opened


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(APPENDS, min_size=1, max_size=4), max_size=4), reads=st.lists(READS, max_size=5))
def test_the_store_answers_as_the_list_does(
    connection: psycopg.Connection, groups: list[list[Append]], reads: list[Read]
) -> None:
    model = Model()
    try:
        for group in groups:
            calls = [append_call(*append, uuid4()) for append in group]
            rows = connection.cursor(binary=True).execute(APPEND, append_parameters(calls)).fetchall()
            answers = [append_answer(call, row) for call, row in zip(calls, rows, strict=True)]
            for append, answer in zip(group, answers, strict=True):
                expected = model.append(*append)
                if isinstance(expected, list):
                    assert isinstance(answer, Conflict)
                    assert answer.position in expected
                else:
                    assert answer == expected
        rows = connection.cursor(binary=True).execute(READ, read_parameters(reads)).fetchall()
        for read, snapshot in zip(reads, read_answers(reads, rows), strict=True):
            assert isinstance(snapshot, Snapshot)
            expected_positions = model.matching(read.query, read.after)[: read.limit]
            assert [one.position for one in snapshot.events] == expected_positions
            assert [one.event for one in snapshot.events] == [model.log[n - 1] for n in expected_positions]
            assert snapshot.head == len(model.log)
    finally:
        connection.rollback()
