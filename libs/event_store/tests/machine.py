"""Hypothesis plays with the ledger, step by step, and holds every answer against the model's."""

from collections import Counter
from uuid import UUID, uuid4

import psycopg
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
    verify_chain,
    wire,
)
from event_store.reading import Find, Read, read_answers, read_parameters
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from psycopg.pq import TransactionStatus

from .model import Model

TYPES = st.sampled_from(["A", "B", "é"])
# Few and alike, so that queries hit: one that begins another, one with quoting to survive.
TAGS = st.sampled_from(["a:1", "a:12", "b:\"{},\\é'"])
EVENTS = st.builds(Event, TYPES, st.binary(max_size=20), st.lists(TAGS, max_size=4))
QUERIES = st.builds(
    DCBQuery,
    st.lists(st.builds(DCBQueryItem, st.lists(TYPES, max_size=2), st.lists(TAGS, max_size=2)), max_size=3),
)
REQUEST_IDS = st.sampled_from([UUID(int=n) for n in range(3)])
REQUESTS = st.builds(Request, REQUEST_IDS, st.binary(max_size=3), st.binary(max_size=3))
# How far behind the head a position is, for most; before the first and beyond the last, for some.
BEHIND = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 100, -1, -100])
FAR_BEHIND = st.sampled_from([100, 100, 100, 8, 5, 3, 2, 1, 0, -1])
CONDITIONS = st.none() | st.tuples(QUERIES, st.none() | BEHIND)
APPENDS = st.tuples(st.lists(EVENTS, max_size=3), CONDITIONS, st.none() | REQUESTS)
Append = tuple[list[Event], tuple[DCBQuery, int | None] | None, Request | None]
GROUPS: st.SearchStrategy[list[Append]] = st.lists(APPENDS, min_size=2, max_size=5)
READS = st.tuples(QUERIES, FAR_BEHIND, st.sampled_from([None, 1, 2, 0, 3, -1]))


class LedgerMachine(RuleBasedStateMachine):
    """One example is one transaction, which is rolled back: each begins with an empty ledger."""

    def __init__(self, connection: psycopg.Connection, met: Counter[str]) -> None:
        super().__init__()
        self._connection = connection
        self._model = Model(met)

    @initialize(group=GROUPS)
    def begin(self, group: list[Append]) -> None:
        assert self._log() == []
        self.append(group)

    @rule(group=GROUPS)
    def append(self, group: list[Append]) -> None:
        head = len(self._model.log)
        appends = [(events, self._condition(condition), request) for events, condition, request in group]
        calls = [wire.append_call(*append, uuid4()) for append in appends]
        rows = self._rows(wire.APPEND, wire.append_parameters(calls))
        # The server ends a transaction that lingers after an append; an example is one, and the machine may be slow.
        self._connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        self._connection.execute("SET LOCAL transaction_timeout = 0")
        answers = [wire.append_answer(call, row) for call, row in zip(calls, rows, strict=True)]
        for append, answer in zip(appends, answers, strict=True):
            expected = self._model.append(*append, group_began=head)
            if isinstance(expected, Appended | AlreadySeen):
                assert answer == expected
            else:
                assert isinstance(answer, Conflict)
                assert answer.position in expected

    @rule(reads=st.lists(READS, min_size=2, max_size=4), ids=st.lists(REQUEST_IDS, max_size=2))
    def read(self, reads: list[tuple[DCBQuery, int, int | None]], ids: list[UUID]) -> None:
        calls: list[Read | Find] = [Read(query, self._position(behind), limit) for query, behind, limit in reads]
        calls = [*calls[:1], *map(Find, ids), *calls[1:]]
        rows = self._rows(wire.READ, read_parameters(calls))
        for call, answer in zip(calls, read_answers(calls, rows), strict=True):
            if isinstance(call, Find):
                assert answer == self._model.find(call.request_id)
                continue
            assert isinstance(answer, Snapshot)
            expected = self._model.read(call.query, call.after, call.limit)
            assert [one.position for one in answer.events] == expected
            assert [one.event for one in answer.events] == [self._model.log[n - 1] for n in expected]
            assert answer.head == len(self._model.log)
            assert all(one.recorded_at <= answer.now for one in answer.events)

    @rule(behind=FAR_BEHIND, until=st.none() | BEHIND, limit=st.integers(1, 5))
    def read_range(self, behind: int, until: int | None, limit: int) -> None:
        after, end = self._position(behind), None if until is None else self._position(until)
        rows = self._rows(wire.READ_RANGE, wire.range_parameters(after, end, limit))
        positions = [n for n in range(1, len(self._model.log) + 1) if after < n and (end is None or n <= end)]
        assert [wire.recorded_event(row).position for row in rows] == positions[:limit]

    def teardown(self) -> None:
        try:
            # A statement that failed was raised already, and nothing can be read after it.
            if self._connection.info.transaction_status is not TransactionStatus.INERROR:
                log = self._log()
                assert [one.event for one in log] == self._model.log
                assert verify_chain(log).intact
        finally:
            self._connection.rollback()

    def _log(self) -> list[wire.RecordedEvent]:
        return [wire.recorded_event(row) for row in self._rows(wire.READ_RANGE, wire.range_parameters(0, None, 1000))]

    def _rows(self, statement: str, parameters: tuple[object, ...]) -> list[wire.Row]:
        return self._connection.cursor(binary=True).execute(statement, parameters).fetchall()

    def _position(self, behind: int) -> int:
        return len(self._model.log) - behind

    def _condition(self, condition: tuple[DCBQuery, int | None] | None) -> DCBAppendCondition | None:
        if condition is None:
            return None
        query, behind = condition
        return DCBAppendCondition(query, after=None if behind is None else self._position(behind))
