"""The hash chain: computed again outside the database, and every kind of tampering found at its position."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from embedded_parts.provision import ProvisionedDatabase
from event_store import GENESIS, ChainVerifier, Event, EventStore, RecordedEvent, verify_chain, verify_log


@pytest.fixture
async def chained(fresh: ProvisionedDatabase) -> AsyncIterator[EventStore]:
    async with EventStore(fresh.service_url) as store:
        for n in range(10):
            await store.append([Event("Noted", b"%d" % n, ["a:1", "é"], metadata={"actor": "é\n"})])
        yield store


async def log_of(store: EventStore) -> list[RecordedEvent]:
    return [event async for portion in store.read_range(batch=3) for event in portion]


async def test_an_untouched_log_verifies_from_its_beginning_and_from_a_trusted_head(chained: EventStore) -> None:
    events = await log_of(chained)
    assert events[0].previous_hash == GENESIS
    report = verify_chain(events)
    assert (report.verified, report.intact) == (10, True)
    assert verify_chain(events[4:], previous=events[3].hash).verified == 6


async def test_it_can_be_verified_in_portions(chained: EventStore) -> None:
    verifier = ChainVerifier()
    async for portion in chained.read_range(batch=3):
        verifier.add(portion)
    assert (verifier.report.verified, verifier.report.broken_at) == (10, None)


@pytest.mark.parametrize(
    "change",
    [
        "data = 'x'",
        "type = 'Other'",
        "version = 2",
        "id = gen_random_uuid()",
        "tags = ARRAY['a:1']",
        "tags = ARRAY['é', 'a:1']",
        """metadata = '{"actor": "somebody else"}'""",
        "metadata = metadata || ' '",
        "recorded_at = recorded_at + interval '1 microsecond'",
        "previous_hash = sha256('x')",
        "hash = sha256('x')",
    ],
)
async def test_a_changed_field_is_found_at_its_position(
    chained: EventStore, fresh: ProvisionedDatabase, change: str
) -> None:
    with psycopg.connect(fresh.owner_url) as owner:
        owner.execute(f"UPDATE ledger.events SET {change} WHERE position = 6")  # noqa: S608 - from the list above
    report = verify_chain(await log_of(chained))
    assert (report.verified, report.broken_at) == (5, 6)
    assert report.reason


@pytest.mark.parametrize(
    "change",
    [
        "tags = tags || 'another'::text",
        "tags = '{}'",
        "metadata = '{}'",
        "metadata = 'no JSON'",
        "data = set_byte(data, 20, get_byte(data, 20) # 1)",
        "data = substr(data, 1, 12)",
    ],
)
async def test_a_deflated_event_that_was_changed_is_found_and_does_not_stop_the_reading(
    fresh: ProvisionedDatabase, change: str
) -> None:
    async with EventStore(fresh.service_url) as store:
        for n in range(3):
            words = b'{"hold_id":"46e9cb26-843c-4482-96ac-a9dc22457f2b","zone":"Europe/Paris","number":%d}' % n
            await store.append([Event("Noted", words * 4, ["hold:46e9cb26-843c-4482-96ac-a9dc22457f2b"])])
        with psycopg.connect(fresh.owner_url) as owner:
            owner.execute(f"UPDATE ledger.events SET {change} WHERE position = 2")  # noqa: S608 - from the list above
        report = verify_chain(await log_of(store))
    assert (report.verified, report.broken_at) == (1, 2)
    assert verify_log(fresh.service_url) == report


@pytest.mark.parametrize(
    ("tamper", "found_at"),
    [
        ("DELETE FROM ledger.events WHERE position = 6", 7),
        ("DELETE FROM ledger.events WHERE position = 1", 2),
        ("DELETE FROM ledger.events WHERE position = 6; UPDATE ledger.events SET position = 6 WHERE position = 7", 6),
        (
            "UPDATE ledger.events SET position = -6 WHERE position = 6;"
            "UPDATE ledger.events SET position = 6 WHERE position = 7;"
            "UPDATE ledger.events SET position = 7 WHERE position = -6",
            6,
        ),
    ],
)
async def test_a_missing_or_moved_event_is_found(
    chained: EventStore, fresh: ProvisionedDatabase, tamper: str, found_at: int
) -> None:
    with psycopg.connect(fresh.owner_url) as owner:
        owner.execute(tamper)
    assert verify_chain(await log_of(chained)).broken_at == found_at


async def test_a_forged_event_with_its_own_hash_made_right_breaks_the_next(
    chained: EventStore, fresh: ProvisionedDatabase
) -> None:
    with psycopg.connect(fresh.owner_url) as owner:
        owner.execute(
            "UPDATE ledger.events SET data = 'x', hash = ledger.chain_hash("
            "previous_hash, position, id, type, version, tags, metadata, recorded_at, 'x') WHERE position = 6"
        )
    assert verify_chain(await log_of(chained)).broken_at == 7


def test_nothing_verifies_as_nothing() -> None:
    assert verify_chain([]).verified == 0


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_whole_log_verifies_by_stretches(
    chained: EventStore, fresh: ProvisionedDatabase, processes: int
) -> None:
    heard: list[int] = []
    report = verify_log(fresh.service_url, processes=processes, stretch=4, told=heard.append)
    assert (report.verified, report.intact) == (10, True)
    assert heard == [4, 8, 10]


@pytest.mark.parametrize("stretch", [3, 100])
@pytest.mark.parametrize(
    ("tamper", "found_at"),
    [
        ("UPDATE ledger.events SET data = 'x' WHERE position = 6", 6),
        ("UPDATE ledger.events SET data = '\\x01' WHERE position = 6", 6),
        ("UPDATE ledger.events SET tags = '{}' WHERE position = 6", 6),
        ("UPDATE ledger.events SET tags = ARRAY[ARRAY['a:1'], ARRAY['é']] WHERE position = 6", 6),
        ("UPDATE ledger.events SET tags = ARRAY['a:1', NULL] WHERE position = 6", 6),
        ("UPDATE ledger.events SET recorded_at = 'infinity' WHERE position = 6", 6),
        ("UPDATE ledger.events SET hash = sha256('x') WHERE position = 6", 6),
        ("UPDATE ledger.events SET hash = '' WHERE position = 6", 6),
        ("DELETE FROM ledger.events WHERE position = 6", 7),
        ("DELETE FROM ledger.events WHERE position BETWEEN 4 AND 6", 7),
        ("DELETE FROM ledger.events WHERE position BETWEEN 3 AND 9", 10),
    ],
)
async def test_tampering_is_found_wherever_a_stretch_ends(
    chained: EventStore, fresh: ProvisionedDatabase, tamper: str, found_at: int, stretch: int
) -> None:
    with psycopg.connect(fresh.owner_url) as owner:
        owner.execute(tamper)
    report = verify_log(fresh.service_url, stretch=stretch)
    assert report.reason
    # A stretch that ends in a gap names the gap; a gap within one is named by the event after it.
    assert report.broken_at is not None
    assert report.verified < report.broken_at <= found_at
