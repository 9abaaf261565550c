"""The log as it stood: at any position and any instant, the same as whoever read it then; on both faces."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import (
    DCBQuery,
    DCBQueryItem,
    Event,
    EventStore,
    LogBroken,
    RecordedEvent,
    Snapshot,
    SyncEventStore,
    tagged,
)

# Of an appointment, of an agenda, of a person, of either of two, of a type, of everything.
QUERIES = [
    tagged("appointment:1"),
    tagged("agenda:a"),
    tagged("agenda:a", "person:p"),
    DCBQuery([DCBQueryItem(tags=["appointment:2"]), DCBQueryItem(tags=["person:p"])]),
    tagged(types=["Cancelled"]),
    DCBQuery(),
]


async def record(store: EventStore) -> list[list[Snapshot]]:
    """Twenty events, and what each query gave before the first of them and after each."""
    told = [[await store.read(query) for query in QUERIES]]
    for n in range(20):
        tags = [f"appointment:{n % 4}", f"agenda:{'ab'[n % 2]}", *(["person:p"] if n % 3 else [])]
        await store.append([Event("Cancelled" if n % 5 == 4 else "Confirmed", b"%d" % n, tags)])
        told.append([await store.read(query) for query in QUERIES])
    return told


def log_of(store: SyncEventStore) -> list[RecordedEvent]:
    return [event for portion in store.read_range() for event in portion]


async def test_a_query_up_to_a_position_gives_what_it_gave_then(fresh: ProvisionedDatabase) -> None:
    async with EventStore(fresh.service_url) as store:
        told = await record(store)
        with SyncEventStore(fresh.service_url) as face:
            for position, then in enumerate(told):
                for query, snapshot in zip(QUERIES, then, strict=True):
                    assert snapshot.head == position
                    for now in (await store.read(query, until=position), face.read(query, until=position)):
                        assert (now.events, now.head) == (snapshot.events, position)


async def test_until_goes_together_with_after_and_limit(fresh: ProvisionedDatabase) -> None:
    async with EventStore(fresh.service_url) as store:
        await record(store)

        async def positions(**named: Any) -> list[int]:
            return [each.position for each in (await store.read(DCBQuery(), **named)).events]

        assert await positions(after=3, until=7) == [4, 5, 6, 7]
        assert await positions(after=3, until=7, limit=2) == [4, 5]
        assert await positions(after=7, until=7) == await positions(after=9, until=7) == []
        assert await positions(until=0) == await positions(until=-1) == []
        beyond = await store.read(DCBQuery(), until=99)
        assert (len(beyond.events), beyond.head) == (20, 20)
        with pytest.raises(ValueError, match="NUL"):
            await store.read(tagged("a\x00"), until=3)


async def test_an_instant_is_found_by_its_position_between_any_two_events(fresh: ProvisionedDatabase) -> None:
    early, a_moment = datetime(2020, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
    async with EventStore(fresh.service_url) as store:
        assert await store.position_at(datetime.now(UTC)) == 0
        with SyncEventStore(fresh.service_url) as face:
            for n in range(17):
                await store.append([Event("Noted", b"")])
                log = log_of(face)
                assert await store.position_at(early) == 0
                assert await store.position_at(datetime.now(UTC) + timedelta(days=1)) == n + 1
                for each in log:
                    for position in (await store.position_at(each.recorded_at), face.position_at(each.recorded_at)):
                        assert position == each.position
                    assert face.position_at(each.recorded_at - a_moment) == each.position - 1


def test_an_instant_without_offset_is_refused(fresh: ProvisionedDatabase) -> None:
    with SyncEventStore(fresh.service_url) as store, pytest.raises(ValueError, match="offset"):
        store.position_at(datetime(2027, 1, 1))  # noqa: DTZ001


async def test_a_log_whose_old_events_were_put_away_is_still_searched_and_one_with_a_gap_is_not(
    fresh: ProvisionedDatabase,
) -> None:
    async with EventStore(fresh.service_url) as store:
        await record(store)
        with SyncEventStore(fresh.service_url) as face, psycopg.connect(fresh.owner_url, autocommit=True) as owner:
            log = log_of(face)
            owner.execute("DELETE FROM ledger.events WHERE position <= 8")
            assert [face.position_at(each.recorded_at) for each in log] == [8] * 8 + list(range(9, 21))
            owner.execute("DELETE FROM ledger.events WHERE position = 14")
            with pytest.raises(LogBroken):
                face.position_at(log[13].recorded_at)


async def test_an_instant_costs_a_few_looks_at_the_primary_key(fresh: ProvisionedDatabase) -> None:
    async with EventStore(fresh.service_url) as store:
        for _ in range(20):
            await store.append([Event("Noted", b"")] * 500)
        middle = (await store.read(DCBQuery(), after=4999, limit=1)).events[0]
    with psycopg.connect(fresh.owner_url) as owner:
        from event_store.past import POSITION_AT

        owner.execute("SET enable_seqscan = off")
        plan = owner.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {POSITION_AT}", {"instant": middle.recorded_at})
        row = plan.fetchone()
    assert row is not None
    assert looks(row[0][0]["Plan"]) < 40


def looks(node: dict[str, Any]) -> int:
    """How many rows of the log were read."""
    own = int(node["Actual Rows"] * node["Actual Loops"]) if node.get("Relation Name") == "events" else 0
    return own + sum(looks(each) for each in node.get("Plans", []))
