"""Imports into a real database."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from booking_events import PublicEvent
from directory.adapters import import_tables
from directory.adapters.importer import Importer, ImportRunning
from embedded_parts.provision import ProvisionedDatabase
from event_store import EventStore
from psycopg.types.json import Jsonb
from service_kit.database import Connection, Database

TABLES = ("practitioner", "offer", "avail", "lex", "lex_key", "bearer", "place_word")
NAME = "PS_LibreAcces_Personne_activite_202611230000.txt"


async def run(importer: Importer, content: bytes) -> tuple[dict[str, int], list[tuple[int, str]]]:
    reports: list[tuple[int, str]] = []
    counts, _ = await importer.run(io.BytesIO(content), NAME, lambda *said: reports.append(said), lambda _: None)
    names = ("listed", "changed", "unchanged", "withdrawn")
    return {name: getattr(counts, name) for name in names}, reports


async def one(database: Database, statement: str) -> int:
    async with database.connection() as connection:
        row = await (await connection.execute(statement)).fetchone()
    assert row is not None
    return int(next(iter(row.values())))


async def written(database: Database, table: str) -> list[tuple[str, str]]:
    """Where each row of `table` stands and who wrote it: any write at all changes it."""
    async with database.connection() as connection:
        cursor = await connection.execute(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY ctid")  # noqa: S608
        return [(row["ctid"], row["xmin"]) for row in await cursor.fetchall()]


async def facts(fresh: ProvisionedDatabase) -> Counter[str]:
    store = EventStore(fresh.service_url)
    try:
        return Counter([event.event.type.split(".")[2] async for some in store.read_range() for event in some])
    finally:
        await store.close()


async def test_the_sample_is_listed_and_bad_rows_stop_nothing(
    importer: Importer, opened: Database, fresh: ProvisionedDatabase, sample: bytes
) -> None:
    done, reports = await run(importer, sample)
    assert done["listed"] > 300
    assert await one(opened, "SELECT count(*) FROM practitioner") == done["listed"]
    assert (await facts(fresh))["PractitionerListed"] == done["listed"]
    reasons = Counter(reason for _, reason in reports)
    assert reasons["no commune is known by this code, postal code or name"] == 1
    assert reasons["the phone is no number that can be called; the row is kept without it"] == 2
    assert await one(opened, "SELECT count(*) FROM import_row") == 0


async def test_the_same_file_again_writes_nothing_and_says_nothing(
    importer: Importer, opened: Database, fresh: ProvisionedDatabase, sample: bytes
) -> None:
    first, _ = await run(importer, sample)
    said = await facts(fresh)
    before = {table: await written(opened, table) for table in TABLES}
    again, _ = await run(importer, sample)
    assert again == {"listed": 0, "changed": 0, "unchanged": first["listed"], "withdrawn": 0}
    assert {table: await written(opened, table) for table in TABLES} == before
    assert await facts(fresh) == said


async def test_a_changed_row_is_one_change_and_one_fact(
    importer: Importer, fresh: ProvisionedDatabase, sample: bytes
) -> None:
    await run(importer, sample)
    moved = sample.replace(b"|12||R|Rue|IMAGINAIRE|", b"|14||R|Rue|IMAGINAIRE|", 1)
    done, _ = await run(importer, moved)
    assert (done["listed"], done["changed"], done["withdrawn"]) == (0, 1, 0)
    assert (await facts(fresh))["PractitionerProfileChanged"] == 1


async def test_those_gone_are_withdrawn_with_all_that_showed_them(
    importer: Importer, opened: Database, fresh: ProvisionedDatabase, sample: bytes
) -> None:
    lines = sample.splitlines(keepends=True)
    await run(importer, b"".join(lines))
    done, _ = await run(importer, b"".join(line for line in lines if b"|MARTIN|" not in line))
    assert done["withdrawn"] == 58
    assert (await facts(fresh))["PractitionerWithdrawn"] == 58
    assert await one(opened, "SELECT count(*) FROM offer WHERE name LIKE '%% Martin'") == 0
    back, _ = await run(importer, b"".join(lines))
    assert back["listed"] == 58


async def test_a_file_that_is_cut_in_the_middle_of_a_line_reports_that_line(importer: Importer, sample: bytes) -> None:
    content = sample
    _, reports = await run(importer, content[: len(content) // 2])
    assert any("columns instead of 56" in reason for _, reason in reports)


async def test_rows_of_one_person_need_not_be_neighbours(importer: Importer, opened: Database, sample: bytes) -> None:
    await run(importer, sample)
    assert await one(opened, "SELECT count(*) FROM offer WHERE national_id = '899700000120'") == 2


async def test_a_second_import_at_once_is_turned_away(importer: Importer, opened: Database, sample: bytes) -> None:
    async with opened.connection() as connection:
        assert await import_tables.lock(connection)
        with pytest.raises(ImportRunning):
            await run(importer, sample)


async def test_an_import_that_broke_off_is_ended_by_the_next_and_says_nothing_twice(
    importer: Importer, opened: Database, fresh: ProvisionedDatabase, sample: bytes
) -> None:
    spoken = 0

    async def break_off(connection: Connection, said: Sequence[PublicEvent]) -> None:
        nonlocal spoken
        spoken += 1
        if spoken == 2:
            raise ConnectionError
        await importer.say(connection, said)

    with pytest.raises(ConnectionError):
        await run(replace(importer, say=break_off), sample)
    assert 0 < await one(opened, "SELECT count(*) FROM practitioner") < 420
    done, _ = await run(importer, sample)
    assert done["listed"] + done["unchanged"] == 420
    assert await facts(fresh) == {"PractitionerListed": 420}


async def test_a_registered_page_keeps_what_the_practice_said_of_it(
    importer: Importer, opened: Database, fresh: ProvisionedDatabase, sample: bytes
) -> None:
    await run(importer, sample)
    async with opened.connection() as connection:
        await connection.execute(
            "UPDATE practitioner SET status = 'registered', profile = profile || %s WHERE national_id = '899700000120'",
            (Jsonb({"status": "registered", "languages": ["de"]}),),
        )
    moved = sample.replace(b"|12||R|Rue|IMAGINAIRE|", b"|14||R|Rue|IMAGINAIRE|", 1)
    done, _ = await run(importer, moved)
    assert (done["listed"], done["changed"], done["withdrawn"]) == (0, 0, 0)
    gone = b"".join(line for line in moved.splitlines(keepends=True) if b"|899700000120|" not in line)
    _, missing = await importer.run(io.BytesIO(gone), NAME, lambda *_: None, lambda _: None)
    assert len(missing) == 1
    assert await one(opened, "SELECT count(*) FROM practitioner WHERE status = 'registered'") == 1
    assert "PractitionerWithdrawn" not in await facts(fresh)
